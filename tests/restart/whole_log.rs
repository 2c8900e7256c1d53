//! Run last: everything that the host has printed during all tests.

use harness::{
    host_log::{HostLog, component_failures},
    require,
};

#[tokio::test]
async fn every_line_is_well_formed_and_none_has_an_email_or_a_token() {
    let log = require!(HostLog::read());
    let lines = log.lines();
    let count = |message: &str| {
        lines
            .iter()
            .filter(|line| line["message"] == message)
            .count()
    };
    let (requests, transitions) = (count("request"), count("saga"));
    assert!(requests > 0 && transitions > 0, "the log has no lines");
    for line in log.text().lines() {
        // Every e-mail contains an @, and every token of a user or a service begins with eyJ.
        assert!(!line.contains('@') && !line.contains("eyJ"), "{line}");
    }
    eprintln!("{requests} requests and {transitions} transitions were checked");
}

#[tokio::test]
async fn no_component_has_trapped() {
    let log = require!(HostLog::read());
    assert_eq!(component_failures(log.text()), [""; 0]);
}
