//! The host's side of `spin:variables`.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "package devhost:variables; world host { import spin:variables/variables@3.0.0; }",
    world: "devhost:variables/host",
    imports: { default: trappable },
});
