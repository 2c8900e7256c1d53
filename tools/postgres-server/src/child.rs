//! Child processes that do not outlive this one.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use rustix::process::{Signal, getpid};

type Job = Box<dyn FnOnce() + Send>;

/// Starts `command` in a process group of its own, so that a Ctrl-C in the terminal is for the parent to pass on.
/// On Linux the child gets `signal` when this process ends in whatever way, killed too.
pub fn spawn_bound(mut command: Command, signal: Signal) -> io::Result<Child> {
    command.process_group(0);
    bind(&mut command, signal);
    // Linux sends the signal when the *thread* that made the child ends, so one that never ends makes them all.
    static MAKER: OnceLock<Sender<Job>> = OnceLock::new();
    let maker = MAKER.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        thread::spawn(move || jobs.into_iter().for_each(|job| job()));
        sender
    });
    let (answer, child) = channel();
    let job: Job = Box::new(move || drop(answer.send(command.spawn())));
    maker
        .send(job)
        .map_err(|_| io::Error::other("the thread that makes processes is gone"))?;
    child.recv().map_err(io::Error::other)?
}

#[cfg(target_os = "linux")]
fn bind(command: &mut Command, signal: Signal) {
    let parent = getpid();
    // SAFETY: between fork and exec the closure makes two system calls and touches no memory of the parent.
    unsafe {
        command.pre_exec(move || {
            rustix::process::set_parent_process_death_signal(Some(signal))?;
            // The parent may have died before the line above.
            if rustix::process::getppid() == Some(parent) {
                Ok(())
            } else {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn bind(_: &mut Command, _: Signal) {
    let _ = getpid;
}
