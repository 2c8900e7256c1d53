//! A PostgreSQL server, and statements that the test component runs on it.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod tls;

use postgres_server::PostgresServer;
use serde_json::{Value, json};

use crate::host::{APPLICATION, Answer, Host};

/// A server, and a host whose component may connect to it.
pub struct Database {
    pub server: PostgresServer,
    pub host: Host,
}

impl Database {
    pub fn start() -> Self {
        let server = PostgresServer::temporary().expect("starting PostgreSQL");
        let host = host_with(&[&format!("127.0.0.1:{}", server.port())], &[]);
        Self { server, host }
    }

    /// The address of the server, as a component writes it.
    pub fn address(&self) -> String {
        self.server.url()
    }

    /// Runs statements on one connection and returns their answers.
    #[track_caller]
    pub fn run(&self, statements: Value) -> Vec<Value> {
        let answers = self.send(&self.address(), statements).json();
        answers.as_array().expect("an array of answers").clone()
    }

    /// Runs one query and returns its answer.
    #[track_caller]
    pub fn query(&self, sql: &str, parameters: Value) -> Value {
        self.run(json!([{ "sql": sql, "parameters": parameters }]))
            .remove(0)
    }

    pub fn send(&self, address: &str, statements: Value) -> Answer {
        self.host.post(
            "/statement",
            &json!({ "address": address, "statements": statements }).to_string(),
        )
    }
}

/// A host whose component may connect to these databases.
pub fn host_with(addresses: &[&str], environment: &[(&str, &str)]) -> Host {
    let allowed: Vec<_> = addresses
        .iter()
        .map(|address| format!("\"postgres://{address}\""))
        .collect();
    let manifest = format!(
        "{APPLICATION}[[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n\
         [component.guest]\nsource = \"GUEST\"\nallowed_outbound_hosts = [{}]\n",
        allowed.join(", ")
    );
    Host::start_with(&manifest, &[], environment)
}
