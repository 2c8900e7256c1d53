//! A step of a longer work: shows that it goes on while it does, and how long it took.

use std::io::{Write, stdout};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::bar::bar;
use super::duration::shown;
use super::style::{Paint, colours, line};

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME: Duration = Duration::from_millis(90);
/// Without a terminal nothing can be redrawn, so a sign of life is a line of its own.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
const LABEL: usize = 14;
const BAR: u64 = 24;

#[derive(Clone, Default)]
struct Activity {
    note: String,
    progress: Option<(u64, u64)>,
}

/// A step that is going on. Dropped without [`Step::done`], it has failed.
pub struct Step {
    label: &'static str,
    started: Instant,
    activity: Arc<Mutex<Activity>>,
    painter: Option<(Sender<()>, JoinHandle<()>)>,
    finished: bool,
}

impl Step {
    pub fn begin(label: &'static str) -> Self {
        let started = Instant::now();
        let activity = Arc::new(Mutex::new(Activity::default()));
        let (stop, stopped) = channel::<()>();
        let shared = Arc::clone(&activity);
        let painter = thread::spawn(move || {
            let pause = if colours() { FRAME } else { SIGN_OF_LIFE };
            let mut frame = 0;
            if colours() {
                paint(label, started, &shared, frame);
            }
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                frame += 1;
                paint(label, started, &shared, frame);
            }
        });
        Self {
            label,
            started,
            activity,
            painter: Some((stop, painter)),
            finished: false,
        }
    }

    /// Says what is being done right now.
    pub fn note(&self, note: &str) {
        let mut activity = self.activity.lock().unwrap_or_else(PoisonError::into_inner);
        activity.note = note.to_owned();
    }

    /// Says how far the work is.
    pub fn progress(&self, done: u64, total: u64) {
        let mut activity = self.activity.lock().unwrap_or_else(PoisonError::into_inner);
        activity.progress = Some((done, total));
    }

    /// Ends the step well; `result` is what came of it, in a few words.
    pub fn done(mut self, result: &str) {
        self.finished = true;
        self.erase();
        self.closing_line(&Paint::Good.on("✓"), result);
    }

    fn closing_line(&self, mark: &str, result: &str) {
        let time = Paint::Quiet.on(&format!("{:>9}", shown(self.started.elapsed())));
        let text = format!("  {mark} {:LABEL$} {time}   {result}", self.label);
        line(text.trim_end());
    }

    fn erase(&mut self) {
        if let Some((stop, painter)) = self.painter.take() {
            drop(stop);
            let _ = painter.join();
        }
        if colours() {
            let _ = write!(stdout(), "\r\x1b[2K");
            let _ = stdout().flush();
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.finished {
            self.erase();
            self.closing_line(&Paint::Bad.on("✗"), "");
        }
    }
}

fn paint(label: &str, started: Instant, activity: &Mutex<Activity>, frame: usize) {
    let Activity { note, progress } = activity
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let time = shown(started.elapsed());
    if !colours() {
        let count = progress
            .map(|(done, total)| format!("{done}/{total} "))
            .unwrap_or_default();
        line(format!("    {label:LABEL$} {time:>9}   {count}{note}").trim_end());
        return;
    }
    let spinner = Paint::Accent.on(SPINNER[frame % SPINNER.len()]);
    let time = Paint::Quiet.on(&format!("{time:>9}"));
    let (bar, bar_width) = match progress {
        Some((done, total)) => {
            let count = format!("{done}/{total}");
            let width = usize::try_from(BAR).unwrap_or(0) + count.len() + 2;
            (
                format!("{} {count} ", Paint::Accent.on(&bar(done, total, BAR))),
                width,
            )
        }
        None => (String::new(), 0),
    };
    // A line that wraps cannot be redrawn.
    let room = width().saturating_sub(4 + LABEL + 1 + 9 + 3 + bar_width + 1);
    let note: String = note.chars().take(room).collect();
    let mut out = stdout().lock();
    let _ = write!(
        out,
        "\r\x1b[2K  {spinner} {label:LABEL$} {time}   {bar}{}",
        Paint::Quiet.on(&note)
    );
    let _ = out.flush();
}

fn width() -> usize {
    match rustix::termios::tcgetwinsize(stdout()) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => 80,
    }
}
