//! Aligned columns for people.

use std::fmt::{Display, Formatter};

/// Space between two columns, in characters.
const GAP: usize = 2;

/// A table of `N` columns, of which the last one may be of any width.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with this first row.
    pub(crate) fn new(heading: [&str; N]) -> Self {
        Self {
            rows: vec![heading.map(str::to_owned)],
        }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, row: [String; N]) {
        self.rows.push(row);
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    fn line(&self, row: &[String; N]) -> String {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = self.width(column) + GAP;
            line.push_str(&format!("{cell:width$}"));
        }
        line.trim_end().to_owned()
    }
}

impl<const N: usize> Display for Table<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.rows.iter().map(|row| self.line(row)).collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_and_lines_end_without_spaces() {
        let mut table = Table::new(["A", "BB", "C"]);
        table.add(["long".to_owned(), "x".to_owned(), "y z".to_owned()]);
        assert_eq!(table.to_string(), "A     BB  C\nlong  x   y z");
    }
}
