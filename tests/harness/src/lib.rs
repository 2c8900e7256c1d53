//! What the black-box tests stand on. It knows the contract, a base URL, the databases' URLs and the
//! variables the host was started with, and nothing of how Zakaz is built: any host can be tested.

pub mod account;
pub mod admin;
pub mod answer;
pub mod burst;
pub mod call;
pub mod client;
pub mod collector;
pub mod conformance;
pub mod control;
pub mod customer;
pub mod cut_off;
pub mod databases;
pub mod dates;
pub mod environment;
pub mod events;
pub mod eventually;
pub mod host_log;
pub mod invariants;
pub mod order;
pub mod participant;
pub mod purchase;
pub mod stack;
pub mod tokens;
pub mod unique;
