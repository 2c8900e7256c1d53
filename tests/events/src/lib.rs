//! Tests of orders' events: they are read from a durable queue of a real RabbitMQ while the broker, the connection to
//! it and the hosts fail.

pub mod broker_proxy;
pub mod load;
pub mod queue;
pub mod reader;
pub mod system;
