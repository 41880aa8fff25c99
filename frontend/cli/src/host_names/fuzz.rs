//! Files of known hosts, to which every host that a user visits may add.

use sshtpm_fuzz::{Budget, Line, Target};

use super::HostNames;

/// A key is decoded from base64; a hash is compared with two names.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 512,
        per_byte: 2,
    },
    memory: Line {
        fixed: 16 * 1024,
        per_byte: 64,
    },
    ..Budget::PLAIN
}
.trusting_announced_lengths();

const WORDS: [&str; 5] = [
    "@cert-authority ",
    "@revoked ",
    "|1|70pfbPNZ/69kCBQlWfCpKiiwmPU=|ydZFwDm6NoRm4C5O6ELcITyvfAk= ",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
    ",*!?",
];

#[test]
fn files_of_known_hosts_cost_little_to_read_for_names() {
    let target = Target::new("host-names").words(WORDS).budget(BUDGET);
    let guesses = ["alpha", "beta"].map(str::to_owned);
    target.run(|bytes| {
        let mut names = HostNames::default();
        names.read(&String::from_utf8_lossy(bytes), &guesses);
        names.0.len().min(5)
    });
}
