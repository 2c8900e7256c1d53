//! The files and folders of the repository, and the paths that texts name.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Folders that are not under version control, or come from elsewhere.
const SKIPPED: [&str; 5] = [".git", ".local", "target", "node_modules", "charts"];
/// Endings by which a text with `/` is known as a path where it begins with no folder of the repository.
const ENDINGS: [&str; 8] = [
    ".rs", ".sql", ".md", ".toml", ".sh", ".yaml", ".json", ".wit",
];

pub struct Tree {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
}

impl Tree {
    pub fn read(folder: &Path) -> Result<Self> {
        let mut tree = Self {
            files: BTreeSet::new(),
            folders: BTreeSet::new(),
        };
        tree.add(folder, "")?;
        Ok(tree)
    }

    fn add(&mut self, folder: &Path, below: &str) -> Result<()> {
        let entries = fs::read_dir(folder)
            .with_context(|| format!("cannot read the folder {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = match below {
                "" => name.clone(),
                below => format!("{below}/{name}"),
            };
            if entry.file_type()?.is_dir() {
                if !SKIPPED.contains(&name.as_str()) {
                    self.add(&entry.path(), &path)?;
                    self.folders.insert(path);
                }
            } else {
                self.files.insert(path);
            }
        }
        Ok(())
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains(path) || self.folders.contains(path)
    }

    /// It begins with a folder of the repository.
    pub fn is_rooted(&self, path: &str) -> bool {
        path.split_once('/')
            .is_some_and(|(first, _)| !first.contains('.') && self.folders.contains(first))
    }

    /// Whether `path`, as `file` names it, exists: from the repository's folder on, from the file's own folder, or
    /// as the end of another path. True for what is no path of this repository.
    pub fn finds(&self, file: &str, path: &str) -> bool {
        let is_path = self.is_rooted(path)
            || (path.contains('/') && ENDINGS.iter().any(|ending| path.ends_with(ending)));
        !is_path || self.files_at(file, path).next().is_some()
    }

    /// The files that `path` may mean, those below it if it is a folder.
    pub fn files_at(&self, file: &str, path: &str) -> impl Iterator<Item = &str> {
        let path = path.trim_end_matches('/');
        let own = join(file, path);
        let ends = format!("/{path}");
        let rooted = self.is_rooted(path);
        let (prefix, own_prefix) = (format!("{path}/"), format!("{own}/"));
        let path = path.to_owned();
        self.files().filter(move |candidate| {
            *candidate == path
                || *candidate == own
                || candidate.starts_with(&prefix)
                || candidate.starts_with(&own_prefix)
                || (!rooted && candidate.ends_with(&ends))
        })
    }
}

/// `path`, as the file `from` names it, from the repository's folder on.
pub fn join(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The paths of a text such as `src/{one,two}.rs`. None for a pattern, a command, or a route.
pub fn paths_of(text: &str) -> Vec<String> {
    if text.starts_with('/')
        || text.contains(['<', '*', ' ', '$', '…', ':', '=', '\\'])
        || text.contains("NNNN")
    {
        return Vec::new();
    }
    let Some((before, rest)) = text.split_once('{') else {
        return vec![text.to_owned()];
    };
    let Some((names, after)) = rest.split_once('}') else {
        return Vec::new();
    };
    // A parameter of a route, such as `orders/{id}`.
    if !names.contains(',') {
        return Vec::new();
    }
    names
        .split(',')
        .flat_map(|name| paths_of(&format!("{before}{}{after}", name.trim())))
        .collect()
}
