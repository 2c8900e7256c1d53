//! Linux: the kernel signals the child when its parent ends.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use rustix::process::{Signal, getpid};

type Job = Box<dyn FnOnce() + Send>;

pub fn spawn(mut command: Command, signal: Signal) -> io::Result<Child> {
    set_signal(&mut command, signal);
    // The kernel sends the signal when the *thread* that started the child ends, so one thread that never ends
    // starts them all.
    static STARTER: OnceLock<Sender<Job>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        thread::spawn(move || jobs.into_iter().for_each(|job| job()));
        sender
    });
    let (answer, child) = channel();
    let job: Job = Box::new(move || drop(answer.send(command.spawn())));
    starter
        .send(job)
        .map_err(|_| io::Error::other("the thread that starts processes has ended"))?;
    child.recv().map_err(io::Error::other)?
}

fn set_signal(command: &mut Command, signal: Signal) {
    let parent = getpid();
    // SAFETY: between fork and exec the closure makes two system calls and touches no memory of the parent.
    unsafe {
        command.pre_exec(move || {
            rustix::process::set_parent_process_death_signal(Some(signal))?;
            // The parent may have ended before the line above.
            if rustix::process::getppid() == Some(parent) {
                Ok(())
            } else {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        });
    }
}
