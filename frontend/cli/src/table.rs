//! Aligned columns for people.

use super::screen::{Screen, Tone};
use super::width::{cut, filled, width};

/// Space between two columns, in columns of the terminal.
const GAP: usize = 2;

/// Narrowest that a column is cut to.
const MIN_CUT: usize = 8;

/// A table of `N` columns, of which the last one may be of any width.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    heading: [&'static str; N],
    may_be_cut: [bool; N],
    rows: Vec<[Cell; N]>,
}

/// What stands in one column of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// `text`, which may be shown in colour.
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl<const N: usize> Table<N> {
    /// A table with these headings, of which columns with a name in `may_be_cut` are cut if the
    /// screen is too narrow for all.
    pub(crate) fn new(heading: [&'static str; N], may_be_cut: &[&str]) -> Self {
        Self {
            heading,
            may_be_cut: heading.map(|name| may_be_cut.contains(&name)),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, row: [Cell; N]) {
        self.rows.push(row);
    }

    /// The headings and the rows, in lines that `screen` has room for if cutting helps.
    pub(crate) fn shown_on(&self, screen: Screen) -> String {
        let heading = self.heading.map(|name| Cell::new(name, Tone::Heading));
        let widths = self.widths_on(screen);
        let rows = std::iter::once(&heading).chain(&self.rows);
        let lines: Vec<String> = rows.map(|row| line(row, &widths, screen)).collect();
        lines.join("\n")
    }

    /// The rows alone, in the columns of a table that was shown before. They are cut to these
    /// columns if `screen` has a width, and stand out of them otherwise.
    pub(crate) fn rows_below(&self, above: &Self, screen: Screen) -> String {
        let own = self.widths_on(screen);
        let both = above.widths_on(screen).into_iter().zip(own);
        let widths: Vec<usize> = both
            .map(|(above, own)| match screen.columns() {
                Some(_) => above,
                None => above.max(own),
            })
            .collect();
        let lines = self.rows.iter().map(|row| line(row, &widths, screen));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn widths_on(&self, screen: Screen) -> Vec<usize> {
        let mut widths: Vec<usize> = (0..N).map(|column| self.natural_width(column)).collect();
        let Some(room) = screen.columns() else {
            return widths;
        };
        let floors = self.heading.map(|name| width(name).max(MIN_CUT));
        let gaps = GAP * N.saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > room {
            let columns = widths.iter_mut().zip(floors).zip(self.may_be_cut);
            let wider =
                columns.filter(|((width, floor), may_be_cut)| *may_be_cut && **width > *floor);
            match wider.max_by_key(|((width, _), _)| **width) {
                Some(((widest, _), _)) => *widest -= 1,
                None => break,
            }
        }
        widths
    }

    fn natural_width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let heading = self.heading.get(column).map_or(0, |name| width(name));
        cells
            .map(|cell| width(&cell.text))
            .max()
            .unwrap_or(0)
            .max(heading)
    }
}

fn line(row: &[Cell], widths: &[usize], screen: Screen) -> String {
    let used = row.iter().rposition(|cell| !cell.text.is_empty());
    let Some(last) = used else {
        return String::new();
    };
    let mut line = String::new();
    for (column, (cell, &width)) in row.iter().zip(widths).take(last + 1).enumerate() {
        let text = cut(&cell.text, width);
        line.push_str(&screen.paint(cell.tone, &text));
        if column < last {
            let filling = filled(&text, width + GAP);
            line.push_str(filling.strip_prefix(text.as_str()).unwrap_or_default());
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::width::width;
    use super::{Cell, Screen, Table, Tone};

    fn cells(row: [&str; 3]) -> [Cell; 3] {
        row.map(|text| text.to_owned().into())
    }

    #[test]
    fn columns_are_aligned_and_lines_end_without_spaces() {
        let mut table = Table::new(["A", "BB", "C"], &[]);
        table.add(cells(["long", "x", "y z"]));
        table.add(cells(["a", "b", ""]));
        let text = table.shown_on(Screen::PLAIN);
        assert_eq!(text, "A     BB  C\nlong  x   y z\na     b");
    }

    #[test]
    fn wide_characters_do_not_shift_the_next_column() {
        let mut table = Table::new(["A", "B", "C"], &[]);
        table.add(cells(["笔记本", "🔑", "x"]));
        table.add(cells(["ann", "b", "x"]));
        let text = table.shown_on(Screen::PLAIN);
        assert_eq!(text, "A       B   C\n笔记本  🔑  x\nann     b   x");
    }

    #[test]
    fn a_narrow_screen_cuts_the_widest_column_that_may_be_cut() {
        let mut table = Table::new(["KEY", "HOST", "NAME"], &["HOST", "NAME"]);
        table.add(cells(["0123456789abcdef", "a host with a name", "a name"]));
        let text = table.shown_on(Screen::of_width(38));
        assert!(
            text.ends_with("0123456789abcdef  a host with…  a name"),
            "{text}"
        );
        assert!(text.lines().all(|line| width(line) <= 38), "{text}");
        assert!(!table.shown_on(Screen::of_width(80)).contains('…'));
    }

    #[test]
    fn colours_change_no_column() {
        let mut table = Table::new(["A", "B", "C"], &[]);
        table.add([
            "a".to_owned().into(),
            Cell::new("lost", Tone::Bad),
            "c".to_owned().into(),
        ]);
        let text = table.shown_on(Screen::in_colour(80));
        let line = text.lines().nth(1).unwrap();
        assert_eq!(line, "a  \u{1b}[31mlost\u{1b}[0m  c");
    }
}
