//! The host's side of `spin:mqtt`.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "package devhost:mqtt; world host { import spin:mqtt/mqtt@3.0.0; }",
    world: "devhost:mqtt/host",
    imports: { default: trappable },
    with: { "spin:mqtt/mqtt.connection": crate::mqtt::client::Connection },
});
