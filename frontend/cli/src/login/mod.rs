//! A login at a host, tried with ssh itself, and explained.
//!
//! Purpose: `sshtpm doctor HOST --connect`. What a server thinks of a key can only be found out by
//! logging in.
//!
//! May touch: runs ssh, which connects to the host, and `true` there. A person may be asked for a
//! PIN or a confirmation, as at any login. Must never change what ssh knows of the host, unless the
//! user's configuration has ssh do so without a question, and never show ssh's text as it is.

mod attempt;
mod refused_signature;
mod trace;
mod verdict;

use std::time::{SystemTime, UNIX_EPOCH};

use super::checks::Chain;
use super::checks::finding::{Checked, Finding};
use super::checks::host;
use super::known_hosts;
use super::probe;
use super::probe::ssh_settings::SshSettings;
use super::restrictions::place::Place;

/// Logs in at `place`, and says what came of it.
pub(crate) async fn check(place: &Place, chain: &Chain) -> Checked {
    let before = SystemTime::now().duration_since(UNIX_EPOCH);
    let before = before.map_or(0, |time| time.as_secs());
    let finding = match attempt::log_in(place).await {
        Ok(attempt) => {
            let known = known_hosts::look_up(place).await.ok();
            let settings = SshSettings::ask_about(place).await.ok();
            let keys = chain.usable_keys();
            let rules = known.as_ref().zip(settings);
            let rules =
                rules.map(|(known, settings)| host::rules(place, &settings, &known.keys, &keys));
            let uses = match chain.bus() {
                Some(bus) => probe::uses::since(bus, before).await,
                None => Vec::new(),
            };
            let seen = verdict::Seen {
                place,
                attempt: &attempt,
                keys: &keys,
                rules: rules.as_ref(),
                uses: &uses,
                known_as: known.map(|known| known.name),
            };
            verdict::judge(&seen)
        }
        Err(untried) => Finding::fail(untried.to_string(), untried.next()),
    };
    Checked::new("login", finding)
}
