//! Colours when standard output is a terminal, plain text otherwise.

use std::io::{Write, stdout};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects, Style};
use anyhow::Error;

use super::bars::bars;

/// Whether standard output shows colours. `NO_COLOR`, `CLICOLOR` and `TERM=dumb` are respected.
pub fn colours() -> bool {
    AutoStream::choice(&stdout()) != ColorChoice::Never
}

/// The colours in use, by what they mean.
#[derive(Clone, Copy)]
pub enum Paint {
    Good,
    Bad,
    Accent,
    Quiet,
    Strong,
}

impl Paint {
    /// `text` in this colour, or as it is where colours cannot be shown.
    pub fn on(self, text: &str) -> String {
        let style = match colours() {
            true => self.style(),
            false => Style::new(),
        };
        format!("{style}{text}{style:#}")
    }

    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Accent => AnsiColor::Cyan.on_default(),
            Self::Quiet => Style::new().effects(Effects::DIMMED),
            Self::Strong => Style::new().effects(Effects::BOLD),
        }
    }
}

/// Prints a line. A reader that has closed the pipe is no error.
pub fn line(text: &str) {
    let _ = bars().suspend(|| writeln!(stdout(), "{text}"));
}

/// Prints a heading.
pub fn title(text: &str) {
    line(&format!("\n{}", Paint::Strong.on(text)));
}

/// Prints an error and its causes to standard error.
pub fn print_error(error: &Error) {
    let _ = stdout().flush();
    let mut out = anstream::stderr().lock();
    for (depth, cause) in error.chain().enumerate() {
        let _ = if depth == 0 {
            writeln!(out, "\n{} {cause}", Paint::Bad.on("error:"))
        } else {
            writeln!(out, "  because: {cause}")
        };
    }
}
