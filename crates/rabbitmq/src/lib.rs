//! RabbitMQ on this machine, for tests: an installed server with its MQTT plugin, on ports and data of its own.

mod ports;
mod programs;
mod server;

pub use server::RabbitServer;
