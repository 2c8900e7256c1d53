//! Where the parts of this repository are.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cargo_metadata::MetadataCommand;

/// The root of the workspace.
pub fn root() -> PathBuf {
    // `cargo run` sets where the package is now; the compiled-in path is for a program that was started without it.
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

/// Where cargo puts what it builds: as `CARGO_TARGET_DIR` or `build.target-dir` of cargo's configuration has it.
pub fn target() -> &'static Path {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    TARGET.get_or_init(|| {
        let metadata = MetadataCommand::new()
            .manifest_path(root().join("Cargo.toml"))
            .current_dir(root())
            .no_deps()
            .exec();
        // Without cargo nothing was built elsewhere.
        metadata.map_or_else(
            |_| root().join("target"),
            |metadata| metadata.target_directory.into(),
        )
    })
}

/// Where the components are built.
pub fn components() -> PathBuf {
    target().join("wasm32-wasip2").join("release")
}

/// `path` from the root, when it is below it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
