//! The procedures that the pages describe: shell blocks with a mark on the line before, such as
//! `<!-- step: install -->`. They are run as they are printed, so that a page cannot say what does not work.

mod copy;
mod namespace;
mod page;
mod script;

pub use copy::Copy;
pub use page::Pages;
pub use script::Script;
