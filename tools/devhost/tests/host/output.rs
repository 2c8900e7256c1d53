//! What a host prints, both streams together.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything may take that has to happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Output {
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Output {
    pub fn of(process: &mut Child) -> Self {
        let lines = Arc::default();
        let stdout = process
            .stdout
            .take()
            .map(|stream| read(stream, Arc::clone(&lines)));
        let stderr = process
            .stderr
            .take()
            .map(|stream| read(stream, Arc::clone(&lines)));
        Self {
            lines,
            readers: stdout.into_iter().chain(stderr).collect(),
        }
    }

    pub fn text(&self) -> String {
        self.lines.lock().expect("the readers").join("\n")
    }

    /// Everything, once the process has ended.
    pub fn finished(mut self) -> String {
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader");
        }
        self.text()
    }

    /// Waits for the first line with `part` in it.
    #[track_caller]
    pub fn wait_for(&self, part: &str) -> String {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let found = self
                .lines
                .lock()
                .expect("the readers")
                .iter()
                .find(|line| line.contains(part))
                .cloned();
            if let Some(line) = found {
                return line;
            }
            if self.readers.iter().all(JoinHandle::is_finished) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no line with {part:?} in:\n{}", self.text());
    }
}

fn read(stream: impl Read + Send + 'static, lines: Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            lines.lock().expect("the other reader").push(line);
        }
    })
}
