//! Uses for tests.

use std::time::Duration;

use super::{AskedFor, Outcome, Plain, Subject, Use};
use crate::client::ClientName;
use crate::identity::{Owner, Uid, UserName};
use sshtpm_ssh::fingerprint::Fingerprint;

/// The uid and name of a user.
pub const ALICE: (u32, &str) = (4242, "alice");
/// The uid and name of another user.
pub const BOB: (u32, &str) = (4243, "bob");

/// The user with this uid and name.
pub fn owner((uid, name): (u32, &str)) -> Owner {
    Owner::new(Uid(uid), UserName::new(name).expect("a user name"))
}

/// The fingerprint of some key; there are ten.
pub fn key(digit: u8) -> Fingerprint {
    let digits = char::from(b'0' + digit).to_string().repeat(42);
    let text = format!("SHA256:{digits}A");
    text.parse().expect("a fingerprint")
}

/// A login as git.
pub fn used(user: (u32, &str), outcome: Outcome) -> Use {
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
