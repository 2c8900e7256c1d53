//! Small workspaces with circles of imports, and small ones without.

use std::fs;
use std::path::{Path, PathBuf};

use structure_check::{Finding, Level, circles, describe};

/// A workspace with one package `example` of these files, below its `src/`.
fn package(test: &str, files: &[(&str, &str)]) -> Vec<Finding> {
    let mut all = vec![(
        "Cargo.toml".to_owned(),
        "[package]\nname = \"example\"\nedition = \"2024\"\n[workspace]\n".to_owned(),
    )];
    all.extend(
        files
            .iter()
            .map(|(path, text)| (format!("src/{path}"), (*text).to_owned())),
    );
    workspace(test, &all)
}

fn workspace(test: &str, files: &[(String, String)]) -> Vec<Finding> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path: PathBuf = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("to make a folder");
        fs::write(path, text).expect("to write a source");
    }
    circles(&folder).expect("to read the workspace")
}

/// Each circle as `a b`: the nodes in their order, without the folder `src/`.
fn nodes(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let steps = finding.circle.steps.iter();
            let names: Vec<&str> = steps
                .map(|step| step.from.trim_start_matches("src/"))
                .collect();
            names.join(" ")
        })
        .collect()
}

#[test]
fn two_files_that_use_each_other_are_a_circle() {
    let found = package(
        "two_files",
        &[
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "use crate::b::B;\n\npub struct A(pub B);\n"),
            (
                "b.rs",
                "pub struct B;\n\npub fn make() -> super::a::A {\n    super::a::A(B)\n}\n",
            ),
        ],
    );
    assert_eq!(nodes(&found), ["a.rs b.rs"]);
    let text = describe(&found[0]);
    for line in [
        "src/a.rs:1  crate::b::B",
        "src/b.rs:3  super::a::A",
        "To mend it",
    ] {
        assert!(text.contains(line), "no `{line}` in:\n{text}");
    }
}

#[test]
fn one_way_is_no_circle() {
    let found = package(
        "one_way",
        &[
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            ("a.rs", "use crate::b::B;\nuse crate::c::C;\n"),
            ("b.rs", "use crate::c::C;\npub struct B(C);\n"),
            ("c.rs", "pub struct C;\n"),
        ],
    );
    assert_eq!(nodes(&found), [""; 0]);
}

#[test]
fn a_circle_of_three_is_found_once() {
    let found = package(
        "three_files",
        &[
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            ("a.rs", "pub fn a() { crate::b::b() }\n"),
            ("b.rs", "use crate::c;\npub fn b() { c::c() }\n"),
            (
                "c.rs",
                "use crate::a::a as start;\npub fn c() { start() }\n",
            ),
        ],
    );
    assert_eq!(nodes(&found), ["a.rs b.rs c.rs"]);
}

#[test]
fn a_parent_that_re_exports_is_passed_through() {
    let found = package(
        "re_export",
        &[
            (
                "lib.rs",
                "mod room;\nuse room::Door;\npub fn open(_: Door) {}\n",
            ),
            (
                "room/mod.rs",
                "mod door;\nmod wall;\npub use door::Door;\npub use wall::*;\n",
            ),
            ("room/door.rs", "use super::Wall;\npub struct Door(Wall);\n"),
            ("room/wall.rs", "pub struct Wall;\n"),
        ],
    );
    assert_eq!(nodes(&found), [""; 0]);
}

#[test]
fn a_circle_through_a_re_export_is_found_where_it_is() {
    let found = package(
        "circle_through_re_export",
        &[
            (
                "lib.rs",
                "mod door;\nmod wall;\npub use door::Door;\npub use wall::*;\n",
            ),
            ("door.rs", "use crate::Wall;\npub struct Door(Wall);\n"),
            ("wall.rs", "pub struct Wall;\nfn door(_: crate::Door) {}\n"),
        ],
    );
    assert_eq!(nodes(&found), ["door.rs wall.rs"]);
}

