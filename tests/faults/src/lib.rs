//! Fault tests: proxies between the order service and each participant inject what a network, a participant or a
//! dying driver can do to a call; test systems of real hosts on a real PostgreSQL can be killed; the matrix tests
//! every fault at every call; storms inject faults at random under load.

pub mod fault_plans;
pub mod fixtures;
pub mod matrix;
pub mod orphaned_sagas;
pub mod proxy;
pub mod scenario;
pub mod storm;
pub mod system;

pub mod order_watcher;
