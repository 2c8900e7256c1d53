//! How the story is told, and what in it was not as it must be.

use super::language::Language;
use crate::terminal::{Paint, line, title};

pub struct Story {
    pub language: Language,
    surprises: Vec<String>,
    scene: String,
}

impl Story {
    pub fn new(language: Language) -> Self {
        Self {
            language,
            surprises: Vec::new(),
            scene: String::new(),
        }
    }

    /// A numbered step.
    pub fn step(&mut self, number: usize, ru: &str, en: &str) {
        self.scene = self.language.pick(ru, en).to_owned();
        line(&format!(
            "\n{} {}",
            Paint::Accent.on(&format!("{number:>2}.")),
            Paint::Strong.on(&self.scene)
        ));
    }

    /// A part of its own.
    pub fn part(&mut self, ru: &str, en: &str) {
        self.scene = self.language.pick(ru, en).to_owned();
        title(&format!("── {} ──", self.scene));
    }

    /// Something that is so.
    pub fn fact(&self, text: &str) {
        line(&format!("      {text}"));
    }

    /// As [`Self::fact`], less loud.
    pub fn aside(&self, text: &str) {
        line(&format!("      {}", Paint::Quiet.on(text)));
    }

    /// Shows whether what must be is so; a no makes the whole demo fail at its end.
    pub fn must(&mut self, is: bool, ru: &str, en: &str) {
        let text = self.language.pick(ru, en);
        let mark = if is {
            Paint::Good.on("✓")
        } else {
            Paint::Bad.on("✗")
        };
        line(&format!("    {mark} {text}"));
        if !is {
            self.surprises.push(format!("{}: {text}", self.scene));
        }
    }

    /// Adds what a check found wrong; shows what was checked when nothing was.
    pub fn judge(&mut self, found: Vec<String>, ru: &str, en: &str) {
        if found.is_empty() {
            return self.must(true, ru, en);
        }
        for text in found {
            line(&format!("    {} {text}", Paint::Bad.on("✗")));
            self.surprises.push(format!("{}: {text}", self.scene));
        }
    }

    pub fn surprises(&self) -> &[String] {
        &self.surprises
    }
}
