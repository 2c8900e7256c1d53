//! The proof that no fault breaks a saga: proxies between the order service and each participant that
//! do to a call whatever a network, a participant or a dying driver can do to it; stacks of real hosts
//! on a real PostgreSQL that can be killed; the matrix of every fault at every call; storms.

pub mod board;
pub mod ground;
pub mod matrix;
pub mod orphans;
pub mod proxy;
pub mod rig;
pub mod storm;

pub mod watch;
