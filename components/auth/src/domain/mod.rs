//! The rules, without I/O and HTTP.

pub mod access;
pub mod administrator;
pub mod client_network;
pub mod email;
pub mod keyed_hash;
pub mod limits;
pub mod login;
pub mod opaque_string;
pub mod password;
pub mod random;
pub mod refresh_token;
pub mod registration;
pub mod session;
pub mod signer;
pub mod totals;
pub mod user;
