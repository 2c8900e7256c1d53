//! What a program takes from this machine: child processes that end with it, ports, temporary folders, random
//! strings.

#[cfg(not(unix))]
compile_error!("the tasks of this workspace run on Linux and macOS; on Windows use WSL");

mod child;
mod folder;
pub mod port;
pub mod process;
mod random;
mod temporary;

pub use child::spawn;
pub use folder::create_folder;
pub use random::random_hex;
pub use temporary::TemporaryFolder;
