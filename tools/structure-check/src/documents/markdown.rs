//! The links, headings and code spans of a Markdown file.

use std::collections::BTreeSet;

/// A code span in running text.
pub struct Span {
    pub line: usize,
    pub text: String,
    /// The text between this span and the one before it, or the start of the line.
    before: String,
}

#[derive(Default)]
pub struct Document {
    /// Targets of links inside the repository, with their lines.
    pub links: Vec<(usize, String)>,
    /// The anchors of its headings.
    pub anchors: BTreeSet<String>,
    pub spans: Vec<Span>,
}

impl Document {
    /// Pairs of a path and a name that the text says is in it.
    pub fn names(&self) -> impl Iterator<Item = (&Span, &Span)> {
        let pairs = self.spans.iter().zip(self.spans.iter().skip(1));
        pairs.filter_map(|(one, other)| match other.before.as_str() {
            " in " if one.is_name() && one.line == other.line => Some((other, one)),
            " (" if other.is_name() && one.line == other.line => Some((one, other)),
            _ => None,
        })
    }
}

impl Span {
    /// It is a word of a program.
    fn is_name(&self) -> bool {
        !self.text.is_empty()
            && self
                .text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    }
}

/// Reads a Markdown file. Blocks of code are skipped.
pub fn read(text: &str) -> Document {
    let mut document = Document::default();
    let mut in_block = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            read_line(&mut document, index + 1, line);
        }
    }
    document
}

fn read_line(document: &mut Document, number: usize, line: &str) {
    if line.starts_with('#') {
        document
            .anchors
            .insert(anchor(line.trim_start_matches('#').trim()));
    }
    let mut prose = String::new();
    for (index, part) in line.split('`').enumerate() {
        if index % 2 == 0 {
            prose = part.to_owned();
        } else {
            document.spans.push(Span {
                line: number,
                text: part.to_owned(),
                before: prose.clone(),
            });
        }
    }
    for part in line.split("](").skip(1) {
        if let Some((target, _)) = part.split_once(')')
            && !target.contains("://")
            && !target.starts_with("mailto:")
        {
            document.links.push((number, target.to_owned()));
        }
    }
}

/// As GitHub makes it: lower case, blanks as `-`, without punctuation.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => Some(letter),
            _ => None,
        })
        .collect()
}
