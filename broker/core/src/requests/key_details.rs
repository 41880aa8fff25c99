//! What polkit is told of a request about one key of a user.

use crate::key::{Holding, Origin};
use crate::policy::{Details, Target};
use crate::restrictions::{Restrictions, Screen};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::pcr::PcrSelection;
use sshtpm_ssh::purpose::Purpose;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// The details of a request about `key` of the owner in `target`. Its question begins with `begin`,
/// after which the key and its owner are named; further words may follow.
pub(super) fn key_details(target: &Target, key: Fingerprint, begin: impl Into<Words>) -> Details {
    let owner = target.owner.name().as_str();
    Details {
        entries: vec![("owner", owner.to_owned()), ("key", key.to_string())],
        message: begin
            .into()
            .and(key)
            .and(" of the user ")
            .and(Quoted::new(owner)),
    }
}

/// The details that say where a key comes from, and what holds it.
pub(super) fn origin_and_holding(origin: Origin, holding: Holding) -> [(&'static str, String); 2] {
    [
        ("origin", origin.to_string()),
        ("holding", holding.to_string()),
    ]
}

/// The detail that says which PCRs a key is bound to; empty if none.
pub(super) fn bound_to(pcrs: Option<PcrSelection>) -> (&'static str, String) {
    ("pcrs", pcrs.map(|one| one.to_string()).unwrap_or_default())
}

/// The detail that says what a new key may sign.
pub(super) fn purposes(restrictions: &Restrictions) -> (&'static str, String) {
    let names: Vec<_> = restrictions.purposes.iter().map(Purpose::name).collect();
    ("purposes", names.join(","))
}

/// The detail that says whether a key signs in an unlocked session alone.
pub(super) fn while_unlocked(restrictions: &Restrictions) -> (&'static str, String) {
    let needs = restrictions.screen == Screen::Unlocked;
    ("while-unlocked", needs.to_string())
}
