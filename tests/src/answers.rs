//! The person whom polkit asks: gives the right password, closes the dialogue, or never answers.

use serde_json::Value;

use crate::call::{Answer, Request};
use crate::user::{Invocation, User};

/// Where the prompts are noted.
const PROMPTS: &str = "/run/log/polkit-prompts";

/// What the person does.
#[derive(Clone, Copy, Debug)]
pub enum Person {
    /// Gives the right password.
    Accepts,
    /// Closes the dialogue.
    Dismisses,
    /// Is away.
    NeverAnswers,
    /// Is away, and still asked for when the command has ended.
    Stays,
}

impl User<'_> {
    /// A command of this user, beside a person whom polkit asks.
    pub fn with(&self, person: Person, words: &str) -> Invocation<'_> {
        let manner = match person {
            Person::Accepts => "accept",
            Person::Dismisses => "dismiss",
            Person::NeverAnswers => "never",
            Person::Stays => "stay",
        };
        let uid = self.uid();
        let command = format!("polkit-answer {manner} {uid} {PROMPTS} {words}");
        let root = self.machine().root().command(&command);
        root.env("HOME", self.home())
            .env("USER", self.name())
            .env("XDG_RUNTIME_DIR", self.runtime_directory())
    }

    /// A program that makes a call during which polkit may ask a person. One runs at a time.
    ///
    /// # Panics
    ///
    /// The request cannot be written down.
    pub fn asking(&self, person: Person, request: Request) -> Invocation<'_> {
        let path = format!("/run/log/request-{}", self.uid());
        let request = serde_json::to_vec(&request.interactive()).expect("a request is JSON");
        self.machine().root().write(&path, request);
        let call = format!("exec bus-call <{path}");
        self.with(person, "sh -c").arg(call)
    }

    /// A call during which polkit may ask a person.
    ///
    /// # Panics
    ///
    /// The bus cannot be reached.
    #[track_caller]
    pub fn call_with(&self, person: Person, request: Request) -> Answer {
        let output = self.asking(person, request).run().ok();
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// What the person has been asked so far: `action`, `message`, `details` and `identities`.
    pub fn prompts(&self) -> Vec<Value> {
        let noted = self.machine().enter(|| std::fs::read_to_string(PROMPTS));
        let noted = noted.unwrap_or_default();
        noted
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}
