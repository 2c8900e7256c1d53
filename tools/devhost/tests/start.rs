//! What stops a start, and what it says.

mod host;

use host::{APPLICATION, Host};

const COMPONENT: &str = "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n[component.guest]\nsource = \"GUEST\"\n";

#[track_caller]
fn refuses(manifest: &str, arguments: &[&str], parts: &[&str]) {
    let said = Host::refuse(manifest, arguments);
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
}

#[test]
fn all_missing_variables_are_named() {
    let variables = "[variables]\none = { required = true }\ntwo = { required = true }\n";
    let manifest = format!("{APPLICATION}{COMPONENT}{variables}");
    refuses(
        &manifest,
        &[],
        &["one", "SPIN_VARIABLE_ONE", "two", "--variable two="],
    );
    refuses(&manifest, &["--variable", "one=1"], &["SPIN_VARIABLE_TWO"]);
    let host = Host::start(&manifest, &["--variable", "one=1", "--variable", "two=2"]);
    assert_eq!(host.get("/hello").ok(), "hello");
}

#[test]
fn what_devhost_does_not_do_is_named() {
    let manifest = format!("{APPLICATION}{COMPONENT}sqlite_databases = [\"default\"]\n");
    refuses(
        &manifest,
        &[],
        &["component.guest.sqlite_databases", "spin up"],
    );
}

#[test]
fn a_component_that_is_not_built_is_named() {
    let manifest = format!("{APPLICATION}{COMPONENT}").replace("GUEST", "nowhere.wasm");
    refuses(&manifest, &[], &["guest", "nowhere.wasm", "build it first"]);
}

#[test]
fn a_component_that_imports_something_else_is_refused() {
    // `(component (import "other-thing" (func)))`, by hand: its type, and the import.
    let name = b"other-thing";
    let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
    wasm.extend([7, 5, 1, 0x40, 0, 1, 0]);
    wasm.extend([10, 5 + name.len() as u8, 1, 0, name.len() as u8]);
    wasm.extend(name);
    wasm.extend([1, 0]);
    let file = std::env::temp_dir().join(format!("devhost-import-{}.wasm", std::process::id()));
    std::fs::write(&file, wasm).unwrap();
    let manifest = format!("{APPLICATION}{COMPONENT}").replace("GUEST", file.to_str().unwrap());
    refuses(&manifest, &[], &["guest", "other-thing", "wit/world.wit"]);
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn a_wrong_host_names_its_component() {
    let manifest = format!("{APPLICATION}{COMPONENT}allowed_outbound_hosts = [\"billing\"]\n");
    refuses(
        &manifest,
        &[],
        &["component.guest", "\"billing\"", "scheme"],
    );
    let manifest =
        format!("{APPLICATION}{COMPONENT}allowed_outbound_hosts = [\"{{{{ unknown }}}}\"]\n");
    refuses(&manifest, &[], &["component.guest", "\"unknown\""]);
}

#[test]
fn an_address_in_use_is_named() {
    let manifest = format!("{APPLICATION}{COMPONENT}");
    let first = Host::start(&manifest, &[]);
    let arguments = ["--listen", first.address()];
    refuses(&manifest, &arguments, &[first.address(), "--listen"]);
}

#[test]
fn the_second_start_compiles_nothing() {
    let manifest = format!("{APPLICATION}{COMPONENT}");
    drop(Host::start(&manifest, &[]));
    let start = std::time::Instant::now();
    let host = Host::start(&manifest, &[]);
    assert!(
        start.elapsed() < std::time::Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    assert!(
        !host.output.text().contains("compiled"),
        "{}",
        host.output.text()
    );
}
