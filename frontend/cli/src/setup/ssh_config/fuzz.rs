//! ssh's configuration as people and programs write it.

use sshtpm_fuzz::{Budget, Line, Target};

use super::{line_with_setting, lines};

/// Bytes that are not UTF-8 take three each in the text.
const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 4096,
        per_byte: 8,
    },
    ..Budget::PLAIN
};

#[test]
fn a_configuration_of_any_content_costs_little_to_look_through() {
    let seeds = [
        "Host *\n    IdentityAgent none\n".to_owned(),
        "Match exec \"true\"\n\"IdentityAgent\"=/x\nInclude config.d/*\n".to_owned(),
        "# IdentityAgent /x\r\nUser alice\r\n".to_owned(),
        lines("IdentityAgent /run/user/1000/sshtpm/agent.sock"),
    ];
    let target = Target::new("ssh-config").seeds(seeds).budget(BUDGET);
    let target = target.words([
        "IdentityAgent",
        "identityagent=",
        "\"IdentityAgent\" ",
        "\u{85}",
    ]);
    target.run(|bytes| {
        let found = line_with_setting(bytes);
        // Behind lines that name no agent, ours is found where it is.
        let ours = [bytes, b"\n", lines("IdentityAgent /x").as_bytes()].concat();
        let again = line_with_setting(&ours);
        assert!(again.is_some() && found.is_none_or(|line| again == Some(line)));
        found.map(|line| line.min(8))
    });
}
