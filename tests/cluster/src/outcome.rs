//! What an item says.

/// What came of an item.
pub enum Outcome {
    /// What was measured.
    Passed(String),
    /// What the cluster lacks.
    Skipped(String),
}

/// Says what happens at this moment.
pub fn note(text: &str) {
    println!("cluster:   {text}");
}
