//! An instance of a component: the state that the host keeps for it.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p3::{WasiHttpCtxView, WasiHttpView};

use crate::component::Component;
use crate::http::outbound::Outbound;
use crate::mqtt::MqttView;
use crate::output::Channel;
use crate::postgres::PostgresView;
use crate::variables::VariablesView;

pub struct Instance {
    component: Arc<Component>,
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    /// Connections to brokers that it holds.
    mqtt_connections: usize,
}

impl Instance {
    /// The store of a new instance: no files, no sockets, no arguments, its own output.
    pub fn store(engine: &Engine, component: &Arc<Component>) -> Store<Self> {
        let wasi = WasiCtx::builder()
            .envs(&component.environment)
            .wall_clock(component.clock)
            .stdout(component.output.stream(Channel::Stdout))
            .stderr(component.output.stream(Channel::Stderr))
            .allow_tcp(false)
            .allow_udp(false)
            .build();
        let instance = Self {
            component: Arc::clone(component),
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            outbound: component.outbound.clone(),
            mqtt_connections: 0,
        };
        Store::new(engine, instance)
    }

    pub fn variables(&mut self) -> VariablesView<'_> {
        VariablesView {
            component: &self.component.id,
            values: &self.component.variables,
        }
    }

    pub fn postgres(&mut self) -> PostgresView<'_> {
        PostgresView {
            databases: &self.component.databases,
            table: &mut self.table,
        }
    }

    pub fn mqtt(&mut self) -> MqttView<'_> {
        MqttView {
            permissions: &self.component.permissions,
            connections: &mut self.mqtt_connections,
            table: &mut self.table,
        }
    }
}

impl WasiView for Instance {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Instance {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outbound,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
