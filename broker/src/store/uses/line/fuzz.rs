//! Lines of the record of use, as a crash or a full disk leaves them.

use sshtpm_fuzz::{Budget, Line, Target};

use super::{decode, encode};
use sshtpm_core::identity::Uid;
use sshtpm_core::uses::examples::{ALICE, used};
use sshtpm_core::uses::{Noted, Outcome, Plain, Subject};

/// Text that is escaped grows.
const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 16 * 1024,
        per_byte: 8,
    },
    ..Budget::PLAIN
};

#[test]
fn a_line_of_any_content_costs_little_to_read_and_stays_as_it_is() {
    let uid = Uid(ALICE.0);
    let mut noted = Noted {
        used: used(ALICE, Outcome::Signed),
        more: 3,
    };
    let login = encode(&noted).expect("a line");
    noted.used.asked.subject = Subject::Sshsig(Plain::new("git \u{202e}"));
    let signature = encode(&noted).expect("a line");
    noted.used.asked.subject = Subject::Sudo {
        user: Plain::new("alice"),
        service: Plain::new("sudo"),
    };
    let vouching = encode(&noted).expect("a line");
    let target = Target::new("use-lines").seeds([login, signature, vouching]);
    let target = target.words([
        "\"purpose\":\"ca\"",
        "\\u001b",
        "null",
        "18446744073709551615",
    ]);
    target.budget(BUDGET).run(|line| {
        decode(uid, line).map(|noted| {
            let again = encode(&noted).expect("what was read can be written");
            assert_eq!(decode(uid, again.as_bytes()), Some(noted.clone()));
            (noted.used.outcome, noted.used.asked.forwarded)
        })
    });
}
