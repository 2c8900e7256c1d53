//! The form of a file of variables: a line `SPIN_VARIABLE_NAME=value` each, for programs that read lines and for
//! shells that source it.
//!
//! A plain value is written as it is, and both read the same. Any other is quoted for the shell:
//! `SPIN_VARIABLE_NAME='it'\''s'`. JSON is written twice: as it is, for programs that take what follows the `=`; and
//! quoted in a line that begins with `export`, which those programs skip. A shell loses the quotes of the first line
//! and gets the value from the second.

use anyhow::{Result, bail};

pub const PREFIX: &str = "SPIN_VARIABLE_";
const EXPORT: &str = "export ";

/// The line or lines of a variable, by its name in `spin.toml`.
///
/// # Errors
/// When the value has a line break.
pub fn write(name: &str, value: &str) -> Result<String> {
    let name = format!("{PREFIX}{}", name.to_uppercase());
    if value.contains(['\n', '\r']) {
        bail!("the value of {name} has a line break, which a line cannot hold");
    }
    Ok(match value {
        _ if is_plain(value) => format!("{name}={value}\n"),
        _ if is_json_word(value) => {
            format!("{name}={value}\n{EXPORT}{name}={}\n", quote(value))
        }
        _ => format!("{name}={}\n", quote(value)),
    })
}

/// The variables of such a file, in its order, by their names in `spin.toml`. A later line of the same name counts.
///
/// # Errors
/// When a line is no variable; the message has its number.
pub fn read(text: &str) -> Result<Vec<(String, String)>> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let variable = line.strip_prefix(EXPORT).unwrap_or(line);
        let variable = variable.strip_prefix(PREFIX);
        let Some((name, value)) = variable.and_then(|variable| variable.split_once('=')) else {
            bail!("line {} is not of the form {PREFIX}NAME=value", index + 1);
        };
        let (name, value) = (name.to_lowercase(), unquote(value));
        match variables.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => variables.push((name, value)),
        }
    }
    Ok(variables)
}

/// Whether a shell takes the value as it is.
fn is_plain(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    value.bytes().all(plain)
}

/// Whether the value is JSON that a shell takes for one word, without its quotes.
fn is_json_word(value: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-{}[]\"".contains(&byte);
    value.starts_with(['{', '['])
        && value.bytes().all(known)
        && value.matches('"').count().is_multiple_of(2)
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

fn unquote(value: &str) -> String {
    let inner = value
        .strip_prefix('\'')
        .and_then(|value| value.strip_suffix('\''));
    match inner {
        Some(inner) => inner.replace(r"'\''", "'"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const VALUES: [&str; 7] = [
        "",
        "127.0.0.1:5432",
        "MC4CAQAwBQYDK2VwBCIEIA==",
        r#"{"keys":[{"kty":"OKP","kid":"a-b_c"}]}"#,
        r#"{"name": "with blanks"}"#,
        "it's $HOME `ls` \"quoted\" \\ ; # & | <x> ~",
        "'",
    ];

    #[test]
    fn a_value_comes_back_from_the_file() {
        for value in VALUES {
            let text = write("admin_password", value).unwrap();
            let expected = ("admin_password".to_owned(), value.to_owned());
            assert_eq!(read(&text).unwrap(), [expected], "{text}");
        }
    }

    #[test]
    fn a_shell_reads_the_same_value() {
        for value in VALUES {
            let text = write("admin_password", value).unwrap();
            let script = format!("{text}printf %s \"$SPIN_VARIABLE_ADMIN_PASSWORD\"");
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert!(output.stderr.is_empty(), "{text}");
            assert_eq!(String::from_utf8(output.stdout).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn a_program_that_takes_what_follows_the_name_reads_plain_values_and_json() {
        for value in &VALUES[..4] {
            let text = write("auth_public_keys", value).unwrap();
            let mut lines = text.lines();
            let found = lines.find_map(|line| line.strip_prefix("SPIN_VARIABLE_AUTH_PUBLIC_KEYS="));
            assert_eq!(found, Some(*value));
            assert!(lines.all(|line| line.starts_with("export ")));
        }
    }

    #[test]
    fn a_line_that_is_no_variable_is_named_by_its_number() {
        let error = read("SPIN_VARIABLE_A=1\n\nexport B=2\n").unwrap_err();
        assert!(error.to_string().contains("line 3"), "{error}");
    }

    #[test]
    fn a_line_break_is_refused() {
        assert!(write("admin_password", "a\nb").is_err());
    }
}
