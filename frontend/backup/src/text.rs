//! The lines of a key on paper.

use zeroize::Zeroizing;

use crate::line::{self, DATA_BYTES, MAX_LINES, WrongLine};

/// Why lines are not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPaper {
    /// A line is wrong.
    #[error("line {number}: {wrong}")]
    Line {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        wrong: WrongLine,
    },
    /// Lines are missing at the end.
    #[error("line {0} is missing")]
    Missing(usize),
    /// There are lines behind the last one.
    #[error("there is more behind line {0}, the last one")]
    More(usize),
}

/// The lines of `contents`, with their numbers. `None` if they would be too many for a page.
pub fn lines(contents: &[u8]) -> Option<Vec<String>> {
    let count = contents.len().div_ceil(DATA_BYTES);
    let lines = contents.chunks(DATA_BYTES).zip(1..);
    (1..=MAX_LINES).contains(&count).then(|| {
        let line = |(data, number)| line::write(number, data, number == count);
        lines.map(line).collect()
    })
}

/// A key that is read line by line.
#[derive(Default)]
pub struct Lines {
    contents: Zeroizing<Vec<u8>>,
    read: usize,
    is_whole: bool,
}

impl Lines {
    /// Before the first line.
    pub fn new() -> Self {
        let contents = Zeroizing::new(Vec::with_capacity(MAX_LINES * DATA_BYTES));
        Self {
            contents,
            read: 0,
            is_whole: false,
        }
    }

    /// The number of the line that comes next, counted from 1; `None` behind the last one.
    pub fn next(&self) -> Option<usize> {
        (!self.is_whole).then_some(self.read + 1)
    }

    /// Takes the next line as a person types it, with or without its number.
    ///
    /// # Errors
    ///
    /// It is not that line; then it can be given again.
    pub fn add(&mut self, typed: &str) -> Result<(), NotPaper> {
        let number = self.next().ok_or(NotPaper::More(self.read))?;
        let wrong = |wrong| NotPaper::Line { number, wrong };
        if number > MAX_LINES {
            return Err(NotPaper::More(self.read));
        }
        let line = line::read(number, typed).map_err(wrong)?;
        if !line.is_last && line.data.len() != DATA_BYTES {
            return Err(wrong(WrongLine::Check));
        }
        self.contents.extend_from_slice(&line.data);
        self.read = number;
        self.is_whole = line.is_last;
        Ok(())
    }

    /// What the lines stand for.
    ///
    /// # Errors
    ///
    /// The last line is missing.
    pub fn finish(self) -> Result<Zeroizing<Vec<u8>>, NotPaper> {
        match self.next() {
            None => Ok(self.contents),
            Some(number) => Err(NotPaper::Missing(number)),
        }
    }
}

/// Reads all lines of `text`. Empty ones are left out.
///
/// # Errors
///
/// A line is wrong or missing, or there are more.
pub fn read(text: &str) -> Result<Zeroizing<Vec<u8>>, NotPaper> {
    let mut lines = Lines::new();
    for typed in text.lines().filter(|line| !line.trim().is_empty()) {
        lines.add(typed)?;
    }
    lines.finish()
}

#[cfg(test)]
mod tests {
    use super::{Lines, NotPaper, lines, read};
    use crate::line::{DATA_BYTES, MAX_LINES, WrongLine};

    fn contents(length: usize) -> Vec<u8> {
        (0..length)
            .map(|n| u8::try_from(n * 91 % 256).unwrap())
            .collect()
    }

    #[test]
    fn a_key_of_any_length_is_read_back() {
        for length in [1, 24, 25, 26, 388, 775, MAX_LINES * DATA_BYTES] {
            let contents = contents(length);
            let text = lines(&contents).unwrap().join("\n\n");
            assert_eq!(read(&text).unwrap().as_slice(), contents, "{length}");
        }
        assert_eq!(lines(&[]), None);
        assert_eq!(lines(&contents(MAX_LINES * DATA_BYTES + 1)), None);
    }

    #[test]
    fn the_line_with_a_mistake_is_named() {
        let good = lines(&contents(388)).unwrap();
        for number in 1..=good.len() {
            let mut typed = good.clone();
            let line = &mut typed[number - 1];
            let other = if line.ends_with('A') { "C" } else { "A" };
            line.replace_range(line.len() - 1.., other);
            match read(&typed.join("\n")).unwrap_err() {
                NotPaper::Line { number: named, .. } => assert_eq!(named, number),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn a_line_that_is_left_out_doubled_or_swapped_is_named() {
        let good = lines(&contents(388)).unwrap();
        let without = [&good[..4], &good[5..]].concat().join("\n");
        let place = |number, place| NotPaper::Line {
            number,
            wrong: WrongLine::Place(place),
        };
        assert_eq!(read(&without), Err(place(5, 6)));
        let doubled = [&good[..4], &good[3..]].concat().join("\n");
        assert_eq!(read(&doubled), Err(place(5, 4)));
        let cut = good[..good.len() - 1].join("\n");
        assert_eq!(read(&cut), Err(NotPaper::Missing(good.len())));
        let more = [&good[..], &good[..1]].concat().join("\n");
        assert_eq!(read(&more), Err(NotPaper::More(good.len())));
        assert_eq!(read(""), Err(NotPaper::Missing(1)));
    }

    #[test]
    fn a_line_that_was_wrong_can_be_given_again() {
        let contents = contents(60);
        let good = lines(&contents).unwrap();
        let mut read = Lines::new();
        read.add(&good[0]).unwrap();
        assert!(read.add(&good[2]).is_err());
        assert_eq!(read.next(), Some(2));
        read.add(&good[1]).unwrap();
        read.add(&good[2]).unwrap();
        assert_eq!(read.next(), None);
        assert_eq!(read.finish().unwrap().as_slice(), contents);
    }
}
