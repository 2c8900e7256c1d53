//! Links, paths and names in documents and comments: those that are there, and those that are not.

use std::fs;
use std::path::Path;

use structure_check::dead_references;

fn dead(test: &str, files: &[(&str, &str)]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("documents_{test}"));
    let _ = fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("to make a folder");
        fs::write(path, text).expect("to write a file");
    }
    dead_references(&folder).expect("to read the folder")
}

const SOURCE: (&str, &str) = ("crates/saga/src/decide.rs", "pub fn decide() {}\n");

#[test]
fn links_lead_to_files_and_headings() {
    let found = dead(
        "links",
        &[
            SOURCE,
            (
                "docs/saga.md",
                "# The saga\n\n## What it decides, and why\n\n[code](../crates/saga/src/decide.rs)\n\
                 [here](#what-it-decides-and-why) [there](events.md) [gone](#gone)\n\
                 [web](https://example.org/none)\n",
            ),
            (
                "README.md",
                "[saga](docs/saga.md#the-saga) [no](docs/saga.md#no)\n",
            ),
        ],
    );
    assert_eq!(
        found,
        [
            "README.md:1: docs/saga.md has no heading #no",
            "docs/saga.md:6: the link to events.md leads nowhere",
            "docs/saga.md:6: docs/saga.md has no heading #gone",
        ]
    );
}

#[test]
fn paths_exist_in_full_or_as_the_end_of_one() {
    let found = dead(
        "paths",
        &[
            SOURCE,
            (
                "README.md",
                "`crates/saga/src/decide.rs` `saga/src/decide.rs` `crates/saga/src/{decide,fold}.rs` `crates/other/`\n\
                 `/api/orders/{id}` `crates/<name>/src` `and/or` `text/event-stream` `driver/run.rs`\n\
                 ```\n`crates/none.rs`\n```\n",
            ),
        ],
    );
    assert_eq!(
        found,
        [
            "README.md:1: there is no crates/saga/src/fold.rs",
            "README.md:1: there is no crates/other/",
            "README.md:2: there is no driver/run.rs",
        ]
    );
}

#[test]
fn a_name_is_in_the_file_that_the_text_says() {
    let found = dead(
        "names",
        &[
            SOURCE,
            (
                "README.md",
                "`decide` in `crates/saga/src/decide.rs`, `fold` in `crates/saga/`\n\
                 `crates/saga/src/decide.rs` (`place`)\n",
            ),
        ],
    );
    assert_eq!(
        found,
        [
            "README.md:1: there is no `fold` in crates/saga/",
            "README.md:2: there is no `place` in crates/saga/src/decide.rs",
        ]
    );
}

#[test]
fn comments_name_files_that_exist() {
    let found = dead(
        "comments",
        &[
            (
                "crates/saga/src/decide.rs",
                "//! See `docs/saga.md`, crates/saga/src/decide.rs.\nfn open() { read(\"docs/none.md\") }\n",
            ),
            ("docs/events.md", ""),
            (
                "migrations/order/0001_tables.sql",
                "-- docs/events.md, docs/outbox.md\n",
            ),
        ],
    );
    assert_eq!(
        found,
        [
            "crates/saga/src/decide.rs:1: there is no docs/saga.md",
            "migrations/order/0001_tables.sql:1: there is no docs/outbox.md",
        ]
    );
}
