//! What is to be said of the certificates of keys.

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;

use crate::certificate::{Shown, Validity};
use crate::key_selector::describe;

/// How many there are, and until when they are valid; nothing if there are none.
pub(super) fn told(keys: &[KeyInfo], now: u64, zone: &TimeZone) -> String {
    let all: Vec<Shown<'_>> = keys.iter().flat_map(Shown::all_of).collect();
    let told = all
        .iter()
        .map(|one| format!("; {}, {}", one.name(), one.when(now, zone)));
    told.collect()
}

/// Those that have expired, each with its key.
pub(super) fn expired(keys: &[KeyInfo], now: u64, zone: &TimeZone) -> Vec<String> {
    let of_key = |key: &KeyInfo| {
        let shown = Shown::all_of(key).into_iter();
        let expired = shown.filter(|one| one.validity(now) == Validity::Expired);
        let told = expired.map(|one| {
            let when = one.when(now, zone);
            format!("{} of {}, {when}", one.name(), describe(key))
        });
        told.collect::<Vec<_>>()
    };
    keys.iter().flat_map(of_key).collect()
}
