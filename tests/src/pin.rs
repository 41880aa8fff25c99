//! PINs, as a client gives them: written to a pipe, and named by a number in a call of the same
//! connection. All of it is done by the program `pin-call`, as the user.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answers::Person;
use crate::call::Answer;
use crate::user::User;
use crate::wait;

/// How long all steps may take. Ten thousand guesses take 25 s of a processor, and tests that run
/// beside them leave them a third of one.
const PATIENCE: Duration = wait::COMMAND.saturating_mul(3);

/// What is done, in this order, on one connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// `OpenSecret`, into which this is written; it gets the next number of this list, from 0.
    Open(String),
    /// The same, with a pipe that stays open.
    OpenAndLeaveOpen(String),
    /// `Unlock`.
    Unlock {
        /// Fingerprint.
        key: String,
        /// Which of those that were opened.
        pin: usize,
        /// The option `seconds`.
        seconds: Option<u32>,
    },
    /// `Unlock` from another connection of the same user, which stays open.
    UnlockFromElsewhere {
        /// Fingerprint.
        key: String,
        /// Which of those that were opened.
        pin: usize,
    },
    /// `Generate`, with a PIN.
    Generate {
        /// SSH name of the key type; empty for the usual one.
        algorithm: String,
        /// What it is to be called.
        comment: String,
        /// Which of those that were opened.
        pin: usize,
    },
    /// `SetPin`.
    SetPin {
        /// Fingerprint.
        key: String,
        /// The present one, of those that were opened.
        pin: Option<usize>,
        /// The new one, of those that were opened.
        new: Option<usize>,
    },
    /// `Adopt`.
    Adopt {
        /// TPMT_PUBLIC.
        public: Vec<u8>,
        /// Contents of a TPM2B_PRIVATE.
        private: Vec<u8>,
        /// The password that the key has, of those that were opened.
        pin: Option<usize>,
        /// The PIN that it is to have, of those that were opened.
        new: Option<usize>,
    },
    /// `ResetLockout`.
    ResetLockout {
        /// Which of those that were opened.
        pin: Option<usize>,
    },
    /// `Unlock` so many times, in turn with each of the keys, with a PIN that is wrong and another
    /// one each time. Gives how often each kind of error came back, by its name.
    Guess {
        /// Fingerprints.
        keys: Vec<String>,
        /// How often.
        times: usize,
    },
}

impl User<'_> {
    /// Does all steps, and gives what came back of each.
    ///
    /// # Panics
    ///
    /// The bus cannot be reached.
    #[track_caller]
    pub fn pins(&self, steps: &[Step]) -> Vec<Answer> {
        let steps = serde_json::to_vec(steps).expect("steps are JSON");
        let command = self.command("pin-call").stdin(steps);
        let output = command.within(PATIENCE).run().ok();
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// The same, beside a person whom polkit can ask for a password.
    ///
    /// # Panics
    ///
    /// The bus cannot be reached.
    #[track_caller]
    pub fn pins_with(&self, person: Person, steps: &[Step]) -> Vec<Answer> {
        let path = format!("/run/log/steps-{}", self.uid());
        let steps = serde_json::to_vec(steps).expect("steps are JSON");
        self.machine().root().write(&path, steps);
        let command = self.with(person, "sh -c");
        let output = command.arg(format!("exec pin-call <{path}")).run().ok();
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// A key with a PIN.
    ///
    /// # Panics
    ///
    /// The broker refuses.
    #[track_caller]
    pub fn key_with_pin(&self, comment: &str, pin: &str) -> String {
        let generate = Step::Generate {
            algorithm: String::new(),
            comment: comment.to_owned(),
            pin: 0,
        };
        let steps = [Step::Open(pin.to_owned()), generate];
        let key = last(self.pins(&steps)).expect("a key can be generated");
        let fingerprint = key.get("Fingerprint").and_then(Value::as_str);
        fingerprint.expect("a key has a fingerprint").to_owned()
    }

    /// `Unlock`.
    #[track_caller]
    pub fn unlock(&self, key: &str, pin: &str) -> Answer {
        self.unlock_for(key, pin, None)
    }

    /// `Unlock`, for a time.
    #[track_caller]
    pub fn unlock_for(&self, key: &str, pin: &str, seconds: Option<u32>) -> Answer {
        let unlock = Step::Unlock {
            key: key.to_owned(),
            pin: 0,
            seconds,
        };
        last(self.pins(&[Step::Open(pin.to_owned()), unlock]))
    }

    /// `SetPin`, from one PIN to another, or to none.
    #[track_caller]
    pub fn set_pin(&self, key: &str, present: &str, new: Option<&str>) -> Answer {
        last(self.pins(&change(key, present, new)))
    }
}

/// The steps of `SetPin`, from one PIN to another, or to none.
pub fn change(key: &str, present: &str, new: Option<&str>) -> Vec<Step> {
    let pins = std::iter::once(present).chain(new);
    let mut steps: Vec<_> = pins.map(|pin| Step::Open(pin.to_owned())).collect();
    steps.push(Step::SetPin {
        key: key.to_owned(),
        pin: Some(0),
        new: new.map(|_| 1),
    });
    steps
}

/// What came back of the last step.
///
/// # Panics
///
/// There was none.
#[track_caller]
pub fn last(mut answers: Vec<Answer>) -> Answer {
    answers.pop().expect("there was a step")
}
