//! `spin:mqtt@3.0.0`: messages to a broker.

mod address;
mod bindings;
mod client;
mod host;

pub use bindings::spin::mqtt::mqtt::add_to_linker;
pub use host::{Mqtt, MqttView};
