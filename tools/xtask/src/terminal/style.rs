//! Colours when standard output is a terminal, plain text otherwise.

use std::env;
use std::io::{IsTerminal, Write, stdout};
use std::sync::OnceLock;

use anyhow::Error;

/// Whether standard output shows colours and can be redrawn. `NO_COLOR` is respected.
pub fn colours() -> bool {
    static COLOURS: OnceLock<bool> = OnceLock::new();
    *COLOURS.get_or_init(|| {
        stdout().is_terminal()
            && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && env::var_os("TERM").is_none_or(|term| term != "dumb")
    })
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
    pub fn on(self, text: &str) -> String {
        if !colours() {
            return text.to_owned();
        }
        let code = match self {
            Self::Good => "32",
            Self::Bad => "31",
            Self::Accent => "36",
            Self::Quiet => "2",
            Self::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Prints a line; a reader that has gone away is no reason to fail.
pub fn line(text: &str) {
    let _ = writeln!(stdout(), "{text}");
}

/// Prints a heading.
pub fn title(text: &str) {
    line(&format!("\n{}", Paint::Strong.on(text)));
}

/// Prints what went wrong and, below it, why.
pub fn complain(error: &Error) {
    let mut text = String::new();
    for (depth, cause) in error.chain().enumerate() {
        let lead = if depth == 0 {
            format!("\n{} ", Paint::Bad.on("error:"))
        } else {
            "  because: ".to_owned()
        };
        text.push_str(&format!("{lead}{cause}\n"));
    }
    let _ = stdout().flush();
    eprint!("{text}");
}
