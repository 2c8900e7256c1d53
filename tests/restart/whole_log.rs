//! After everything: what all the tests made the host print is as it must be.

use harness::host_log::HostLog;

#[tokio::test]
async fn every_line_reads_and_none_has_an_email_or_a_token() {
    let Some(log) = HostLog::read() else {
        return;
    };
    let lines = log.lines();
    let told = |message: &str| {
        lines
            .iter()
            .filter(|line| line["message"] == message)
            .count()
    };
    let (requests, transitions) = (told("request"), told("saga"));
    assert!(
        requests > 0 && transitions > 0,
        "nothing was there to be checked"
    );
    for line in log.text().lines() {
        // Every e-mail has the one; every token of a user or a service begins with the other.
        assert!(!line.contains('@') && !line.contains("eyJ"), "{line}");
    }
    eprintln!("{requests} requests and {transitions} transitions were checked");
}
