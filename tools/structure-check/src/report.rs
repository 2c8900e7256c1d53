//! A circle in words.

use std::fmt::Write;

use crate::{Finding, Level};

/// Lines shown of each step of a circle.
const LINES: usize = 4;

/// The circle with the lines that make it, and how to mend it.
pub fn describe(finding: &Finding) -> String {
    let what = match finding.level {
        Level::Files => format!("files of {}", finding.within),
        Level::Folders => format!("parts of the folder {}", finding.within),
        Level::Packages => "packages".to_owned(),
    };
    let mut text = format!("a circle of {what}:\n");
    for step in &finding.circle.steps {
        let _ = writeln!(text, "  {} needs {}", step.from, step.to);
        for place in step.places.iter().take(LINES) {
            let _ = writeln!(text, "    {}:{}  {}", place.file, place.line, place.path);
        }
        if step.places.len() > LINES {
            let _ = writeln!(text, "    … and {} more", step.places.len() - LINES);
        }
    }
    if let Some(weakest) = finding.circle.weakest() {
        let _ = writeln!(
            text,
            "  To mend it: {} needs {} in the fewest places. Move what it takes from there into a {} that needs \
             neither, or pass it in as an argument.",
            weakest.from,
            weakest.to,
            match finding.level {
                Level::Files => "file",
                Level::Folders => "file or folder",
                Level::Packages => "package",
            }
        );
    }
    text
}
