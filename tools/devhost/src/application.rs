//! The application: from its manifest to components that run.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use wasmtime::Engine;

use crate::cli::Options;
use crate::component::Component;
use crate::engine::{self, Cache, Compiled};
use crate::http::chain::Chain;
use crate::http::client::Client;
use crate::http::routes::Router;
use crate::http::server::{Components, Server};
use crate::linker;
use crate::manifest::Manifest;
use crate::outbound_hosts::AllowedHosts;
use crate::output::Output;
use crate::postgres::Pools;
use crate::telemetry::Telemetry;
use crate::variables::Values;
use crate::workers::Workers;

/// Reads the manifest and makes the application ready to serve.
pub fn load(options: &Options) -> Result<Server> {
    let manifest = Manifest::load(&options.from)?;
    let given: HashMap<_, _> = options.variable.iter().cloned().collect();
    let values = Values::resolve(&manifest.variables, &given, |name| std::env::var(name).ok())?;
    let router = Router::new(&manifest.trigger.http)?;
    let engine = engine::engine()?;
    let cache = Cache::new(
        options
            .cache_dir
            .clone()
            .unwrap_or_else(|| manifest.folder.join(".local/cache")),
    );

    let telemetry = Telemetry::from_environment(&manifest.application.name)?;
    let linker = linker::linker(&engine)?;
    let chain = Chain::default();
    let client = Client::default();
    let mut components = Components::new();
    for (id, compiled) in compile_all(&manifest, &engine, &cache)? {
        let declared = &manifest.component[&id];
        let hosts = declared
            .allowed_outbound_hosts
            .iter()
            .map(|host| values.fill(host))
            .collect::<Result<Vec<_>>>();
        let component = Component {
            linked: linker::link(&linker, &id, &compiled.component)?,
            engine: engine.clone(),
            environment: declared
                .environment
                .clone()
                .into_iter()
                .chain(options.env.clone())
                .collect(),
            variables: values
                .of_component(&declared.variables)
                .with_context(|| format!("in [component.{id}]"))?,
            allowed_hosts: hosts
                .and_then(|hosts| Ok(AllowedHosts::parse(hosts)?))
                .with_context(|| format!("in [component.{id}]"))?,
            output: Output::new(&id, options.quiet, options.log_dir.as_deref())?,
            reuse: options.reuse(),
            chain: chain.clone(),
            client: client.clone(),
            postgres: Pools::default(),
            telemetry: telemetry.clone(),
            id: id.clone(),
        };
        components.insert(id, Workers::new(Arc::new(component)));
    }
    let components = Arc::new(components);
    chain.open(Arc::clone(&components));
    Ok(Server {
        name: manifest.application.name,
        version: manifest.application.version,
        router,
        components,
        telemetry,
    })
}

/// Compiles all components side by side, or takes them from the cache, and says how long it took.
fn compile_all(
    manifest: &Manifest,
    engine: &Engine,
    cache: &Cache,
) -> Result<Vec<(String, Compiled)>> {
    let start = Instant::now();
    let compiled = std::thread::scope(|scope| {
        let threads: Vec<_> = manifest
            .triggered()
            .map(|(id, component)| {
                let source = manifest.folder.join(&component.source);
                let thread = scope.spawn(move || compile(engine, cache, id, &source));
                (id, thread)
            })
            .collect();
        let join = |(id, thread): (&str, std::thread::ScopedJoinHandle<'_, Result<Compiled>>)| {
            let compiled = thread
                .join()
                .map_err(|_| anyhow!("compiling {id} panicked (the host's fault)"))??;
            Ok((id.to_owned(), compiled))
        };
        threads.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    println!(
        "{} components ready in {:.2} s",
        compiled.len(),
        start.elapsed().as_secs_f64()
    );
    Ok(compiled)
}

fn compile(engine: &Engine, cache: &Cache, id: &str, source: &Path) -> Result<Compiled> {
    let compiled = cache.load(engine, id, source)?;
    if let Some(time) = compiled.compiling {
        println!("  compiled {id} in {:.2} s", time.as_secs_f64());
    }
    Ok(compiled)
}
