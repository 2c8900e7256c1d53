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

    // The client's own limit, and then Spin's.
    let too_large = broker.publish(json!([
        { "topic": "a", "payload": "x", "times": 20_000, "qos": 1 },
        { "topic": "a", "payload": "x", "times": 1_048_577, "qos": 1 },
    ]));
    assert!(
        too_large[0].starts_with("Error::ConnectionFailed("),
        "{too_large:?}"
    );
    assert_eq!(
        too_large[1],
        "Error::Other(\"payload size 1048577 exceeds the maximum allowed size of 1048576 bytes\")"
    );
    assert_eq!(broker.taken(), None);

    broker.server.kill().expect("killing RabbitMQ");
    let refused = broker.publish(json!([{ "topic": "a", "payload": "lost", "qos": 1 }]));
    assert!(refused[0].contains("Connection refused"), "{refused:?}");
    broker.server.start().expect("starting RabbitMQ");
    let again = broker.publish(json!([{ "topic": "a", "payload": "back", "qos": 1 }]));
    assert_eq!(again, ["published"]);
}

#[test]
fn strangers_are_not_let_in() {
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
    host.output
        .wait_for("[guest] devhost: refused to connect to mqtt://127.0.0.1:1884");
    // The one that is permitted must name a client, and nothing that nobody knows.
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
fn a_wait_can_be_given_up_and_holds_up_nothing() {
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
fn an_instance_holds_as_many_connections_as_spin_lets_it() {
    let host = host_for("mqtt://127.0.0.1:1883");
    let open = |connections: usize| {
        let address = address(1883);
        let body = json!({ "address": address, "connections": connections, "messages": [] });
        host.post("/publish", &body.to_string()).body
    };
    assert_eq!(open(1024), "[]");
    assert_eq!(open(1025), "Error::TooManyConnections after 1024");
    assert_eq!(open(1024), "[]", "those that were dropped count no more");
}
