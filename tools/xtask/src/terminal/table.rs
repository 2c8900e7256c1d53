//! A small table of texts, indented, without lines.

use comfy_table::{ContentArrangement, Table as Layout, presets};

use super::style::{Paint, line};

pub struct Table(Layout);

impl Table {
    pub fn new<const N: usize>(header: [&str; N]) -> Self {
        let mut layout = Layout::new();
        layout.load_style(presets::NOTHING);
        layout.set_content_arrangement(ContentArrangement::Disabled);
        layout.set_header(header);
        Self(layout)
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells);
    }

    pub fn print(&self) {
        for (index, text) in self.lines().iter().enumerate() {
            match index {
                0 => line(&Paint::Quiet.on(text)),
                _ => line(text),
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let lines = self.0.lines();
        lines
            .map(|text| format!("     {text}").trim_end().to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(["", "before", "after"]);
        table.row(["кошелёк".into(), "1".into(), "2".into()]);
        assert_eq!(
            table.lines(),
            ["               before  after", "      кошелёк  1       2"]
        );
    }
}
