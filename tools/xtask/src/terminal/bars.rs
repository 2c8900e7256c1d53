//! The bars of the steps that run now. Lines are printed above them.

use std::sync::LazyLock;

use indicatif::{MultiProgress, ProgressDrawTarget};

static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stdout()));

pub fn bars() -> &'static MultiProgress {
    &BARS
}
