//! A test that the host cannot support is skipped by its name, and counted.

use std::process::Command;

use harness::{
    require,
    skipped::{Unavailable, summary, test_name},
};

/// Runs this program again as one whose host lacks something.
const RUN_AGAIN: &str = "HARNESS_SKIPS";

#[test]
fn needs_what_this_host_lacks() {
    if std::env::var(RUN_AGAIN).is_err() {
        return;
    }
    let missing: Result<(), _> = Err(Unavailable::new("it has none"));
    require!(missing);
    panic!("the test was not skipped");
}

#[test]
fn a_skipped_test_is_named_and_counted_at_the_end() {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["needs_what_this_host_lacks", "--exact"])
        .env(RUN_AGAIN, "1")
        .env("ZAKAZ_HOST", "spin")
        .output()
        .expect("running this program again");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    let expected = "skipped on Spin: 1 (needs_what_this_host_lacks)\n";
    assert!(printed.contains(expected), "{printed}");
}

#[test]
fn a_name_has_neither_its_program_nor_its_closures() {
    let item = "e2e::logs::each_request_has_one_line::{{closure}}::here";
    assert_eq!(test_name(item), "logs::each_request_has_one_line");
    let names = ["a::b".to_owned(), "c".to_owned()];
    assert_eq!(summary("Spin", &names), "skipped on Spin: 2 (a::b, c)");
}
