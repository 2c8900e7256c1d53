//! The host's side of `spin:postgres`.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "package devhost:postgres; world host { import spin:postgres/postgres@4.2.0; }",
    world: "devhost:postgres/host",
    imports: {
        "spin:postgres/postgres.[static]connection.open": async | trappable,
        "spin:postgres/postgres.[method]connection.query": async | trappable,
        "spin:postgres/postgres.[method]connection.execute": async | trappable,
        "spin:postgres/postgres.[method]connection-builder.build": async | trappable,
        default: trappable,
    },
    with: {
        "spin:postgres/postgres.connection": crate::postgres::connection::Connection,
        "spin:postgres/postgres.connection-builder": crate::postgres::connection::ConnectionBuilder,
    },
});
