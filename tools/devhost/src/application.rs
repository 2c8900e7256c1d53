//! The application: from its manifest to components that run.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use wasmtime::Engine;

use crate::cache::{Cache, Compiled};
use crate::cli::Options;
use crate::clock::WallClock;
use crate::component::Component;
use crate::engine;
use crate::http::chain::Chain;
use crate::http::client::Client;
use crate::http::outbound::{Outbound, Requests};
use crate::http::routes::Router;
use crate::linker;
use crate::manifest::{self, Manifest};
use crate::network::{AllowedHosts, Entry, Permissions};
use crate::output::Output;
use crate::postgres::Databases;
use crate::server::{Components, Server};
use crate::telemetry::Telemetry;
use crate::variables::Values;
use crate::workers::{Factory, Workers};

/// Reads the manifest and makes the application ready to serve.
///
/// # Errors
/// When the manifest, a variable or a component is not as it must be.
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

    let shared = Shared {
        ids: manifest.component.keys().cloned().collect(),
        values,
        chain: Chain::default(),
        client: Client::new()?,
        telemetry: Telemetry::from_environment(&manifest.application.name)?,
    };
    let linker = linker::linker(&engine)?;
    let mut components = Components::default();
    for (id, compiled) in compile_all(&manifest, &engine, &cache)? {
        let component = shared
            .component(&id, &manifest.component[&id], options)
            .with_context(|| format!("in [component.{id}]"))?;
        components.add(Workers::new(Factory {
            component: Arc::new(component),
            engine: engine.clone(),
            linked: linker::link(&linker, &id, &compiled.component)?,
            reuse: options.reuse(),
        }));
    }
    let components = Arc::new(components);
    shared.chain.open(Arc::clone(&components) as _);
    Ok(Server {
        name: manifest.application.name,
        version: manifest.application.version,
        router,
        components,
        telemetry: shared.telemetry,
    })
}

/// What all components have in common.
struct Shared {
    /// The ids of all components of the manifest.
    ids: BTreeSet<String>,
    values: Values,
    chain: Chain,
    client: Client,
    telemetry: Telemetry,
}

impl Shared {
    fn component(
        &self,
        id: &str,
        declared: &manifest::Component,
        options: &Options,
    ) -> Result<Component> {
        let entries = declared
            .allowed_outbound_hosts
            .iter()
            .map(|host| {
                let text = self.values.fill(host)?;
                let literal = text == *host;
                Ok(Entry { text, literal })
            })
            .collect::<Result<Vec<_>>>()?;
        let allowed = AllowedHosts::parse(entries, &self.ids)?;
        let output = Output::new(id, options.quiet, options.log_dir.as_deref())?;
        let permissions = Permissions::new(allowed, output.clone());
        let environment = declared.environment.clone().into_iter();
        Ok(Component {
            id: id.to_owned(),
            environment: environment.chain(options.env.clone()).collect(),
            variables: self.values.of_component(&declared.variables)?,
            telemetry: self.telemetry.clone(),
            outbound: Outbound(Arc::new(Requests {
                permissions: permissions.clone(),
                chain: self.chain.clone(),
                client: self.client.clone(),
                output: output.clone(),
                telemetry: self.telemetry.clone(),
            })),
            databases: Databases::new(
                options.database_pool,
                permissions.clone(),
                output.clone(),
                self.telemetry.clone(),
            ),
            clock: WallClock {
                offset: options.clock_offset,
            },
            permissions,
            output,
        })
    }
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
