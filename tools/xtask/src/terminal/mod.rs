//! What a person sees: steps with their progress, colours, tables.

mod bars;
mod duration;
mod step;
mod style;
mod table;

pub use duration::shown as shown_duration;
pub use step::Step;
pub use style::{Paint, colours, line, print_error, title};
pub use table::Table;
