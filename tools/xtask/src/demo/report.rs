//! What the demo prints, and which of its checks failed.

use super::language::Language;
use crate::terminal::{Paint, line, title};

pub struct Report {
    pub language: Language,
    failures: Vec<String>,
    /// The title of the current step.
    title: String,
}

impl Report {
    pub fn new(language: Language) -> Self {
        Self {
            language,
            failures: Vec::new(),
            title: String::new(),
        }
    }

    /// Begins a numbered step.
    pub fn step(&mut self, number: usize, ru: &str, en: &str) {
        self.title = self.language.pick(ru, en).to_owned();
        line(&format!(
            "\n{} {}",
            Paint::Accent.on(&format!("{number:>2}.")),
            Paint::Strong.on(&self.title)
        ));
    }

    /// Begins a section.
    pub fn section(&mut self, ru: &str, en: &str) {
        self.title = self.language.pick(ru, en).to_owned();
        title(&format!("── {} ──", self.title));
    }

    /// Prints a fact.
    pub fn fact(&self, text: &str) {
        line(&format!("      {text}"));
    }

    /// Prints a detail, dimmed.
    pub fn detail(&self, text: &str) {
        line(&format!("      {}", Paint::Quiet.on(text)));
    }

    /// Prints the result of a check. A failed one makes the whole demo fail at its end.
    pub fn check(&mut self, passed: bool, ru: &str, en: &str) {
        let text = self.language.pick(ru, en);
        let mark = if passed {
            Paint::Good.on("✓")
        } else {
            Paint::Bad.on("✗")
        };
        line(&format!("    {mark} {text}"));
        if !passed {
            self.failures.push(format!("{}: {text}", self.title));
        }
    }

    /// Prints the differences that a comparison found as failed checks; without any, the text as one that passed.
    pub fn check_all(&mut self, differences: Vec<String>, ru: &str, en: &str) {
        if differences.is_empty() {
            return self.check(true, ru, en);
        }
        for text in differences {
            line(&format!("    {} {text}", Paint::Bad.on("✗")));
            self.failures.push(format!("{}: {text}", self.title));
        }
    }

    pub fn failures(&self) -> &[String] {
        &self.failures
    }
}
