//! Connections and statements of `spin:postgres`, on a real PostgreSQL.

mod database;
mod host;

use std::time::{Duration, Instant};

use database::{Database, host, tls::Front};
use serde_json::{Value, json};

#[test]
fn the_servers_errors_have_their_fields() {
    let database = Database::start();
    let answers = database.run(json!([
        { "sql": "create table t (a int constraint positive check (a > 0))", "execute": true },
        { "sql": "insert into t values (1), (2)", "execute": true },
        { "sql": "insert into t values (0)", "execute": true },
        { "sql": "insert into t values (3), (-1) returning a" },
        { "sql": "selekt 1" },
    ]));
    assert_eq!(answers[1], json!({ "rows": 2 }));
    for part in [
        "code: \"23514\"",
        "severity: \"ERROR\"",
        "(\"constraint\", \"positive\")",
        "(\"table\", \"t\")",
    ] {
        assert!(
            answers[2]["error"].as_str().unwrap().contains(part),
            "{part}: {}",
            answers[2]
        );
    }
    // The statement had begun to answer: only the result tells.
    assert_eq!(answers[3]["error"], Value::Null);
    assert!(
        answers[3]["result"]
            .as_str()
            .unwrap()
            .contains("code: \"23514\""),
        "{}",
        answers[3]
    );
    assert!(
        answers[4]["error"]
            .as_str()
            .unwrap()
            .contains("code: \"42601\""),
        "{}",
        answers[4]
    );
}

#[test]
fn other_addresses_are_not_permitted() {
    let database = Database::start();
    for address in [
        "host=127.0.0.1 port=1 user=x",
        "postgres://x@127.0.0.1:1/y",
        "host=localhost user=x",
    ] {
        let answer = database.send(address, json!([]));
        assert!(
            answer
                .body
                .contains("Error::ConnectionFailed(\"address postgres://"),
            "{address}: {answer:?}"
        );
        assert!(
            answer.body.contains("is not permitted"),
            "{address}: {answer:?}"
        );
    }
    database
        .host
        .output
        .wait_for("[guest] devhost: refused to connect to postgres://127.0.0.1:1");
    // One allowed server does not permit the others of an address.
    let address = format!(
        "host=127.0.0.1,127.0.0.1 port={},1 user=x",
        database.server.port()
    );
    assert!(
        database
            .send(&address, json!([]))
            .body
            .contains("is not permitted")
    );
}

#[test]
fn a_connection_is_cleaned_but_not_rolled_back_before_its_next_use() {
    let database = Database::start();
    database.run(json!([
        { "sql": "create table t (a int)", "execute": true },
        { "sql": "set application_name = 'left over'", "execute": true },
        { "sql": "begin", "execute": true },
        { "sql": "insert into t values (1)", "execute": true },
    ]));
    // The next request gets the same connection, inside the transaction that nobody ended.
    let answers = database.run(json!([
        { "sql": "select a from t" },
        { "sql": "select current_setting('application_name') as v" },
    ]));
    assert_eq!(answers[0]["rows"], json!([["DbValue::Int32(1)"]]));
    assert_eq!(answers[1]["rows"], json!([["DbValue::Str(\"\")"]]));
}

#[test]
fn connections_are_shared_up_to_64_and_then_waited_for() {
    let database = Database::start();
    let sleep = json!([{ "sql": "select pg_sleep(1)", "execute": true }]);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..70 {
            scope.spawn(|| database.send(&database.address(), sleep.clone()).ok());
        }
    });
    let took = start.elapsed();
    assert!(
        took >= Duration::from_secs(2),
        "more than 64 connections at the same time: {took:?}"
    );
    let answer = database.query(
        "select count(*) as v from pg_stat_activity where client_port is not null",
        json!([]),
    );
    assert_eq!(answer["rows"], json!([["DbValue::Int64(64)"]]));
}

#[test]
fn the_database_may_go_away_and_come_back() {
    let mut database = Database::start();
    database.query("select 1", json!([]));
    database.server.kill().unwrap();
    let answer = database.send(&database.address(), json!([{ "sql": "select 1" }]));
    assert!(
        answer.body.contains("Error::ConnectionFailed"),
        "{answer:?}"
    );
    database.server.start().unwrap();
    let answer = database.query("select 1 as v", json!([]));
    assert_eq!(answer["rows"], json!([["DbValue::Int32(1)"]]));
}

#[test]
fn sslmode_require_verifies_the_server() {
    let database = Database::start();
    let front = Front::start(database.server.port(), "localhost");
    let host = host(&[
        &format!("localhost:{}", front.address.port()),
        &front.address.to_string(),
    ]);
    let send = |name: &str, authority: Option<&str>| {
        let address = database.address().replace(
            &format!("127.0.0.1:{}", database.server.port()),
            &format!("{name}:{}", front.address.port()),
        );
        let job = json!({
            "address": format!("{address}?sslmode=require"),
            "authority": authority,
            "statements": [{ "sql": "select 1 as v" }],
        });
        host.post("/statement", &job.to_string())
    };
    assert_eq!(
        send("localhost", Some(&front.authority)).json()[0]["rows"],
        json!([["DbValue::Int32(1)"]])
    );
    // Without the authority, and under a name that the certificate does not have.
    assert!(
        send("localhost", None)
            .body
            .contains("Error::ConnectionFailed")
    );
    assert!(
        send("127.0.0.1", Some(&front.authority))
            .body
            .contains("Error::ConnectionFailed")
    );
    assert!(
        send("localhost", Some("nonsense"))
            .body
            .contains("invalid root certificate")
    );
}
