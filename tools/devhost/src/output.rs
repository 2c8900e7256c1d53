//! What components print: whole lines, each with its component's name before it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// The longest line, in bytes; a longer one is split, so that a component cannot fill the host's memory.
const MAX_LINE: usize = 64 * 1024;

/// Where one component's output goes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Output {
    component: Arc<str>,
    /// Whether it is shown on the terminal.
    shown: bool,
    /// The file that keeps it.
    log: Option<Arc<Mutex<File>>>,
}

#[derive(Debug, Clone, Copy)]
pub enum Channel {
    Stdout,
    Stderr,
}

impl Output {
    /// The output of `component`; kept in `<log_dir>/<component>.log` as well if there is such a folder.
    pub fn new(component: &str, quiet: bool, log_dir: Option<&Path>) -> Result<Self> {
        let log = log_dir
            .map(|folder| open_log(folder, component))
            .transpose()?;
        Ok(Self {
            component: component.into(),
            shown: !quiet,
            log: log.map(|file| Arc::new(Mutex::new(file))),
        })
    }

    /// The component's id.
    pub fn component(&self) -> &str {
        &self.component
    }

    /// One of an instance's two streams.
    pub fn stream(&self, channel: Channel) -> Lines {
        Lines(Arc::new(Mutex::new(Buffer {
            output: self.clone(),
            channel,
            partial: Vec::new(),
        })))
    }

    /// Prints a line of the host about the component, even with `--quiet`.
    pub fn note(&self, message: &str) {
        let line = format!("[{}] devhost: {message}\n", self.component);
        if let Some(log) = &self.log {
            write_ignoring_errors(&mut *lock(log), line.as_bytes());
        }
        write_ignoring_errors(&mut io::stderr().lock(), line.as_bytes());
    }

    fn write_line(&self, channel: Channel, line: &[u8]) {
        let mut whole = Vec::with_capacity(line.len() + self.component.len() + 4);
        whole.extend_from_slice(b"[");
        whole.extend_from_slice(self.component.as_bytes());
        whole.extend_from_slice(b"] ");
        whole.extend_from_slice(line);
        whole.push(b'\n');
        if let Some(log) = &self.log {
            write_ignoring_errors(&mut *lock(log), &whole);
        }
        if self.shown {
            match channel {
                Channel::Stdout => write_ignoring_errors(&mut io::stdout().lock(), &whole),
                Channel::Stderr => write_ignoring_errors(&mut io::stderr().lock(), &whole),
            }
        }
    }
}

fn open_log(folder: &Path, component: &str) -> Result<File> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let path = folder.join(format!("{component}.log"));
    File::options()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot write the log {}", path.display()))
}

/// A closed terminal, or a full disk, must not stop the host.
fn write_ignoring_errors(to: &mut dyn Write, bytes: &[u8]) {
    let _ = to.write_all(bytes).and_then(|()| to.flush());
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A component's stdout or stderr. What is left without a newline is shown when the instance ends.
#[derive(Clone)]
pub struct Lines(Arc<Mutex<Buffer>>);

struct Buffer {
    output: Output,
    channel: Channel,
    partial: Vec<u8>,
}

impl Buffer {
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            self.partial.extend_from_slice(line);
            self.end_line();
            rest = &after[1..];
        }
        self.partial.extend_from_slice(rest);
        if self.partial.len() > MAX_LINE {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        self.output.write_line(self.channel, &self.partial);
        self.partial.clear();
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if !self.partial.is_empty() {
            self.end_line();
        }
    }
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        lock(&self.0).write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        lock(&self.0).write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_LINE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_written_and_the_rest_at_the_end() {
        let folder = std::env::temp_dir().join(format!("devhost-output-{}", std::process::id()));
        let output = Output::new("order", true, Some(&folder)).unwrap();
        let log = folder.join("order.log");
        let stream = output.stream(Channel::Stderr);
        lock(&stream.0).write(b"one\ntw");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "[order] one\n");
        lock(&stream.0).write(b"o\n\nrest");
        assert_eq!(
            std::fs::read_to_string(&log).unwrap(),
            "[order] one\n[order] two\n[order] \n"
        );
        drop(stream);
        assert!(
            std::fs::read_to_string(&log)
                .unwrap()
                .ends_with("[order] rest\n")
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
