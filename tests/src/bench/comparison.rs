//! The figures of a report beside those that were kept.

use super::baseline::{Baseline, Change};
use super::report::shown;
use super::row::{Kept, Row};

/// What became worse than `baseline`, and what better.
pub fn comparison(baseline: &Baseline, rows: &[Row]) -> String {
    let (worse, better) = baseline.changes(rows);
    let machine = &baseline.machine;
    let mut text = format!(
        "\nkept figures: {} UTC, {} x {}, commit {}\n",
        machine.date, machine.processors, machine.processor, machine.commit
    );
    let missing = baseline.missing(rows);
    text.push_str(&format!(
        "compared: {} of {}\n",
        baseline.figures.len() - missing.len(),
        baseline.figures.len()
    ));
    if worse.is_empty() {
        text.push_str("of these nothing became worse by more than the noise\n");
    }
    text.extend(worse.iter().map(|change| changed("WORSE", change)));
    text.extend(better.iter().map(|change| changed("better", change)));
    text
}

fn changed(word: &str, change: &Change<'_>) -> String {
    let Change { row, before, now } = change;
    let range = |kept: &Kept| {
        let [value, low, high] = [kept.value, kept.low, kept.high].map(shown);
        format!("{value} ({low} to {high})")
    };
    format!(
        "{word}: {}: {} before, {} now\n",
        row.what,
        range(before),
        range(now)
    )
}
