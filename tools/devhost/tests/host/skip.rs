//! What only one of the two hosts can show. It is skipped on the other by name, and counted.

use std::thread;

use harness::skipped::{Unavailable, record};
use stack::HostKind;

/// Whether the tests run on Spin.
pub fn is_spin() -> bool {
    HostKind::from_environment().expect("ZAKAZ_HOST") == HostKind::Spin
}

/// For `harness::require`: the local host.
///
/// # Errors
/// On Spin, with the reason why the test cannot run there.
pub fn only_devhost(reason: &str) -> Result<(), Unavailable> {
    match is_spin() {
        true => Err(Unavailable::new(reason)),
        false => Ok(()),
    }
}

/// Whether the tests run on Spin, where a check of the test is skipped, and counted.
pub fn skipped_on_spin(check: &str) -> bool {
    if is_spin() {
        let thread = thread::current();
        let test = thread.name().unwrap_or("a test's thread");
        let reason = Unavailable::new("only the local host prints this");
        record(&format!("{test}: {check}"), &reason);
    }
    is_spin()
}
