//! Uses for tests.

use std::time::Duration;

use super::{AskedFor, Outcome, Plain, Subject, Use};
use crate::core::client::ClientName;
use crate::core::fingerprint::Fingerprint;
use crate::core::identity::{Owner, Uid, UserName};

pub(crate) const ALICE: (u32, &str) = (4242, "alice");
pub(crate) const BOB: (u32, &str) = (4243, "bob");

pub(crate) fn owner((uid, name): (u32, &str)) -> Owner {
    Owner::new(Uid(uid), UserName::new(name).expect("a user name"))
}

/// The fingerprint of some key; there are ten.
pub(crate) fn key(digit: u8) -> Fingerprint {
    let digits = char::from(b'0' + digit).to_string().repeat(42);
    let text = format!("SHA256:{digits}A");
    text.parse().expect("a fingerprint")
}

/// A login as git.
pub(crate) fn used(user: (u32, &str), outcome: Outcome) -> Use {
    Use {
        time: 1_700_000_000,
        owner: owner(user),
        key: key(1),
        asked: AskedFor {
            subject: Subject::Login(Plain::new("git")),
            destination: Some(key(9)),
            forwarded: true,
            client: ClientName::new("ssh".to_owned()),
        },
        outcome,
        took: Duration::from_millis(17),
    }
}
