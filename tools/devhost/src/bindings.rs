//! The host's side of the interfaces that `wit/` declares beside WASI.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "zakaz:platform/capabilities",
    imports: {
        "spin:postgres/postgres.[static]connection.open": async | trappable,
        "spin:postgres/postgres.[method]connection.query": async | trappable,
        "spin:postgres/postgres.[method]connection.execute": async | trappable,
        "spin:postgres/postgres.[method]connection-builder.build": async | trappable,
        default: trappable,
    },
    with: {
        "spin:mqtt/mqtt.connection": crate::mqtt::Connection,
        "spin:postgres/postgres.connection": crate::postgres::Connection,
        "spin:postgres/postgres.connection-builder": crate::postgres::ConnectionBuilder,
    },
});
