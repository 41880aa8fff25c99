//! What a command said, and how it ended.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// The end of a command.
#[derive(Debug)]
pub struct Output {
    /// The command, for messages.
    pub command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub bytes: Vec<u8>,
    /// The same as text.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Output {
    /// Its exit code; 128 and the signal where one ended it, as in a shell.
    pub fn code(&self) -> i32 {
        let signal = self.status.signal().unwrap_or(0);
        self.status.code().unwrap_or(128 + signal)
    }

    /// Itself, if the command succeeded.
    ///
    /// # Panics
    ///
    /// It did not.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code(), 0, "{self}");
        self
    }

    /// Itself, if the command ended with `code`.
    ///
    /// # Panics
    ///
    /// It ended otherwise.
    #[track_caller]
    pub fn fails_with(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "{self}");
        self
    }

    /// Itself, if standard error contains `text`.
    ///
    /// # Panics
    ///
    /// It does not.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "no {text:?} in what it said: {self}"
        );
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    ///
    /// It is none.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self}"))
    }

    /// Standard output as JSON, a value in each line.
    ///
    /// # Panics
    ///
    /// It is none.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let values = self.stdout.lines().map(serde_json::from_str);
        let values: Result<_, _> = values.collect();
        values.unwrap_or_else(|error| panic!("no JSON in each line ({error}): {self}"))
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "`{}` ended with {}", self.command, self.code())?;
        writeln!(f, "──── stdout ────\n{}", self.stdout.trim_end())?;
        write!(f, "──── stderr ────\n{}", self.stderr.trim_end())
    }
}
