//! Components compiled for the engine, which are kept on disk.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, anyhow};
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Compiled files of one component that are kept: those of older builds are deleted.
const KEPT_FILES: usize = 4;

/// The compiled components of earlier starts.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// A component ready to be linked.
pub struct Compiled {
    pub component: Component,
    /// The time that compiling took; `None` when it came from the cache.
    pub compiling: Option<Duration>,
}

impl Cache {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The component in the file `source`, compiled now unless the same bytes were compiled before.
    pub fn load(&self, engine: &Engine, id: &str, source: &Path) -> Result<Compiled> {
        let wasm = std::fs::read(source).with_context(|| {
            format!(
                "cannot read the component {id}, {}: build it first (`cargo xtask up` does)",
                source.display()
            )
        })?;
        let kept = self
            .folder
            .join(format!("{id}-{}.cwasm", fingerprint(engine, &wasm)));
        if kept.exists() {
            // A damaged file is replaced below.
            if let Ok(component) = read_compiled(engine, &kept) {
                return Ok(Compiled {
                    component,
                    compiling: None,
                });
            }
        }
        let start = Instant::now();
        let not_compilable = || {
            format!(
                "{} is no WebAssembly component that can be compiled",
                source.display()
            )
        };
        let compiled = engine
            .precompile_component(&wasm)
            .map_err(|error| anyhow!("{error:#}"))
            .with_context(not_compilable)?;
        self.keep(id, &kept, &compiled)?;
        let component = read_compiled(engine, &kept)?;
        Ok(Compiled {
            component,
            compiling: Some(start.elapsed()),
        })
    }

    /// Writes a compiled component; no other process sees an unfinished file.
    fn keep(&self, id: &str, path: &Path, compiled: &[u8]) -> Result<()> {
        let hint = || {
            format!(
                "cannot write compiled components to {}; --cache-dir names another folder",
                self.folder.display()
            )
        };
        std::fs::create_dir_all(&self.folder).with_context(hint)?;
        let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
        let mut file = std::fs::File::create(&unfinished).with_context(hint)?;
        file.write_all(compiled).with_context(hint)?;
        drop(file);
        std::fs::rename(&unfinished, path).with_context(hint)?;
        self.forget_old(id);
        Ok(())
    }

    /// Deletes the oldest files of a component, as far as it can.
    fn forget_old(&self, id: &str) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<(SystemTime, PathBuf)> = entries
            .flatten()
            .filter(|entry| is_of_component(&entry.file_name().to_string_lossy(), id))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        for (_, path) in files.iter().rev().skip(KEPT_FILES) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether `file` is `<id>-<fingerprint>.cwasm`.
fn is_of_component(file: &str, id: &str) -> bool {
    let fingerprint = file
        .strip_prefix(id)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix(".cwasm"));
    fingerprint
        .is_some_and(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A name for the result of compiling these bytes with this engine.
fn fingerprint(engine: &Engine, wasm: &[u8]) -> String {
    struct Hasher(Sha256);
    impl std::hash::Hasher for Hasher {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Hasher(Sha256::new());
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hasher);
    hasher.0.update(wasm);
    hasher
        .0
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn read_compiled(engine: &Engine, path: &Path) -> Result<Component> {
    // SAFETY: only `Cache::keep` writes files of this name, whole, from the engine's own output, and
    // the engine checks that its version and settings are the same. A user who can write to the
    // cache's folder can change this program's code as well.
    unsafe { Component::deserialize_file(engine, path) }
        .map_err(|error| anyhow!("{}: {error:#}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::engine;

    const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn the_second_load_does_not_compile() {
        let folder = std::env::temp_dir().join(format!("devhost-cache-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let source = folder.join("a.wasm");
        std::fs::write(&source, EMPTY_COMPONENT).unwrap();
        let (engine, cache) = (engine().unwrap(), Cache::new(folder.join("cache")));
        assert!(
            cache
                .load(&engine, "a", &source)
                .unwrap()
                .compiling
                .is_some()
        );
        assert!(
            cache
                .load(&engine, "a", &source)
                .unwrap()
                .compiling
                .is_none()
        );
        let kept = std::fs::read_dir(folder.join("cache"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        std::fs::write(&kept, b"damaged").unwrap();
        assert!(
            cache
                .load(&engine, "a", &source)
                .unwrap()
                .compiling
                .is_some()
        );
        std::fs::write(&source, b"no component").unwrap();
        assert!(cache.load(&engine, "a", &source).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_longer_id_is_another_component() {
        let fingerprint = "0".repeat(64);
        assert!(is_of_component(&format!("a-{fingerprint}.cwasm"), "a"));
        assert!(!is_of_component(&format!("a-b-{fingerprint}.cwasm"), "a"));
        assert!(!is_of_component("a-x.cwasm", "a"));
    }
}
