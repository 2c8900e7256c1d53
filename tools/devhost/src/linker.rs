//! What a component may import: exactly the world `component` of `wit/`.

use anyhow::{Result, anyhow};
use wasmtime::Engine;
use wasmtime::component::{Component, HasData, Linker, ResourceTable};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::{p2, p3};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::instance::Instance;
use crate::mqtt::{self, Mqtt};
use crate::postgres::{self, Postgres};
use crate::variables::{self, Variables};

/// Everything that the host implements.
pub fn linker(engine: &Engine) -> Result<Linker<Instance>> {
    let mut linker = Linker::new(engine);
    add_standard_library(&mut linker)?;
    add_tasks(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    variables::add_to_linker::<_, Variables>(&mut linker, Instance::variables)?;
    postgres::add_to_linker::<_, Postgres>(&mut linker, Instance::postgres)?;
    mqtt::add_to_linker::<_, Mqtt>(&mut linker, Instance::mqtt)?;
    Ok(linker)
}

/// WASI 0.2, which Rust's standard library uses. There are no sockets.
fn add_standard_library(linker: &mut Linker<Instance>) -> Result<()> {
    use p2::bindings::{cli, clocks, filesystem, random};
    use wasmtime_wasi_io::bindings::wasi::io;

    io::error::add_to_linker::<_, Table>(linker, |instance| instance.ctx().table)?;
    io::poll::add_to_linker::<_, Table>(linker, |instance| instance.ctx().table)?;
    io::streams::add_to_linker::<_, Table>(linker, |instance| instance.ctx().table)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::exit::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::stdin::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::stdout::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::stderr::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, Instance::cli)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, Instance::clocks)?;
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, Instance::clocks)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, Instance::filesystem)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, Instance::filesystem)?;
    random::random::add_to_linker::<_, WasiRandom>(linker, Instance::random)?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, Instance::random)?;
    Ok(())
}

/// WASI 0.3: timers among the tasks of an instance, and randomness.
fn add_tasks(linker: &mut Linker<Instance>) -> Result<()> {
    use p3::bindings::{clocks, random};

    clocks::types::add_to_linker::<_, WasiClocks>(linker, Instance::clocks)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, Instance::clocks)?;
    clocks::system_clock::add_to_linker::<_, WasiClocks>(linker, Instance::clocks)?;
    random::random::add_to_linker::<_, WasiRandom>(linker, Instance::random)?;
    Ok(())
}

/// An instance's table of resources, as `wasi:io` needs it.
struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

/// Links a component; an error names what it imports that the host does not have.
pub fn link(
    linker: &Linker<Instance>,
    id: &str,
    component: &Component,
) -> Result<ServicePre<Instance>> {
    let linked = linker.instantiate_pre(component).map_err(|error| {
        anyhow!("the component {id} does not fit this host, which gives what wit/world.wit names: {error:#}")
    })?;
    ServicePre::new(linked).map_err(|error| {
        anyhow!("the component {id} does not export wasi:http/handler@0.3.0: {error:#}")
    })
}
