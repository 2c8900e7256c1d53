//! RabbitMQ on this machine, for tests: an installed server with its MQTT plugin, on ports and data of its own.

mod programs;
mod server;

pub use server::RabbitServer;

/// Whether there is a RabbitMQ server; the error says what to do.
///
/// # Errors
/// When none is installed.
pub fn installed() -> anyhow::Result<()> {
    programs::server().map(drop)
}
