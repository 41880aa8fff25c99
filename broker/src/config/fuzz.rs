//! Configuration with mistakes of every kind.

use std::path::Path;

use sshtpm_config::ConfigError;
use sshtpm_fuzz::{Budget, Line, Target};

use super::Config;

/// The parser keeps a tree with the place of each value; for a mistake it makes another one. Each
/// character can be a mistake, of which it keeps some 200 bytes in a list that grows by doubling,
/// and for which it allocates up to 12 times (a control character in an inline table). The file is
/// root's.
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

const WORDS: [&str; 12] = [
    "tpm = \"swtpm:port=1\"",
    "watchdog-seconds = 20",
    "state-directory = \"/\"",
    "[limits]",
    "keys-per-user = 1",
    "[pins]",
    "[polkit]\nreuse-seconds = 5",
    "[[",
    "\"\"\"",
    "= {",
    "1e400",
    "1979-05-27T07:32:00Z",
];

#[test]
fn a_configuration_of_any_content_costs_little_to_read() {
    let installed = include_str!("../../data/broker.toml");
    // Every setting that the file shows, said.
    let said = installed.replace("\n#", "\n");
    let target = Target::new("broker-toml").seeds([installed, &said, "[limits]\n"]);
    target.words(WORDS).budget(BUDGET).run(|bytes| {
        let text = str::from_utf8(bytes).ok()?;
        let path = Path::new("/etc/sshtpm/broker.toml");
        Some(match toml::from_str::<Config>(text) {
            Ok(config) => (config.limits().keys_per_user > 0, config.pin_limits())
                .0
                .to_string(),
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
