//! Messages of `spin:mqtt`, to a real RabbitMQ.

mod broker;
mod host;

use std::time::Instant;

use broker::{Broker, SOON, address, host as host_for, silent_port};
use serde_json::json;

#[test]
fn messages_arrive_and_the_broker_may_be_restarted() {
    let mut broker = Broker::start();
    let published = broker.publish(json!([
        { "topic": "orders/1/status", "payload": "first", "qos": 1 },
        { "topic": "orders/1/status", "payload": "second", "qos": 0 },
        { "topic": "orders/2/status", "payload": "third", "qos": 1 },
        { "topic": "orders/1/status", "payload": "x", "times": 9000, "qos": 1 },
    ]));
    assert_eq!(published, ["published"; 4]);
    for (key, payload) in [
        ("orders.1.status", "first"),
        ("orders.1.status", "second"),
        ("orders.2.status", "third"),
        ("orders.1.status", &"x".repeat(9000)),
    ] {
        let (routing_key, taken) = broker.taken().expect("a message");
        assert_eq!(
            (routing_key.as_str(), taken.as_slice()),
            (key, payload.as_bytes())
        );
    }

    // Neither Spin nor the local host limits a payload; the MQTT client has its own limit of a packet.
    for size in [20_000, 1_048_577] {
        let too_large = broker.publish(json!([
            { "topic": "a", "payload": "x", "times": size, "qos": 1 },
        ]));
        assert!(
            too_large[0].starts_with("Error::ConnectionFailed("),
            "{too_large:?}"
        );
    }
    assert_eq!(broker.taken(), None);

    broker.server.kill().expect("killing RabbitMQ");
    let refused = broker.publish(json!([{ "topic": "a", "payload": "lost", "qos": 1 }]));
    assert!(refused[0].contains("Connection refused"), "{refused:?}");
    broker.server.start().expect("starting RabbitMQ");
    let again = broker.publish(json!([{ "topic": "a", "payload": "back", "qos": 1 }]));
    assert_eq!(again, ["published"]);
}

#[test]
fn wrong_credentials_are_refused() {
    let broker = Broker::start();
    let body = json!({
        "address": broker.address(),
        "user": "nobody",
        "password": "guessed",
        "messages": [{ "topic": "a", "payload": "b", "qos": 1 }],
    });
    let answer = broker.host.post("/publish", &body.to_string());
    assert!(
        answer.body.contains("Connection refused, return code"),
        "{answer:?}"
    );
    assert_eq!(broker.taken(), None);
}

#[test]
fn other_addresses_are_not_permitted() {
    let host = host_for("mqtt://127.0.0.1:1883");
    let publish = |address: &str| {
        let messages = json!([{ "topic": "a", "payload": "b", "qos": 1 }]);
        let body = json!({ "address": address, "messages": messages });
        host.post("/publish", &body.to_string()).body
    };
    for address in [
        "mqtt://127.0.0.1:1884?client_id=a",
        "mqtt://localhost?client_id=a",
        "tcp://127.0.0.1:1883?client_id=a",
    ] {
        let refused =
            format!("Error::ConnectionFailed(\"address {address} is not permitted\") after 0");
        assert_eq!(publish(address), refused);
    }
    host.wait_for_note("[guest] devhost: refused to connect to mqtt://127.0.0.1:1884");
    // The permitted one must name a client, and have no unknown parameter.
    for address in [
        "mqtt://127.0.0.1:1883",
        "mqtt://127.0.0.1:1883?client_id=a&what=b",
        "127.0.0.1:1883",
    ] {
        assert_eq!(
            publish(address),
            "Error::InvalidAddress after 0",
            "{address}"
        );
    }
}

#[test]
fn a_wait_can_be_abandoned_and_blocks_no_other_request() {
    let port = silent_port();
    let host = host_for(&format!("mqtt://127.0.0.1:{port}"));
    let start = Instant::now();
    let body = json!({
        "address": address(port),
        "messages": [{ "topic": "a", "payload": "b", "qos": 1, "patience": 300 }],
    });
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| host.post("/publish", &body.to_string()));
        // Requests side by side go to one instance, which is waiting for the broker.
        assert_eq!(host.get("/hello").body, "hello");
        assert_eq!(waiting.join().expect("an answer").body, "[\"given up\"]");
    });
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn an_instance_holds_at_most_1024_connections() {
    let host = host_for("mqtt://127.0.0.1:1883");
    let open = |connections: usize| {
        let address = address(1883);
        let body = json!({ "address": address, "connections": connections, "messages": [] });
        host.post("/publish", &body.to_string()).body
    };
    assert_eq!(open(1024), "[]");
    assert_eq!(open(1025), "Error::TooManyConnections after 1024");
    assert_eq!(open(1024), "[]", "dropped connections do not count");
}
