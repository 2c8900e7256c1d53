//! The components of the application import nothing that `wit/` does not name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Resolve, WorldId, WorldItem};

/// The functions of each interface.
type Interfaces = BTreeMap<String, BTreeSet<String>>;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("tools/devhost")
}

fn interfaces<'a>(
    resolve: &Resolve,
    items: impl Iterator<Item = (&'a wit_parser::WorldKey, &'a WorldItem)>,
) -> Interfaces {
    items
        .map(|(key, item)| {
            let functions = match item {
                WorldItem::Interface { id, .. } => {
                    resolve.interfaces[*id].functions.keys().cloned().collect()
                }
                _ => BTreeSet::new(),
            };
            (resolve.name_world_key(key), functions)
        })
        .collect()
}

fn imports_and_exports(resolve: &Resolve, world: WorldId) -> (Interfaces, Interfaces) {
    let world = &resolve.worlds[world];
    (
        interfaces(resolve, world.imports.iter()),
        interfaces(resolve, world.exports.iter()),
    )
}

/// The world that `wit/world.wit` gives a component.
fn allowed() -> (Interfaces, Interfaces) {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(workspace().join("wit"))
        .expect("wit/ is well-formed");
    let world = resolve
        .select_world(&[package], Some("component"))
        .expect("wit/ has the world");
    imports_and_exports(&resolve, world)
}

/// The built components of `spin.toml`.
fn sources() -> Vec<(String, std::path::PathBuf)> {
    let manifest = std::fs::read_to_string(workspace().join("spin.toml")).expect("spin.toml");
    let manifest: toml::Table = manifest.parse().expect("spin.toml is TOML");
    let components = manifest["component"].as_table().expect("[component.*]");
    let source =
        |component: &toml::Value| workspace().join(component["source"].as_str().expect("a source"));
    components
        .iter()
        .map(|(id, component)| (id.clone(), source(component)))
        .collect()
}

/// What is in `one` and not in `other`.
fn beyond(one: &Interfaces, other: &Interfaces) -> Vec<String> {
    let mut beyond = Vec::new();
    for (interface, functions) in one {
        match other.get(interface) {
            None => beyond.push(interface.clone()),
            Some(known) => beyond.extend(
                functions
                    .difference(known)
                    .map(|function| format!("{interface} {function}")),
            ),
        }
    }
    beyond
}

#[test]
fn components_import_only_what_wit_names() {
    let (imports, exports) = allowed();
    let sources = sources();
    assert!(!sources.is_empty());
    for (id, source) in sources {
        let wasm = std::fs::read(&source).unwrap_or_else(|error| {
            panic!(
                "{} is not there ({error}): build it with `cargo build --release --target wasm32-wasip2 --package {id}`",
                source.display()
            )
        });
        let Ok(DecodedWasm::Component(resolve, world)) = decode(&wasm) else {
            panic!("{} is no component", source.display());
        };
        let (imported, exported) = imports_and_exports(&resolve, world);
        assert_eq!(
            beyond(&imported, &imports),
            [""; 0],
            "{id} imports what wit/ does not name"
        );
        assert_eq!(
            beyond(&exported, &exports),
            [""; 0],
            "{id} exports what wit/ does not name"
        );
        assert_eq!(exported.len(), 1, "{id} exports {exported:?}");
    }
}

#[test]
fn the_check_finds_an_interface_and_a_function_too_many() {
    let set = |functions: &[&str]| functions.iter().map(|name| (*name).to_owned()).collect();
    let known = Interfaces::from([("a:b/c".to_owned(), set(&["f"]))]);
    let more = Interfaces::from([
        ("a:b/c".to_owned(), set(&["f", "g"])),
        ("a:b/d".to_owned(), set(&["h"])),
    ]);
    assert_eq!(beyond(&more, &known), ["a:b/c g", "a:b/d"]);
    assert_eq!(beyond(&known, &more), [""; 0]);
}
