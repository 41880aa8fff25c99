//! What a measure gives: rows of figures, each with its goal and with what is kept of it.

use serde::{Deserialize, Serialize};

use super::sampling::{Pair, Range, Times};

/// One line of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// What it is called in the kept figures; never changed in meaning.
    pub id: String,
    /// What was measured.
    pub what: String,
    /// How long it took.
    pub ours: Option<Times>,
    /// How long the floor took, in turns with it.
    pub floor: Option<Times>,
    /// What the figure is about that has a goal.
    pub figure: Option<Figure>,
    /// The goal of the project for the figure.
    pub goal: Option<Goal>,
    /// What is kept in the repository to tell whether it became worse.
    pub kept: Option<Kept>,
    /// What a reader has to know, or why there is no figure.
    pub note: String,
    /// Stands for a measure that broke off.
    pub failed: bool,
}

/// A figure and its unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// Of what: `x` is a multiple of the floor.
    pub unit: String,
}

/// A bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// No more than that.
    AtMost(f64),
    /// No less than that.
    AtLeast(f64),
}

impl Goal {
    /// Whether `value` keeps to it.
    pub fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }

    /// The number.
    pub fn bound(self) -> f64 {
        let (Self::AtMost(bound) | Self::AtLeast(bound)) = self;
        bound
    }
}

/// A figure that can be compared from run to run, and how far its rounds were apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The middle of the rounds.
    pub value: f64,
    /// The lowest of the rounds, see [`Range`].
    pub low: f64,
    /// The highest of them.
    pub high: f64,
    /// What is better.
    pub better: Better,
}

/// Which way a figure is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Downwards.
    Less,
    /// Upwards.
    More,
}

impl Row {
    /// A line that says nothing yet.
    pub fn new(id: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            what: what.into(),
            ours: None,
            floor: None,
            figure: None,
            goal: None,
            kept: None,
            note: String::new(),
            failed: false,
        }
    }

    /// Something against its floor; the figure is the multiple.
    #[must_use]
    pub fn against_floor(mut self, pair: &Pair) -> Self {
        self.floor = pair.floor();
        self.times(pair.ours())
            .kept_figure(pair.ratio(), Better::Less, "x")
    }

    /// How long it took.
    #[must_use]
    pub fn times(mut self, times: Option<Times>) -> Self {
        self.ours = times;
        self
    }

    /// A figure that is kept.
    #[must_use]
    pub fn kept_figure(self, range: Option<Range>, better: Better, unit: &str) -> Self {
        let figure = range.map(|range| range.middle);
        self.kept(range, better).figure(figure, unit)
    }

    /// A number that is the same each time, unless the programs changed.
    #[must_use]
    pub fn exact(self, value: f64, unit: &str) -> Self {
        self.kept_figure(Some(Range::exactly(value)), Better::Less, unit)
    }

    /// What is kept, where it is not the figure.
    #[must_use]
    pub fn kept(mut self, range: Option<Range>, better: Better) -> Self {
        self.kept = range.map(|range| Kept {
            value: range.middle,
            low: range.low,
            high: range.high,
            better,
        });
        self
    }

    /// Nothing is kept: it is not about programs of ours alone.
    #[must_use]
    pub fn not_kept(mut self) -> Self {
        self.kept = None;
        self
    }

    /// The figure that has the goal.
    #[must_use]
    pub fn figure(mut self, value: Option<f64>, unit: &str) -> Self {
        let unit = unit.to_owned();
        self.figure = value.map(|value| Figure { value, unit });
        self
    }

    /// The project's goal.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    /// What one has to know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Whether the goal is met; nothing if there is no goal or no figure.
    pub fn is_within(&self) -> Option<bool> {
        Some(self.goal?.is_met_by(self.figure.as_ref()?.value))
    }
}
