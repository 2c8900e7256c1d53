use std::env;

use clap::ValueEnum;

/// A language of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    Ru,
    En,
}

impl Language {
    /// The language of the person's locale, if the API speaks it; English otherwise.
    pub fn of_the_locale() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
        if locale.is_some_and(|locale| locale.starts_with("ru")) {
            Self::Ru
        } else {
            Self::En
        }
    }

    /// As in `Accept-Language`.
    pub fn tag(self) -> &'static str {
        self.pick("ru", "en")
    }

    pub fn pick<'a>(self, ru: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ru => ru,
            Self::En => en,
        }
    }
}
