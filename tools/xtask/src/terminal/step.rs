//! A step of a longer work: how far it is while it runs, how long it took when it has ended.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::bars::bars;
use super::duration::shown;
use super::style::{Paint, line};

const FRAME: Duration = Duration::from_millis(90);
const WITHOUT_BAR: &str = "  {spinner:.cyan} {prefix:14} {time:>9.dim}   {wide_msg:.dim}";
const WITH_BAR: &str =
    "  {spinner:.cyan} {prefix:14} {time:>9.dim}   {bar:24.cyan/dim} {pos}/{len} {wide_msg:.dim}";

/// A running step. On a terminal it is redrawn in place; elsewhere only its last line is printed. Dropped without
/// [`Step::done`], it has failed.
pub struct Step {
    label: &'static str,
    started: Instant,
    bar: ProgressBar,
    has_total: AtomicBool,
    finished: bool,
}

impl Step {
    pub fn begin(label: &'static str) -> Self {
        let bar = bars().add(ProgressBar::no_length());
        bar.set_style(style(WITHOUT_BAR));
        bar.set_prefix(label);
        bar.enable_steady_tick(FRAME);
        Self {
            label,
            started: Instant::now(),
            bar,
            has_total: AtomicBool::new(false),
            finished: false,
        }
    }

    /// Shows what is being done at this moment.
    pub fn note(&self, note: &str) {
        self.bar.set_message(note.to_owned());
    }

    /// Shows how much is done.
    pub fn progress(&self, done: u64, total: u64) {
        if !self.has_total.swap(true, Ordering::Relaxed) {
            self.bar.set_style(style(WITH_BAR));
        }
        self.bar.set_length(total);
        self.bar.set_position(done.min(total));
    }

    /// Ends the step as successful; `result` says what it did, in a few words.
    pub fn done(mut self, result: &str) {
        self.finished = true;
        self.close(&Paint::Good.on("✓"), result);
    }

    fn close(&self, mark: &str, result: &str) {
        self.bar.finish_and_clear();
        bars().remove(&self.bar);
        let time = Paint::Quiet.on(&format!("{:>9}", shown(self.started.elapsed())));
        let text = format!("  {mark} {:14} {time}   {result}", self.label);
        line(text.trim_end());
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.finished {
            self.close(&Paint::Bad.on("✗"), "");
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let time = |state: &ProgressState, out: &mut dyn Write| {
        let _ = out.write_str(&shown(state.elapsed()));
    };
    // The templates above are valid; another would show the default instead.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("━━┈")
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
        .with_key("time", time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        for template in [WITHOUT_BAR, WITH_BAR] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
