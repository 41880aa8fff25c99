//! The figures that are kept in the repository, and what became worse since.
//!
//! Only what can be compared between machines is kept: ratios, counts and memory. A figure counts
//! as worse when it is outside of what the rounds of the kept one were, and the kept one is outside
//! of what the rounds are now; so noise has to be larger in one of two runs than it was measured to
//! be to be taken for a change.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::machine_facts::Facts;
use super::report::Report;
use super::row::{Better, Kept, Row};

/// What is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Baseline {
    /// Where and when they were measured.
    pub machine: Facts,
    /// Whether by the short form.
    pub short: bool,
    /// By the names of the rows.
    pub figures: BTreeMap<String, Kept>,
}

/// A figure that is not what it was.
#[derive(Clone, Debug)]
pub struct Change<'r> {
    /// The row now.
    pub row: &'r Row,
    /// What was kept.
    pub before: Kept,
    /// What it is now.
    pub now: Kept,
}

impl Baseline {
    /// Reads it, if it is there.
    ///
    /// # Errors
    ///
    /// It is there and cannot be read.
    pub fn read(path: &Path) -> std::io::Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read(path)?;
        Ok(Some(serde_json::from_slice(&text)?))
    }

    /// What is to be kept of `report`.
    pub fn of(report: &Report) -> Self {
        let kept = |row: &Row| Some((row.id.clone(), row.kept?));
        Self {
            machine: report.machine.clone(),
            short: report.short,
            figures: report.rows.iter().filter_map(kept).collect(),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(path, text)
    }

    /// The names of kept figures to which no row has one now.
    pub fn missing(&self, rows: &[Row]) -> Vec<&str> {
        let is_there = |id: &str| rows.iter().any(|row| row.id == id && row.kept.is_some());
        let ids = self.figures.keys().map(String::as_str);
        ids.filter(|id| !is_there(id)).collect()
    }

    /// The rows that became worse, and those that became better, by more than the noise.
    pub fn changes<'r>(&self, rows: &'r [Row]) -> (Vec<Change<'r>>, Vec<Change<'r>>) {
        let change = |row: &'r Row| {
            let (before, now) = (*self.figures.get(&row.id)?, row.kept?);
            is_changed(before, now).then_some(Change { row, before, now })
        };
        let changes = rows.iter().filter_map(change);
        changes.partition(|change| is_worse(change.before, change.now))
    }
}

fn is_changed(before: Kept, now: Kept) -> bool {
    is_outside(now.value, before) && is_outside(before.value, now)
}

fn is_outside(value: f64, range: Kept) -> bool {
    value < range.low || value > range.high
}

fn is_worse(before: Kept, now: Kept) -> bool {
    match now.better {
        Better::Less => now.value > before.value,
        Better::More => now.value < before.value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(low: f64, value: f64, high: f64) -> Kept {
        let better = Better::Less;
        Kept {
            value,
            low,
            high,
            better,
        }
    }

    #[test]
    fn what_is_within_the_noise_of_one_of_two_runs_is_no_change() {
        let before = kept(1.5, 2.0, 2.5);
        assert!(!is_changed(before, kept(2.3, 2.4, 2.6)));
        assert!(!is_changed(before, kept(1.9, 3.0, 4.0)));
    }

    #[test]
    fn what_is_outside_of_both_is_worse_or_better() {
        let before = kept(1.5, 2.0, 2.5);
        let (slower, faster) = (kept(2.4, 2.6, 3.0), kept(1.0, 1.2, 1.6));
        assert!(is_changed(before, slower) && is_worse(before, slower));
        assert!(is_changed(before, faster) && !is_worse(before, faster));
    }

    #[test]
    fn a_count_that_rises_is_worse_and_one_that_stays_is_no_change() {
        let count = |number| kept(number, number, number);
        assert!(is_changed(count(1.0), count(2.0)));
        assert!(!is_changed(count(1.0), count(1.0)));
    }
}
