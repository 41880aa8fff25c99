//! The person to ask for a PIN, at the terminal or by an askpass program.

use std::ffi::OsString;

use sshtpm_ssh::words::Words;
use tokio::sync::Mutex;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::asker::{self, Asker};
use super::askpass;
use super::patience::MAX_ANSWER;
use super::pinentry;
use super::refusal::Refusal;
use super::rules::{Rules, Way};
use super::secret::Pin;
use super::terminal::Terminal;

/// A way to ask a person for a PIN.
#[expect(
    async_fn_in_trait,
    reason = "each program has one thread, so no future has to be Send"
)]
pub trait Ask {
    /// Asks `question`, which ends with `: `, and returns the PIN.
    ///
    /// # Errors
    ///
    /// There is no way to ask, no answer in time, or the answer cannot be a PIN.
    async fn ask(&self, question: &Words) -> Result<Pin, Refusal>;
}

/// The person at the terminal of this process, or at the desktop that its environment names.
#[derive(Debug)]
pub struct Person {
    rules: Rules,
    /// A terminal shows one question at a time. `None` if the terminal must not be used.
    terminal: Option<Mutex<()>>,
}

impl Person {
    /// The person at the terminal, or at the desktop that the environment names.
    pub fn of_environment() -> Self {
        Self {
            rules: Rules::of_environment(),
            terminal: Some(Mutex::default()),
        }
    }

    /// The person at the desktop that these variables name, as of another process.
    pub fn of_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        Self {
            rules: Rules::of(variable),
            terminal: None,
        }
    }

    /// The person at the desktop that the environment names. The terminal is not used: another
    /// program reads from it at the same time, and would get a part of the PIN.
    pub fn away_from_terminal() -> Self {
        Self {
            rules: Rules::of_environment(),
            terminal: None,
        }
    }

    /// Whether this person can be asked away from the terminal, as by an agent in the background.
    ///
    /// # Errors
    ///
    /// Not in this environment: why.
    pub fn is_at_desktop(&self) -> Result<(), Refusal> {
        match self.rules.way(false) {
            Way::Program(program) => Self::asker(program).map(drop),
            Way::Terminal | Way::None => Err(Refusal::NoDesktop),
        }
    }

    /// Asks `question`, which ends with `: `, and returns the passphrase of a file: at most 1024
    /// bytes.
    ///
    /// # Errors
    ///
    /// There is no way to ask, or no answer in time.
    pub async fn passphrase(&self, question: &Words) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let answer = self.answer(question, pinentry::PASSPHRASE).await?;
        match answer.is_empty() {
            true => Err(Refusal::NotGiven),
            false => Ok(answer),
        }
    }

    async fn answer(&self, question: &Words, field: &str) -> Result<Answer, Refusal> {
        let question = question.as_str();
        let turns = self.terminal.as_ref();
        let terminal = turns.and_then(|turns| Some((Terminal::open()?, turns)));
        match (self.rules.way(terminal.is_some()), &terminal) {
            (Way::Terminal, Some((terminal, turns))) => {
                Self::ask_at(terminal, turns, question).await
            }
            (Way::Program(program), _) => match Self::asker(program)? {
                Asker::Askpass(program) => askpass::ask(&program, question).await,
                Asker::Pinentry(program) => pinentry::ask(&program, question, field).await,
            },
            (Way::Terminal, None) | (Way::None, _) => Err(Refusal::Nobody),
        }
    }

    /// Whether this person can be asked at all.
    ///
    /// # Errors
    ///
    /// Not in this environment: why.
    pub fn can_be_asked(&self) -> Result<(), Refusal> {
        let has_terminal = self.terminal.is_some() && Terminal::open().is_some();
        match self.rules.way(has_terminal) {
            Way::Terminal => Ok(()),
            Way::Program(program) => Self::asker(program).map(drop),
            Way::None => Err(Refusal::NoDesktop),
        }
    }

    fn asker(named: Option<OsString>) -> Result<Asker, Refusal> {
        let named = named.map(Asker::Askpass);
        named.or_else(asker::find).ok_or(Refusal::NoAsker)
    }

    async fn ask_at(
        terminal: &Terminal,
        turns: &Mutex<()>,
        question: &str,
    ) -> Result<Answer, Refusal> {
        let _turn = turns.lock().await;
        let answered = timeout(MAX_ANSWER, terminal.ask(question)).await;
        let answer = answered.map_err(|_| Refusal::Slow)?;
        answer.map_err(|error| Refusal::Terminal(error.to_string()))
    }
}

type Answer = Zeroizing<Vec<u8>>;

impl Ask for Person {
    async fn ask(&self, question: &Words) -> Result<Pin, Refusal> {
        let answer = self.answer(question, pinentry::PIN).await?;
        Ok(Pin::new(&answer)?)
    }
}
