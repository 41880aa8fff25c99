//! Lines of `authorized_keys` and `.pub` files, which others may have written.

use sshtpm_fuzz::{Budget, Line, Target};

use super::fingerprint_in;

/// A key or a certificate is decoded from base64 and taken apart.
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

const WORDS: [&str; 5] = [
    "restrict,command=\"x\" ",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com AAAA",
    "\\\"",
    "# ",
];

#[test]
fn lines_of_public_keys_cost_little_to_read() {
    let target = Target::new("public-key-text").words(WORDS).budget(BUDGET);
    target.run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        fingerprint_in(&text).is_some()
    });
}
