//! How uses of keys are shown to people: as lines of a table.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use sshtpm_dbus::{KeyInfo, KeyUse};
use sshtpm_ssh::purpose::Purpose;

use super::host_names::HostNames;
use super::local_time::local_time;
use super::screen::Tone;
use super::table::{Cell, Table};
use sshtpm_ssh::text::printable;

/// The outcome of a use that was granted.
const SIGNED: &str = "signed";

/// What uses are shown with: the keys by their comments, and the hosts by their names.
#[derive(Debug)]
pub(crate) struct UseListing<'a> {
    comments: HashMap<&'a str, &'a str>,
    names: &'a HostNames,
    zone: TimeZone,
}

/// Uses in columns.
pub(crate) type UseTable = Table<6>;

impl<'a> UseListing<'a> {
    /// Shows uses of `keys` at hosts with `names`, in local time.
    pub(crate) fn new(keys: &'a [KeyInfo], names: &'a HostNames, zone: TimeZone) -> Self {
        let comments = keys.iter();
        let comments = comments.map(|key| (key.fingerprint.as_str(), key.comment.as_str()));
        Self {
            comments: comments.collect(),
            names,
            zone,
        }
    }

    /// The uses as an aligned table. The key comes last, as its comment may be long.
    pub(crate) fn table(&self, uses: &[KeyUse]) -> UseTable {
        let heading = ["TIME", "OUTCOME", "WHAT", "HOST", "PROGRAM", "KEY"];
        let mut table = Table::new(heading, &["OUTCOME", "WHAT", "HOST", "PROGRAM", "KEY"]);
        for used in uses {
            table.add(self.row(used));
        }
        table
    }

    fn row(&self, used: &KeyUse) -> [Cell; 6] {
        let comment = self.comments.get(used.key.as_str()).copied();
        let tone = match was_signed(used) {
            true => Tone::Good,
            false => Tone::Bad,
        };
        [
            local_time(used.time, &self.zone).into(),
            Cell::new(outcome(used), tone),
            what(used).into(),
            or_dash(&host(used, self.names)).into(),
            or_dash(&used.client).into(),
            match comment.unwrap_or_default() {
                "" => short(&used.key),
                comment => printable(comment),
            }
            .into(),
        ]
    }
}

/// Whether it was granted.
pub(crate) fn was_signed(used: &KeyUse) -> bool {
    used.outcome == SIGNED
}

/// Where it was used, in a word or two: the host of a login, the namespace of a file, the service
/// that was vouched to.
pub(crate) fn place(used: &KeyUse, names: &HostNames) -> String {
    match Purpose::parse(&used.purpose) {
        Some(Purpose::Auth) if used.destination.is_empty() => "unknown host".to_owned(),
        Some(Purpose::Auth) => host(used, names),
        Some(Purpose::Sign) => format!("namespace {}", quoted(&used.namespace)),
        Some(Purpose::Ca) => "certificate".to_owned(),
        Some(Purpose::Host) => "this host".to_owned(),
        Some(Purpose::Sudo) => quoted(&used.service),
        Some(Purpose::Raw) => "digest".to_owned(),
        None => printable(&used.purpose),
    }
}

/// The name of the host, or the beginning of its key's fingerprint.
fn host(used: &KeyUse, names: &HostNames) -> String {
    match names.name_of(&used.destination) {
        Some(name) => printable(name),
        None => short(&used.destination),
    }
}

/// `signed`, or the word of the error as words: `purpose not permitted`.
fn outcome(used: &KeyUse) -> String {
    let mut words = String::new();
    for character in used.outcome.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    match used.more {
        0 => printable(&words),
        more => format!("{} ({more} more)", printable(&words)),
    }
}

fn what(used: &KeyUse) -> String {
    let what = match (used.purpose.as_str(), Purpose::parse(&used.purpose)) {
        ("", _) => "-".to_owned(),
        (_, Some(Purpose::Auth)) => format!("log in as {}", quoted(&used.user)),
        (_, Some(Purpose::Sign)) => format!("sign in namespace {}", quoted(&used.namespace)),
        (_, Some(Purpose::Ca)) => "issue a certificate".to_owned(),
        (_, Some(Purpose::Host)) => "be a host".to_owned(),
        (_, Some(Purpose::Sudo)) => {
            format!(
                "vouch for {} to {}",
                quoted(&used.user),
                quoted(&used.service)
            )
        }
        (_, Some(Purpose::Raw)) => "sign something that cannot be shown".to_owned(),
        ("attest", None) => "attest that the TPM has it".to_owned(),
        (other, None) => printable(other),
    };
    if used.forwarded {
        what + ", forwarded"
    } else {
        what
    }
}

/// A name that another party chose; in quotation marks where it could be taken for more than one,
/// and without any in it that would seem to end it.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "@.-_+/\\".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        let name = printable(name).replace('\\', r"\\").replace('"', r#"\""#);
        format!("\"{name}\"")
    }
}

/// So much of a fingerprint that keys of one person can be told apart.
fn short(fingerprint: &str) -> String {
    const SHOWN: usize = "SHA256:".len() + 12;
    let mut beginning: String = fingerprint.chars().take(SHOWN).collect();
    if beginning.len() < fingerprint.len() {
        beginning.push('…');
    }
    printable(&beginning)
}

fn or_dash(text: &str) -> String {
    match text {
        "" => "-".to_owned(),
        text => printable(text),
    }
}

/// A use for tests.
#[cfg(test)]
pub(crate) fn example_use() -> KeyUse {
    KeyUse {
        time: 1_700_000_000,
        key: super::key_listing::example_key().fingerprint,
        purpose: "auth".to_owned(),
        user: "git".to_owned(),
        destination: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU".to_owned(),
        namespace: String::new(),
        service: String::new(),
        forwarded: false,
        client: "ssh".to_owned(),
        outcome: "signed".to_owned(),
        milliseconds: 17,
        more: 0,
    }
}

#[cfg(test)]
#[path = "use_listing_tests.rs"]
mod tests;
