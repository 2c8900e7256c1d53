//! The rules, without I/O.

pub mod administrator;
pub mod client_address;
pub mod credentials;
pub mod email;
pub mod keyed_hash;
pub mod password;
pub mod random;
pub mod refresh_token;
pub mod registration;
pub mod signer;
pub mod token_pair;
pub mod user;
