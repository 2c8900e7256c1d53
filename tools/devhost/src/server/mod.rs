//! The application, as clients reach it.

mod authority;
mod components;
mod connections;

pub use components::Components;
pub use connections::Server;
