//! Notes, for each service, the newest migration in `migrations/`, which readiness compares with
//! what its database has.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    println!("cargo:rerun-if-changed={}", migrations.display());
    let mut arms = String::new();
    for service in ["auth", "billing", "warehouse", "delivery", "order"] {
        let folder = migrations.join(service);
        println!("cargo:rerun-if-changed={}", folder.display());
        let newest = newest(&folder)?;
        arms += &format!("        \"{service}\" => {newest},\n");
    }
    let source = format!(
        "/// The version of the newest migration in `migrations/` when this was built; 0 for none.\n\
         pub(crate) fn newest_migration(service: &str) -> i64 {{\n    match service {{\n{arms}        _ => 0,\n    }}\n}}\n"
    );
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("migrations.rs"), source)
}

/// The highest `NNNN` of the files `NNNN_name.sql` in `folder`.
fn newest(folder: &Path) -> io::Result<i64> {
    let mut newest = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let version = name
            .strip_suffix(".sql")
            .and_then(|name| name.split_once('_'))
            .and_then(|(version, _)| version.parse().ok());
        newest = newest.max(version.unwrap_or(0));
    }
    Ok(newest)
}
