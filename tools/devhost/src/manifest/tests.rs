use super::*;

fn parse(text: &str) -> Result<Manifest> {
    Manifest::parse(text, Path::new("."))
}

const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"a\"\n";
const ONE: &str =
    "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"c\"\n[component.c]\nsource = \"c.wasm\"\n";

fn refusal(text: &str) -> String {
    format!(
        "{:#}",
        parse(text).expect_err("the manifest should have been refused")
    )
}

#[test]
fn reads_the_manifest_of_the_application() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spin.toml");
    let manifest = Manifest::load(&path).unwrap();
    let ids: Vec<_> = manifest.triggered().map(|(id, _)| id).collect();
    for id in ["auth", "billing", "delivery", "order", "warehouse"] {
        assert!(ids.contains(&id), "{id} is not in {ids:?}");
    }
    assert!(manifest.variables["service_secret"].required);
}

#[test]
fn a_component_may_have_several_routes_and_a_private_one() {
    let manifest = parse(&format!(
        "{HEAD}{ONE}[[trigger.http]]\nroute = \"/x\"\ncomponent = \"c\"\n\
         [[trigger.http]]\nroute = {{ private = true }}\ncomponent = \"c\"\n"
    ))
    .unwrap();
    assert_eq!(manifest.trigger.http.len(), 3);
    assert_eq!(manifest.triggered().count(), 1);
}

#[test]
fn unknown_keys_are_all_refused_by_name() {
    let refusal = refusal(&format!(
        "{HEAD}{ONE}key_value_stores = [\"default\"]\nfiles = [\"*\"]\n[trigger.redis]\naddress = \"x\"\n"
    ));
    for key in [
        "component.c.key_value_stores",
        "component.c.files",
        "trigger.redis",
    ] {
        assert!(refusal.contains(key), "{refusal:?} does not name {key}");
    }
    assert!(refusal.contains("spin up"), "{refusal:?}");
}

#[test]
fn build_and_tool_are_ignored() {
    parse(&format!(
        "{HEAD}{ONE}[component.c.build]\ncommand = \"x\"\nwatch = [\"y\"]\n[component.c.tool.x]\ny = 1\n"
    ))
    .unwrap();
}

#[test]
fn other_versions_sources_and_triggers_are_refused() {
    assert!(
        refusal(&format!("{HEAD}{ONE}").replace("version = 2", "version = 1"))
            .contains("version 2")
    );
    assert!(
        refusal(&format!("{HEAD}{ONE}").replace("component = \"c\"", "component = \"d\""))
            .contains("[component.d]")
    );
    assert!(refusal(HEAD).contains("trigger.http"));
    assert!(
        refusal(&format!("{HEAD}{ONE}").replace("\"/...\"", "{ private = false }"))
            .contains("private = true")
    );
    assert!(
        refusal(&format!("{HEAD}{ONE}").replace("\"c.wasm\"", "{ url = \"x\", digest = \"y\" }"))
            .contains("source")
    );
}
