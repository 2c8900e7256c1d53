use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use devhost::application;
use devhost::cli::Options;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("devhost: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let stopped = runtime.block_on(serve(options));
    // Like Spin: nothing is drained, requests and sagas in flight end here.
    runtime.shutdown_background();
    stopped
}

async fn serve(options: &Options) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = application::load(options)?;
    let telemetry = server.telemetry.clone();
    let listener = TcpListener::bind(options.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; --listen names another address",
            options.listen
        )
    })?;
    let address = listener.local_addr()?;
    println!("Serving http://{address}");
    for (component, route) in server.router.routes() {
        println!("  {component}: http://{address}{route}");
    }
    let ended = tokio::select! {
        failed = Arc::new(server).run(listener) => failed,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    tokio::task::spawn_blocking(move || telemetry.end()).await?;
    ended
}
