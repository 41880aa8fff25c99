//! Configuration with mistakes of every kind.

use std::path::Path;

use sshtpm_config::ConfigError;
use sshtpm_fuzz::{Budget, Line, Target};

use super::surroundings::Surroundings;
use super::tables::FileTables;

/// As for the file of the broker: the parser keeps a tree with the place of each value, and for a
/// mistake it makes another one. The file is the user's own.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 1024,
        per_byte: 16,
    },
    memory: Line {
        fixed: 256 * 1024,
        per_byte: 1024,
    },
    ..Budget::PLAIN
};

const WORDS: [&str; 14] = [
    "agents = [",
    "agents = false",
    "ordinary-keys = \"ssh-agent\"",
    "[agent.work]",
    "only = [\"purpose:auth\"]",
    "SHA256:",
    "%t/",
    "%",
    "${HOME}/",
    "$",
    "~/",
    "[[",
    "\"\"\"",
    "= {",
];

const EXAMPLE: &str = "agents = [\"~/.1password/agent.sock\", \"%t/keyring/ssh\"]\n\
                       ordinary-keys = \"%t/keyring/ssh\"\n\
                       [agent.work]\n\
                       only = [\"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\", \"work\"]\n\
                       agents = [\"$HOME/x\", \"/${A}/%i/%u/%h/%%\"]\n";

#[test]
fn a_configuration_of_any_content_costs_little_to_read() {
    let surroundings = Surroundings::new(1000, |_| Some("/x".into()));
    let target = Target::new("agent-toml").seeds([EXAMPLE, "agents = false\n"]);
    target.words(WORDS).budget(BUDGET).run(|bytes| {
        let text = str::from_utf8(bytes).ok()?;
        let path = Path::new("/home/ann/.config/sshtpm/agent.toml");
        Some(match FileTables::of(path, text) {
            Ok(tables) => match tables.agents_behind(None, surroundings) {
                Ok(behind) => behind.agents().len().to_string(),
                Err(error) => error.to_string().chars().take(24).collect(),
            },
            Err(mistake) => match ConfigError::mistake(path, text, &mistake) {
                ConfigError::Mistake { line, .. } => {
                    assert!(line <= text.split('\n').count(), "line {line}");
                    mistake.message().chars().take(24).collect()
                }
                other => other.to_string(),
            },
        })
    });
}
