//! `host-keys.toml` with mistakes of every kind.

use sshtpm_fuzz::{Budget, Line, Target};

use super::Config;

/// The parser keeps a tree with the place of each value.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 1024,
        per_byte: 4,
    },
    memory: Line {
        fixed: 64 * 1024,
        per_byte: 256,
    },
    ..Budget::PLAIN
};

#[test]
fn a_configuration_of_any_content_costs_little_to_read() {
    let shipped = include_str!("../../../data/host-keys.toml");
    let said = shipped.replace("\n#", "\n");
    let full = "types = [\"ecdsa\", \"rsa:3072\"]\nkey-directory = \"/etc/ssh\"\n\
                replace-existing = true\nderived = \"owner\"\n";
    let target = Target::new("host-keys-toml")
        .seeds([shipped, &said, full])
        .budget(BUDGET);
    let target = target.words([
        "\"rsa\"",
        "\"ecdsa:521\"",
        "\"/a b\"",
        "[[types]]",
        "\"\"\"",
        "1e9",
    ]);
    target.run(|bytes| {
        let text = str::from_utf8(bytes).ok()?;
        Some(match toml::from_str::<Config>(text) {
            Ok(config) => {
                assert!(config.key_directory.as_path().is_absolute());
                "read".to_owned()
            }
            Err(mistake) => mistake.message().chars().take(24).collect(),
        })
    });
}
