//! Templates: text with variables in double braces, such as `postgres://{{ db_host }}`.

use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    #[error("`{{{{` has no matching `}}}}` in {0:?}")]
    Unclosed(String),
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once("{{") {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let (name, after) = after
                .split_once("}}")
                .ok_or_else(|| TemplateError::Unclosed(text.to_owned()))?;
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Its text, with each variable replaced by `value(name)`; the name for which there is none otherwise.
    pub fn resolve<'a>(
        &'a self,
        value: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<String, &'a str> {
        let mut text = String::new();
        for part in &self.parts {
            text.push_str(match part {
                Part::Literal(literal) => literal,
                Part::Variable(name) => value(name).ok_or(name.as_str())?,
            });
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<String, String> {
        let template = Template::parse(text).map_err(|error| error.to_string())?;
        template
            .resolve(|name| match name {
                "host" => Some("db:5432"),
                "empty" => Some(""),
                _ => None,
            })
            .map_err(str::to_owned)
    }

    #[test]
    fn variables_are_replaced_and_nothing_else() {
        assert_eq!(resolve("").unwrap(), "");
        assert_eq!(resolve("plain { } }}").unwrap(), "plain { } }}");
        assert_eq!(resolve("{{host}}").unwrap(), "db:5432");
        assert_eq!(
            resolve("a-{{ host }}-{{empty}}-{{  host  }}!").unwrap(),
            "a-db:5432--db:5432!"
        );
    }

    #[test]
    fn an_unknown_variable_is_named() {
        assert_eq!(resolve("{{ host }} {{ other }}").unwrap_err(), "other");
    }

    #[test]
    fn an_open_brace_is_an_error() {
        assert!(resolve("{{ host } }").unwrap_err().contains("}}"));
    }
}
