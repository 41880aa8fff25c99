//! What a program named ssh prints for `ssh -G`.

use sshtpm_fuzz::{Budget, Line, Target};

use super::SshSettings;

const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 16 * 1024,
        per_byte: 16,
    },
    ..Budget::PLAIN
};

#[test]
fn settings_of_any_content_cost_little_to_look_through() {
    let target = Target::new("ssh-settings").budget(BUDGET);
    let target = target.words([
        "hostname ",
        "port ",
        "identityagent ",
        "hostkeyalias ",
        "\n\n",
    ]);
    target.run(|bytes| {
        let settings = SshSettings(bytes.to_vec());
        let values = ["hostname", "port", "identityagent", "userknownhostsfile"];
        values.map(|name| {
            (
                settings.values(name).count().min(3),
                settings.text(name).is_some(),
            )
        })
    });
}
