//! Paths and links in documents and comments that lead nowhere.

mod markdown;
mod tree;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use markdown::Span;
use tree::Tree;

/// Every link and path below `folder` that leads nowhere: of Markdown files, and of comments in sources. One
/// line each, with the place.
///
/// In Markdown, `` `name` in `path` `` and `` `path` (`name`) `` say that the file, or a file in the folder, has
/// that word: this is checked as well.
pub fn dead_references(folder: &Path) -> Result<Vec<String>> {
    let tree = Tree::read(folder)?;
    let mut dead = Vec::new();
    for file in tree.files() {
        let read =
            || fs::read_to_string(folder.join(file)).with_context(|| format!("cannot read {file}"));
        if file.ends_with(".md") {
            check_markdown(&tree, folder, file, &read()?, &mut dead);
        } else if let Some(marker) = comment_marker(file) {
            check_comments(&tree, file, &read()?, marker, &mut dead);
        }
    }
    Ok(dead)
}

fn comment_marker(file: &str) -> Option<&'static str> {
    match file.rsplit('.').next() {
        Some("rs") => Some("//"),
        Some("sql") => Some("--"),
        Some("toml" | "yaml" | "sh") => Some("#"),
        _ => None,
    }
}

fn check_markdown(tree: &Tree, folder: &Path, file: &str, text: &str, dead: &mut Vec<String>) {
    let document = markdown::read(text);
    for (line, target) in &document.links {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = match path {
            "" => file.to_owned(),
            path => tree::join(file, path),
        };
        if !tree.has(&path) {
            dead.push(format!("{file}:{line}: the link to {target} leads nowhere"));
        } else if !anchor.is_empty() && path.ends_with(".md") {
            let linked = fs::read_to_string(folder.join(&path)).unwrap_or_default();
            if !markdown::read(&linked).anchors.contains(anchor) {
                dead.push(format!("{file}:{line}: {path} has no heading #{anchor}"));
            }
        }
    }
    for span in &document.spans {
        for path in tree::paths_of(&span.text) {
            if !tree.finds(file, &path) {
                dead.push(format!("{file}:{}: there is no {path}", span.line));
            }
        }
    }
    for (path, name) in document.names() {
        check_name(tree, folder, file, path, name, dead);
    }
}

/// The file or folder must have the word.
fn check_name(
    tree: &Tree,
    folder: &Path,
    file: &str,
    path: &Span,
    name: &Span,
    dead: &mut Vec<String>,
) {
    let files: Vec<&str> = tree::paths_of(&path.text)
        .iter()
        .flat_map(|path| tree.files_at(file, path))
        .collect();
    let has = |candidate: &&str| {
        fs::read_to_string(folder.join(candidate))
            .is_ok_and(|text| text.contains(name.text.as_str()))
    };
    if !files.is_empty() && !files.iter().any(has) {
        let (line, path, name) = (name.line, &path.text, &name.text);
        dead.push(format!("{file}:{line}: there is no `{name}` in {path}"));
    }
}

fn check_comments(tree: &Tree, file: &str, text: &str, marker: &str, dead: &mut Vec<String>) {
    for (index, line) in text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix(marker) else {
            continue;
        };
        let comment = comment.trim_start_matches(['/', '!', '-', '#']);
        let words =
            comment.split(|letter: char| letter.is_whitespace() || "`()\"'<>".contains(letter));
        for word in words.filter(|word| tree.is_rooted(word)) {
            let word = word.trim_end_matches(['.', ',', ':', ';']);
            for path in tree::paths_of(word) {
                if !tree.finds(file, &path) {
                    dead.push(format!("{file}:{}: there is no {path}", index + 1));
                }
            }
        }
    }
}
