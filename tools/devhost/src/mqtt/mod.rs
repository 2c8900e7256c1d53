//! `spin:mqtt@3.0.0`: messages to a broker.

mod address;
mod client;
mod host;

pub use client::Connection;
pub use host::{Mqtt, MqttView};
