//! What the local host refuses at its start, and with which words; Spin has others.

mod host;

use harness::require;
use host::{APPLICATION, Host, only_devhost, skipped_on_spin};

const COMPONENT: &str = "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n[component.guest]\nsource = \"GUEST\"\n";

#[track_caller]
fn refuses(manifest: &str, arguments: &[&str], parts: &[&str]) {
    if skipped_on_spin("what it refuses at its start") {
        return;
    }
    let printed = Host::refuse(manifest, arguments);
    for part in parts {
        assert!(printed.contains(part), "{part:?} is not in:\n{printed}");
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
fn an_unknown_component_that_is_named_literally_is_refused() {
    let hosts = "allowed_outbound_hosts = [\"http://nobody.spin.internal\"]\n";
    refuses(
        &format!("{APPLICATION}{COMPONENT}{hosts}"),
        &[],
        &[
            "component.guest",
            "nobody.spin.internal",
            "no such component",
        ],
    );
}

/// In KiB: less than the pool's address space, and enough for instances that are allocated on demand.
#[cfg(target_os = "linux")]
const ADDRESS_SPACE: u64 = 64 << 20;

// Other systems do not keep to the limit.
#[cfg(target_os = "linux")]
#[test]
fn a_small_address_space_is_enough() {
    require!(only_devhost("how it tells that it allocates on demand"));
    let limit = format!("ulimit -v {ADDRESS_SPACE} && exec \"$@\"");
    let manifest = format!("{APPLICATION}{COMPONENT}");
    let host = Host::start_wrapped(&["sh", "-c", &limit, "sh"], &manifest);
    host.output.wait_for("allocated on demand");
    assert_eq!(host.get("/hello").ok(), "hello");
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
    require!(only_devhost("how it keeps compiled components"));
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
