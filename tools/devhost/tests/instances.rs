//! When instances start, which requests they serve, and how they end.

mod host;

use std::time::{Duration, Instant};

use host::{APPLICATION, Host, is_spin};
use rustix::process::Signal;

fn start(arguments: &[&str]) -> Host {
    let manifest = format!(
        "{APPLICATION}[[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n[component.guest]\nsource = \"GUEST\"\n"
    );
    Host::start(&manifest, arguments)
}

/// Sends requests at the same time and returns their answers.
fn at_once(host: &Host, path: &str, count: usize) -> Vec<String> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|_| scope.spawn(|| host.get(path).ok()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn an_instance_serves_its_count_of_requests_and_is_replaced() {
    let host = start(&[
        "--max-instance-reuse-count",
        "3",
        "--idle-instance-timeout",
        "60s",
    ]);
    let counts: Vec<_> = (0..7).map(|_| host.get("/count").ok()).collect();
    assert_eq!(counts, ["1", "2", "3", "1", "2", "3", "1"]);
}

#[test]
fn an_idle_instance_ends() {
    let host = start(&["--idle-instance-timeout", "200ms"]);
    assert_eq!(host.get("/count").ok(), "1");
    assert_eq!(host.get("/count").ok(), "2");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(host.get("/count").ok(), "1");
}

#[test]
fn an_instance_serves_several_requests_at_the_same_time() {
    let host = start(&[]);
    host.get("/hello").ok();
    let start = Instant::now();
    let mut counts: Vec<usize> = at_once(&host, "/slow?1000", 8)
        .iter()
        .map(|count| count.parse().unwrap())
        .collect();
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    counts.sort_unstable();
    assert!(
        counts.last().is_some_and(|count| *count > 1),
        "each had an instance of its own: {counts:?}"
    );
}

#[test]
fn requests_above_the_concurrent_count_get_another_instance() {
    let host = start(&["--max-instance-concurrent-reuse-count", "1"]);
    assert_eq!(at_once(&host, "/slow?1000", 4), ["1", "1", "1", "1"]);
}

#[test]
fn work_after_the_answer_goes_on_past_the_idle_time() {
    let host = start(&["--idle-instance-timeout", "100ms"]);
    let start = Instant::now();
    host.get("/spawn").ok();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "the answer waited for the work"
    );
    // Spin does not put the component's name before it.
    host.output.wait_for("work after the answer is done");
}

#[test]
fn a_request_over_its_time_is_500() {
    let host = start(&["--request-timeout", "300ms"]);
    assert_eq!(host.get("/slow?50").ok(), "1");
    let answer = host.get("/slow?20000");
    assert_eq!((answer.status, answer.body.as_str()), (500, ""));
    host.wait_for_note("--request-timeout");
}

#[test]
fn a_trap_takes_all_requests_of_its_instance_along() {
    let host = start(&[]);
    host.get("/hello").ok();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| host.get("/slow?5000").status);
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(host.get("/trap").status, 500);
        assert_eq!(slow.join().unwrap(), 500);
    });
    assert_eq!(host.get("/count").ok(), "1");
}

#[test]
fn a_trap_after_the_answer_is_a_line_of_the_hosts() {
    let host = start(&[]);
    host.get("/spawn-trap").ok();
    let line = host.output.wait_for(if is_spin() {
        "worker failed: "
    } else {
        "[guest] devhost: trap: "
    });
    assert!(
        is_spin() || line.contains("wasm `unreachable` instruction executed"),
        "{line}"
    );
    assert_eq!(host.get("/count").ok(), "1");
}

#[test]
fn signals_end_the_host_at_once() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut host = start(&[]);
        host.get("/spawn").ok();
        let took = host.end(signal);
        assert!(
            took < Duration::from_millis(500),
            "{signal:?} took {took:?}"
        );
        let printed = host.output.text();
        assert!(!printed.contains("work after the answer is done"));
        assert!(!printed.contains("devhost: trap: "), "{printed}");
    }
}
