use std::env;

use anyhow::{Context, Result};
use stack::{Environment, workspace};

/// The administrator of a system.
pub struct Credentials {
    pub email: String,
    pub password: String,
}

/// The administrator that `ADMIN_EMAIL` and `ADMIN_PASSWORD` name, else the one of `.local/env`.
pub fn credentials() -> Result<Credentials> {
    let environment = Environment::open(&workspace::local().join("env"))?;
    let find = |name: &str| {
        let given = env::var(name.to_uppercase())
            .ok()
            .or_else(|| environment.get(name).map(str::to_owned));
        given.with_context(|| {
            format!("who is the admin? set ADMIN_EMAIL and ADMIN_PASSWORD ({name} is not in .local/env either)")
        })
    };
    Ok(Credentials {
        email: find("admin_email")?,
        password: find("admin_password")?,
    })
}
