//! Connections and statements of `spin:postgres`, on a real PostgreSQL.

mod certificate;
mod database;
mod host;

use std::time::{Duration, Instant};

use certificate::{AuthorityFile, Certified};
use database::{Database, host_with, tls::Front};
use harness::require;
use host::{Answer, Host, only_devhost};
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
    // The statement had begun to answer: the error comes with the result.
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
        .wait_for_note("[guest] devhost: refused to connect to postgres://127.0.0.1:1");
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
    // The next request gets the same connection, inside the transaction that was not ended.
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

/// A server behind TLS, whose certificate is for `localhost`.
struct Encrypted {
    database: Database,
    front: Front,
    authority: String,
}

impl Encrypted {
    fn start() -> Self {
        let (database, certified) = (Database::start(), Certified::new("localhost"));
        Self {
            front: Front::start(database.server.port(), certified.config),
            database,
            authority: certified.authority,
        }
    }

    /// A host whose component may connect to it.
    fn host(&self, environment: &[(&str, &str)]) -> Host {
        host_with(
            &[
                &format!("localhost:{}", self.front.address.port()),
                &self.front.address.to_string(),
            ],
            environment,
        )
    }

    /// Runs a query under a name of the server, trusting these authorities as well.
    fn query(&self, host: &Host, name: &str, authorities: Option<&str>) -> Answer {
        let address = self.database.address().replace(
            &format!("127.0.0.1:{}", self.database.server.port()),
            &format!("{name}:{}", self.front.address.port()),
        );
        let job = json!({
            "address": format!("{address}?sslmode=require"),
            "authority": authorities,
            "statements": [{ "sql": "select 1 as v" }],
        });
        host.post("/statement", &job.to_string())
    }
}

#[track_caller]
fn connected(answer: Answer) {
    assert_eq!(answer.json()[0]["rows"], json!([["DbValue::Int32(1)"]]));
}

#[track_caller]
fn refused(answer: &Answer, part: &str) {
    assert!(answer.body.contains(part), "{answer:?}");
}

#[test]
fn sslmode_require_verifies_the_server() {
    let server = Encrypted::start();
    let host = server.host(&[]);
    let authority = Some(server.authority.as_str());
    connected(server.query(&host, "localhost", authority));
    // Without the authority, and under a name that the certificate does not have.
    refused(
        &server.query(&host, "localhost", None),
        "Error::ConnectionFailed",
    );
    refused(
        &server.query(&host, "127.0.0.1", authority),
        "Error::ConnectionFailed",
    );
    refused(
        &server.query(&host, "localhost", Some("nonsense")),
        "invalid root certificate",
    );
}

#[test]
fn every_certificate_of_a_bundle_is_trusted() {
    require!(only_devhost(
        "a bundle: Spin trusts its first certificate alone"
    ));
    let server = Encrypted::start();
    let host = server.host(&[]);
    let other = Certified::new("localhost").authority;
    for bundle in [
        format!("{other}{}", server.authority),
        format!("{}{other}", server.authority),
    ] {
        connected(server.query(&host, "localhost", Some(&bundle)));
    }
    host.output
        .wait_for("[guest] devhost: trusts 2 certificates");
}

// Elsewhere no variable names the system's authorities.
#[cfg(target_os = "linux")]
#[test]
fn the_systems_authorities_are_trusted() {
    let server = Encrypted::start();
    let other = Certified::new("localhost").authority;
    let system = AuthorityFile::new(&server.authority);
    let host = server.host(&[("SSL_CERT_FILE", system.path().to_str().unwrap())]);
    connected(server.query(&host, "localhost", None));
    // Also beside others.
    connected(server.query(&host, "localhost", Some(&other)));
}
