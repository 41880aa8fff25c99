//! The record of use, as its users and the administrator see it.

use serde_json::Value;

use crate::call::{Options, option, text};
use crate::{User, World, wait};

/// Where the broker keeps the record.
pub const USES: &str = "/var/lib/sshtpm/uses";

/// What `sshtpm log` shows to `user`.
///
/// # Panics
///
/// It shows no list.
#[track_caller]
pub fn log(user: User<'_>) -> Vec<Value> {
    user.run("sshtpm log --json").ok().json_lines()
}

/// The outcomes in what `sshtpm log` shows to `user`.
///
/// # Panics
///
/// It shows no list.
#[track_caller]
pub fn outcomes(user: User<'_>) -> Vec<String> {
    log(user).iter().map(|used| text(used, "outcome")).collect()
}

/// A key of `user`, as `sshtpm list` shows it.
///
/// # Panics
///
/// It is not listed.
#[track_caller]
pub fn listed(user: User<'_>, fingerprint: &str) -> Value {
    let keys = user.run("sshtpm list --json").ok().json();
    let keys = keys.as_array().expect("a list of keys").clone();
    let mut keys = keys.into_iter();
    let key = keys.find(|key| key["fingerprint"] == fingerprint);
    key.expect("the key is listed")
}

/// The option that names the program on whose behalf a client signs.
pub fn client(name: &str) -> Options {
    option("client", name)
}

/// The parts of a use that a test can foresee.
///
/// # Panics
///
/// Time or duration are missing.
pub fn without_times(used: &Value) -> Value {
    let mut used = used.clone();
    let fields = used.as_object_mut().expect("a use");
    for field in ["time", "milliseconds"] {
        assert!(
            fields.remove(field).is_some_and(|value| value.is_u64()),
            "{field}"
        );
    }
    used
}

/// The line of the broker's log that has all of `parts`.
///
/// # Panics
///
/// It does not come.
#[track_caller]
pub fn line_with(world: &World, parts: &[&str]) -> String {
    let log = || world.broker_log();
    let has_all = |line: &&str| parts.iter().all(|part| line.contains(part));
    wait::until(&format!("a line with {parts:?}"), wait::EFFECT, || {
        log().lines().find(has_all).map(str::to_owned)
    })
}
