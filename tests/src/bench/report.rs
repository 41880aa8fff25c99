//! The table.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::machine_facts::Facts;
use super::row::{Figure, Goal, Kept, Row};

/// All that was measured, and with what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The machine.
    pub machine: Facts,
    /// Whether by the short form.
    pub short: bool,
    /// The figures.
    pub rows: Vec<Row>,
}

/// Widths of the columns, the first one left-aligned.
const WIDTHS: [usize; 8] = [58, 9, 9, 9, 21, 15, 8, 7];

const TITLES: [&str; 8] = [
    "",
    "median ms",
    "p99 ms",
    "floor ms",
    "figure",
    "rounds",
    "goal",
    "",
];

impl Report {
    /// The machine, the table and the notes, as text.
    pub fn text(&self) -> String {
        let mut text = self.head();
        text.push_str(&line(TITLES.map(str::to_owned)));
        let mut notes: Vec<&str> = Vec::new();
        for row in &self.rows {
            text.push_str(&line(cells(row, &mut notes)));
        }
        text.push('\n');
        for (number, note) in notes.iter().enumerate() {
            text.push_str(&format!("[{}] {note}\n", number + 1));
        }
        text.push_str(&self.verdict());
        text
    }

    fn head(&self) -> String {
        let Facts {
            processor,
            processors,
            load,
            date,
            build,
            commit,
            versions,
        } = &self.machine;
        let form = if self.short {
            "short form"
        } else {
            "whole form"
        };
        let versions: Vec<_> = versions
            .iter()
            .map(|(name, version)| format!("{name}: {version}"))
            .collect();
        format!(
            "{date} UTC, commit {commit}, {build} build, {form}\n\
             {processors} x {processor}, load before: {load}\n{}\n\n",
            versions.join("; ")
        )
    }

    fn verdict(&self) -> String {
        let count = |wanted| {
            self.rows
                .iter()
                .filter(|row| row.is_within() == Some(wanted))
                .count()
        };
        let goals = self.rows.iter().filter(|row| row.goal.is_some()).count();
        let (met, missed) = (count(true), count(false));
        let failed = self.rows.iter().filter(|row| row.failed).count();
        format!(
            "\nof {goals} goals: {met} within, {missed} MISSED, {} not measured; \
             {failed} measures broke off\n",
            goals - met - missed
        )
    }
}

fn line(cells: [String; 8]) -> String {
    let mut text = String::new();
    for (place, (cell, width)) in cells.iter().zip(WIDTHS).enumerate() {
        let written = match place {
            0 => write!(text, "{cell:<width$}"),
            _ => write!(text, " {cell:>width$}"),
        };
        written.expect("a string takes everything");
    }
    format!("{}\n", text.trim_end())
}

fn cells<'r>(row: &'r Row, notes: &mut Vec<&'r str>) -> [String; 8] {
    let mut what = row.what.clone();
    if !row.note.is_empty() {
        let known = notes.iter().position(|note| *note == row.note);
        let number = known.unwrap_or_else(|| {
            notes.push(&row.note);
            notes.len() - 1
        });
        what.push_str(&format!(" [{}]", number + 1));
    }
    let number = |value: Option<f64>| value.map_or_else(String::new, shown);
    let is_count = row.kept.is_some_and(|kept| kept.low == kept.high);
    let is_the_figure = |kept: &Kept| row.figure.as_ref().is_some_and(|it| it.value == kept.value);
    let rounds = row.kept.filter(|kept| !is_count && is_the_figure(kept));
    let verdict = match row.is_within() {
        Some(true) => "within",
        Some(false) => "MISSED",
        None if row.figure.is_none() => "none",
        None => "",
    };
    [
        what,
        number(row.ours.map(|times| times.median_ms)),
        number(row.ours.map(|times| times.p99_ms)),
        number(row.floor.map(|times| times.median_ms)),
        row.figure
            .as_ref()
            .map_or_else(String::new, |it| figure(it, row.goal)),
        rounds.map_or_else(String::new, |kept| {
            format!("{} to {}", shown(kept.low), shown(kept.high))
        }),
        row.goal.map_or_else(String::new, goal),
        verdict.to_owned(),
    ]
}

/// With as many digits as it takes to see on which side of the goal it is.
fn figure(figure: &Figure, goal: Option<Goal>) -> String {
    let (value, unit) = (figure.value, &figure.unit);
    let bound = goal.map(Goal::bound).filter(|bound| *bound != value);
    match bound.is_some_and(|bound| shown(bound) == shown(value)) {
        true => format!("{value:.4} {unit}"),
        false => format!("{} {unit}", shown(value)),
    }
}

fn goal(goal: Goal) -> String {
    match goal {
        Goal::AtMost(bound) => format!("<= {bound}"),
        Goal::AtLeast(bound) => format!(">= {bound}"),
    }
}

/// With three digits or so.
pub fn shown(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        0.0..0.1 => format!("{value:.3}"),
        0.1..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
