//! What the built components of the application ask of a host: no import that `wit/` does not name, and no
//! function of the component model that engines treat differently.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use wasmparser::component_types::{ComponentAnyTypeId, ComponentDefinedType};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, Parser, Payload, Validator, WasmFeatures};
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

/// The bytes of a built component.
fn read(id: &str, source: &Path) -> Vec<u8> {
    std::fs::read(source).unwrap_or_else(|error| {
        panic!(
            "{} is not there ({error}): build it with `cargo build --release --target wasm32-wasip2 --package {id}`",
            source.display()
        )
    })
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
        let wasm = read(&id, &source);
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

/// The functions of a component that no engine runs as every other does.
///
/// An asynchronous cancel is behind a switch (`more-async-builtins`) that Spin leaves off. A synchronous
/// `stream.cancel-read` of a stream without a payload is how `wit-bindgen`'s `inter-task-wakeup` lets one request
/// wake another; wasmtime 48 and newer trap there, because the stream is still waited for.
fn unportable_functions(wasm: &[u8]) -> Vec<CanonicalFunction> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.expect("a component");
        validator.payload(&payload).expect("a valid component");
        let (Payload::ComponentCanonicalSection(functions), Some(types)) =
            (payload, validator.types(0))
        else {
            continue;
        };
        let functions = functions
            .into_iter()
            .map(|function| function.expect("valid"));
        found.extend(functions.filter(|function| is_unportable(types, function)));
    }
    found
}

fn is_unportable(types: TypesRef<'_>, function: &CanonicalFunction) -> bool {
    match *function {
        CanonicalFunction::SubtaskCancel { async_: true }
        | CanonicalFunction::StreamCancelRead { async_: true, .. }
        | CanonicalFunction::StreamCancelWrite { async_: true, .. }
        | CanonicalFunction::FutureCancelRead { async_: true, .. }
        | CanonicalFunction::FutureCancelWrite { async_: true, .. } => true,
        CanonicalFunction::StreamCancelRead { ty, .. } => has_no_payload(types, ty),
        _ => false,
    }
}

fn has_no_payload(types: TypesRef<'_>, stream: u32) -> bool {
    match types.component_any_type_at(stream) {
        ComponentAnyTypeId::Defined(id) => {
            matches!(types[id], ComponentDefinedType::Stream(None))
        }
        _ => false,
    }
}

#[test]
fn components_run_on_every_engine() {
    for (id, source) in sources() {
        let found = unportable_functions(&read(&id, &source));
        assert!(found.is_empty(), "{id}: {found:?}");
    }
}

#[test]
fn the_check_finds_cancels_that_engines_treat_differently() {
    let component = |functions: &[u8]| {
        // `(type (stream))`, `(type (stream u8))`, and the functions.
        let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
        wasm.extend([7, 6, 2, 0x66, 0, 0x66, 1, 0x7d]);
        wasm.extend([8, functions.len() as u8 + 1, functions.len() as u8 / 3]);
        wasm.extend(functions);
        wasm
    };
    const CANCEL_READ: u8 = 0x11;
    for (stream, asynchronous, expected) in [(0, 0, 1), (1, 0, 0), (1, 1, 1)] {
        let wasm = component(&[CANCEL_READ, stream, asynchronous]);
        assert_eq!(
            unportable_functions(&wasm).len(),
            expected,
            "stream {stream}, asynchronous {asynchronous}"
        );
    }
}
