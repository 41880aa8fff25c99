//! Claims that anybody may have written: a verifier reads those of other machines.

use sshtpm_fuzz::{Budget, Line, Target};

use super::Claims;
use super::tests::{open, restricted};

/// Claims are read twice, their version first, and each text of them is copied.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 256,
        per_byte: 1,
    },
    memory: Line {
        fixed: 32 * 1024,
        per_byte: 48,
    },
    ..Budget::PLAIN
};

#[test]
fn claims_of_any_content_cost_little_to_read() {
    let seeds = [open(), restricted()].map(|one| one.to_bytes().expect("bytes"));
    let target = Target::new("claims").seeds(seeds).budget(BUDGET);
    let target = target.words(["null", "1e999", "\\u0000", "{", "[", "\"", "\"raw\""]);
    target.run(|bytes| {
        let read = Claims::parse(bytes).ok()?;
        let again = read.to_bytes().expect("what was read can be written");
        assert_eq!(Claims::parse(&again).as_ref(), Ok(&read));
        Some((read.destinations.len(), read.namespaces.len()))
    });
}
