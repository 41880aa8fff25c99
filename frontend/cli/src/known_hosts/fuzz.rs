//! Files of host keys, to which every host that a user visits may add.

use sshtpm_fuzz::{Budget, Line, Target};

use super::found::Found;
use super::given::Lines;

/// A key is decoded from base64 and kept, and written once more.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 256,
        per_byte: 1,
    },
    memory: Line {
        fixed: 16 * 1024,
        per_byte: 32,
    },
    ..Budget::PLAIN
}
.trusting_announced_lengths();

const WORDS: [&str; 6] = [
    "@cert-authority ",
    "@revoked ",
    "|1|c2FsdA==|aGFzaA== ",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
    "sk-ssh-ed25519@openssh.com",
    "# ",
];

#[test]
fn files_of_host_keys_cost_little_to_read() {
    let target = Target::new("known-hosts").words(WORDS).budget(BUDGET);
    target.run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut found = Found::default();
        found.read(&text);
        let (keys, revoked) = (found.keys.len(), found.revoked.len());
        let taken = found.keys().len();
        assert!(taken <= keys, "{taken} of {keys}");
        (taken.min(5), revoked.min(5), Lines::read(&text).is_ok())
    });
}
