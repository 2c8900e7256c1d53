//! Child processes that do not outlive this one.

#[cfg(target_os = "linux")]
mod parent_death;
// Linux signals the child itself; everywhere the supervisor is compiled and tested.
#[cfg(any(test, not(target_os = "linux")))]
mod supervisor;

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use rustix::process::Signal;

/// Starts `command` in a process group of its own, so that a Ctrl-C in the terminal reaches only this process, which
/// passes it on. The child gets `signal` when this process ends in any way, also when it is killed.
///
/// # Errors
/// When the program cannot be started.
pub fn spawn(mut command: Command, signal: Signal) -> io::Result<Child> {
    command.process_group(0);
    #[cfg(target_os = "linux")]
    return parent_death::spawn(command, signal);
    #[cfg(not(target_os = "linux"))]
    supervisor::spawn(command, signal)
}
