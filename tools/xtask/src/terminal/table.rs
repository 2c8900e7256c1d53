//! A small table of texts.

use super::style::{Paint, line};

pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<const N: usize>(header: [&str; N]) -> Self {
        Self {
            header: header.map(str::to_owned).to_vec(),
            rows: Vec::new(),
        }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    pub fn print(&self) {
        for (index, text) in self.lines().iter().enumerate() {
            line(&if index == 0 {
                Paint::Quiet.on(text)
            } else {
                text.clone()
            });
        }
    }

    fn lines(&self) -> Vec<String> {
        let rows = || std::iter::once(&self.header).chain(&self.rows);
        let width = |column: usize| {
            rows()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
        };
        rows()
            .map(|row| {
                let cells = row
                    .iter()
                    .enumerate()
                    .map(|(column, cell)| format!("{cell:0$}", width(column).unwrap_or(0)));
                format!("      {}", cells.collect::<Vec<_>>().join("   "))
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(["", "before", "after"]);
        table.row(["кошелёк".into(), "1".into(), "2".into()]);
        assert_eq!(
            table.lines(),
            [
                "                before   after",
                "      кошелёк   1        2"
            ]
        );
    }
}
