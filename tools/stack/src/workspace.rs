//! Where the parts of this repository are.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    // `cargo run` tells where the package is now; the compiled-in path is for a program that was started by itself.
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// What `cargo xtask up` keeps between its runs: data, keys, logs.
pub fn local() -> PathBuf {
    root().join(".local")
}

/// The folder of the migrations of `service`.
pub fn migrations(service: &str) -> PathBuf {
    root().join("migrations").join(service)
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// `path` as a person in the root would write it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