#[test]
fn a_parent_that_defines_what_its_children_use_must_not_use_them() {
    let found = package(
        "parent",
        &[
            ("lib.rs", "mod room;\n"),
            (
                "room/mod.rs",
                "mod door;\npub const WIDTH: u32 = 1;\npub fn open() { door::open() }\n",
            ),
            ("room/door.rs", "pub fn open() { let _ = super::WIDTH; }\n"),
        ],
    );
    assert_eq!(nodes(&found), ["room/door.rs room/mod.rs"]);
}

#[test]
fn folders_can_be_a_circle_where_files_are_none() {
    let found = package(
        "folders",
        &[
            ("lib.rs", "mod left;\nmod right;\n"),
            ("left/mod.rs", "pub mod one;\npub mod two;\n"),
            ("left/one.rs", "use crate::right::one::One;\n"),
            ("left/two.rs", "pub struct Two;\n"),
            ("right/mod.rs", "pub mod one;\npub mod two;\n"),
            ("right/one.rs", "pub struct One;\n"),
            ("right/two.rs", "use crate::left::two::Two;\n"),
        ],
    );
    assert_eq!(nodes(&found), ["left right"]);
    assert_eq!(found[0].level, Level::Folders);
    assert_eq!(found[0].within, "src");
}

#[test]
fn unit_tests_may_use_what_uses_their_file() {
    let found = package(
        "tests",
        &[
            ("lib.rs", "mod a;\nmod b;\n"),
            (
                "a.rs",
                "pub struct A;\n#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::b::B;\n    \
                 #[test]\n    fn a() { let _ = (A, B::new()); }\n}\n",
            ),
            ("b.rs", "use crate::a::A;\npub struct B(A);\n"),
        ],
    );
    assert_eq!(nodes(&found), [""; 0]);
}

#[test]
fn paths_in_macros_and_attributes_count() {
    let found = package(
        "macros",
        &[
            ("lib.rs", "mod a;\nmod b;\n"),
            (
                "a.rs",
                "pub fn a() -> String { format!(\"{}\", crate::b::NAME) }\n",
            ),
            (
                "b.rs",
                "pub const NAME: &str = \"b\";\n#[derive(serde::Deserialize)]\nstruct B {\n    \
                 #[serde(default = \"crate::a::a\")]\n    b: String,\n}\n",
            ),
        ],
    );
    assert_eq!(nodes(&found), ["a.rs b.rs"]);
}

#[test]
fn variables_and_fields_with_an_items_name_do_not_count() {
    let found = package(
        "variables",
        &[
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            (
                "a.rs",
                "use crate::b::*;\npub struct A { pub b: u32 }\npub fn a(b: u32) -> u32 {\n    \
                 let a = A { b };\n    println!(\"{}\", a.b);\n    b\n}\n",
            ),
            ("b.rs", "use crate::a::A;\npub fn b(_: A) {}\n"),
            ("c.rs", ""),
        ],
    );
    assert_eq!(nodes(&found), [""; 0]);
}

#[test]
fn globs_count_by_the_names_that_are_used() {
    let found = package(
        "globs",
        &[
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "use crate::b::*;\npub struct A(B);\n"),
            ("b.rs", "use crate::a::*;\npub struct B;\nfn b(_: A) {}\n"),
        ],
    );
    assert_eq!(nodes(&found), ["a.rs b.rs"]);
}

#[test]
fn packages_that_need_each_other_for_their_tests_are_a_circle() {
    let manifest = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
    };
    let found = workspace(
        "packages",
        &[
            (
                "Cargo.toml".to_owned(),
                "[workspace]\nmembers = [\"one\", \"two\"]\n".to_owned(),
            ),
            (
                "one/Cargo.toml".to_owned(),
                manifest("one", "[dev-dependencies]\ntwo = { path = \"../two\" }\n"),
            ),
            ("one/src/lib.rs".to_owned(), String::new()),
            (
                "two/Cargo.toml".to_owned(),
                manifest("two", "[dependencies]\none = { path = \"../one\" }\n"),
            ),
            ("two/src/lib.rs".to_owned(), String::new()),
        ],
    );
    assert_eq!(nodes(&found), ["one two"]);
    assert_eq!(found[0].level, Level::Packages);
}
