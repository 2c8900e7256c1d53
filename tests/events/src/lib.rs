//! Orders' events as their readers get them: out of a durable queue of a real RabbitMQ, whatever happened to it, to
//! the way to it, and to the hosts.

pub mod line;
pub mod load;
pub mod queue;
pub mod scene;
pub mod verdict;
