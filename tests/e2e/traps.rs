//! Run after the program `e2e`: no component has trapped during its tests. A trap after the answer fails no call,
//! because recovery ends the saga, so only the host's log shows it.

use harness::{
    host_log::{HostLog, component_failures},
    require,
};

#[test]
fn no_component_has_trapped() {
    let log = require!(HostLog::read());
    assert!(!log.text().is_empty(), "the host has printed nothing");
    assert_eq!(component_failures(log.text()), [""; 0]);
}
