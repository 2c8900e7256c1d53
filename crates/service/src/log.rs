//! Log lines: one JSON object a line on stderr, which Spin and Kubernetes collect.

use std::fmt::Display;

/// Writes one line at level `error`. Never pass a secret, password, token or e-mail.
pub fn error(message: &str, fields: &[(&str, &dyn Display)]) {
    line("error", message, fields);
}

/// Writes one line at level `warn`.
pub fn warn(message: &str, fields: &[(&str, &dyn Display)]) {
    line("warn", message, fields);
}

fn line(level: &str, message: &str, fields: &[(&str, &dyn Display)]) {
    let mut object = serde_json::Map::new();
    object.insert("level".into(), level.into());
    object.insert("message".into(), message.into());
    for (name, value) in fields {
        object.insert((*name).into(), value.to_string().into());
    }
    eprintln!("{}", serde_json::Value::Object(object));
}
