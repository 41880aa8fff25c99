//! Lines that somebody types, or has in a file.

use sshtpm_fuzz::{Budget, Line, Target};

use crate::text::{lines, read};

/// A line that does not fit is held against each place on the page.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 1024,
        per_byte: 1,
    },
    memory: Line {
        fixed: 64 * 1024,
        per_byte: 8,
    },
    ..Budget::PLAIN
};

#[test]
fn lines_of_any_content_cost_little_and_mean_what_was_written() {
    let text = |length: usize| lines(&vec![7; length]).unwrap().join("\n");
    let seeds = [1, 26, 388, 1000].map(text);
    let words = [" 1  ", "18  ", "AAAAA AAAAA", "0", "ä"];
    let target = Target::new("paper").seeds(seeds).words(words);
    target.budget(BUDGET).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let contents = read(&text)?;
        let again = lines(&contents).unwrap().join("\n");
        assert!(read(&again).unwrap() == contents);
        Ok::<_, crate::text::NotPaper>(contents.len())
    });
}
