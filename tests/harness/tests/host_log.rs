//! A trap of a component is found in the log of each host, and nothing else is taken for one.

use harness::host_log::component_failures;

/// Of `devhost`, of an instance that trapped in work after the answer.
const DEVHOST_TRAP: &str = "\
[order] {\"service\":\"order\",\"level\":\"info\",\"message\":\"request\"}
[order] devhost: trap: an instance of order ended with all its work: error while executing at wasm backtrace:
    0:   0x3f2 - order.wasm!run
Caused by:
    wasm trap: wasm `unreachable` instruction executed
";
/// Of a component that panics; both hosts print it as it is.
const PANIC: &str =
    "thread '<unnamed>' (1) panicked at components/order/src/driver.rs:1:1:\nindex out of bounds\n";
/// Of Spin 4.1, of an instance that trapped in work after the answer.
const SPIN_TRAP: &str = "\
{\"service\":\"order\",\"level\":\"info\",\"message\":\"request\"}
worker failed: error while executing at wasm backtrace:
    0:   0x3f2 - order.wasm!run

Caused by:
    wasm trap: wasm `unreachable` instruction executed
";
const NORMAL: &str = "\
Serving http://127.0.0.1:3000
[order] {\"service\":\"order\",\"level\":\"error\",\"message\":\"the database does not answer\"}
[order] devhost: answered a request for /x with 400 (the client's fault): x-odd is not UTF-8
worker failed: worker panicked
worker failed: guest timed out
";

#[test]
fn a_trap_is_found_in_the_log_of_each_host() {
    for (log, begins) in [
        (DEVHOST_TRAP, "[order] devhost: trap: "),
        (PANIC, "thread '<unnamed>' (1) panicked at "),
        (SPIN_TRAP, "worker failed: error while executing"),
    ] {
        let found = component_failures(log);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(begins), "{found:?}");
    }
}

#[test]
fn other_lines_are_no_traps() {
    assert_eq!(component_failures(NORMAL), [""; 0]);
}
