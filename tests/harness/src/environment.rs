//! The configuration of the tests: from environment variables, or from the test program that has started the system
//! itself.

use std::{collections::HashMap, env, fs, sync::OnceLock};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

/// The system's address, and the variables it was started with.
pub struct Environment {
    /// An origin, such as `http://127.0.0.1:3000`, without a slash at its end.
    pub base_url: String,
    /// Where the paths below `/internal/<segment>` are, by the segment, when they are not at the base URL.
    internal: HashMap<String, String>,
    variables: HashMap<String, String>,
}

impl Environment {
    /// The environment of this run.
    ///
    /// # Panics
    /// When it is not set.
    pub fn get() -> &'static Self {
        static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
        ENVIRONMENT.get_or_init(Self::read)
    }

    fn read() -> Self {
        let base_url = required("ZAKAZ_BASE_URL").trim_end_matches('/').to_owned();
        let file = required("ZAKAZ_ENV_FILE");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!("ZAKAZ_ENV_FILE names {file}, which cannot be read: {error}")
        });
        Self {
            base_url,
            internal: internal_urls(&env::var("ZAKAZ_INTERNAL_URLS").unwrap_or_default()),
            variables: parse(&text),
        }
    }

    /// The origin at which a path is called: the base URL, or where `ZAKAZ_INTERNAL_URLS` says that it is.
    pub fn origin_of(&self, path: &str) -> &str {
        let internal = path.strip_prefix("/internal/");
        let segment = internal.and_then(|rest| rest.split(['/', '?']).next());
        let origin = segment.and_then(|segment| self.internal.get(segment));
        origin.unwrap_or(&self.base_url)
    }

    /// A variable of `spin.toml` by its name there, such as `service_secret`.
    ///
    /// # Panics
    /// When the file that `ZAKAZ_ENV_FILE` names does not set it.
    pub fn variable(&self, name: &str) -> &str {
        self.variables
            .get(name)
            .map(String::as_str)
            .unwrap_or_else(|| {
                panic!(
                    "the file that ZAKAZ_ENV_FILE names has no line SPIN_VARIABLE_{}=…",
                    name.to_uppercase()
                )
            })
    }

    /// A variable that has a default in `spin.toml`.
    pub fn variable_or(&self, name: &str, default: &'static str) -> &str {
        self.variables.get(name).map_or(default, String::as_str)
    }

    /// The private key of access tokens, PKCS#8 DER. The variable holds it as PEM (perhaps with its line
    /// ends written `\n`) or as the base64 of the DER.
    pub fn access_token_key(&self) -> Vec<u8> {
        let text = self.variable("auth_private_key").replace("\\n", "\n");
        let base64: String = text
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .map(str::trim)
            .collect();
        BASE64_STANDARD.decode(base64).unwrap_or_else(|error| {
            panic!("auth_private_key is neither PEM nor base64 of a DER: {error}")
        })
    }

    /// The public keys of access tokens, as the variable gives them: a JWKS.
    pub fn public_keys(&self) -> Value {
        serde_json::from_str(self.variable("auth_public_keys"))
            .unwrap_or_else(|error| panic!("auth_public_keys is no JSON: {error}"))
    }

    /// Whether the host is reached over a loopback address, so that clients can have many addresses.
    pub fn is_local(&self) -> bool {
        self.base_url.starts_with("http://127.")
    }
}

static PROVIDED: OnceLock<HashMap<String, String>> = OnceLock::new();

/// Sets values that replace environment variables, for a program that starts the system itself.
///
/// # Panics
/// When it is called twice.
pub fn provide(variables: HashMap<String, String>) {
    assert!(
        PROVIDED.set(variables).is_ok(),
        "the environment of the tests is provided once"
    );
}

/// A required environment variable.
///
/// # Panics
/// When it is not set.
pub fn required(name: &str) -> String {
    if let Some(value) = PROVIDED.get().and_then(|given| given.get(name)) {
        return value.clone();
    }
    env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: these tests need a running system. `cargo xtask test --only e2e` starts one and \
             runs them; tests/README.md says how to run them against any other host"
        )
    })
}

/// `segment=origin,…`.
fn internal_urls(text: &str) -> HashMap<String, String> {
    text.split(',')
        .filter_map(|part| part.split_once('='))
        .map(|(segment, origin)| (segment.to_owned(), origin.to_owned()))
        .collect()
}

/// The lines `SPIN_VARIABLE_NAME=value`; other lines are for shells.
fn parse(text: &str) -> HashMap<String, String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("SPIN_VARIABLE_")?.split_once('='))
        .map(|(name, value)| (name.to_lowercase(), unquote(value)))
        .collect()
}

/// A value without the quotes that a shell takes away.
fn unquote(value: &str) -> String {
    let value = value.trim();
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(single) = inner('\'') {
        return single.replace(r"'\''", "'");
    }
    inner('"').unwrap_or(value).to_owned()
}
