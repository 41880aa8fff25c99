//! How uses of keys are shown: as lines of a table for people, as JSON for programs.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use serde::Serialize;
use sshtpm_dbus::{KeyInfo, KeyUse};
use sshtpm_ssh::purpose::Purpose;

use super::host_names::HostNames;
use super::local_time::local_time;
use super::screen::Tone;
use super::table::{Cell, Table};
use sshtpm_ssh::text::printable;

/// The outcome of a use that was granted.
const SIGNED: &str = "signed";

/// A use as `--json` prints it. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(crate) struct UseJson<'a> {
    /// When it was decided, in seconds since 1970-01-01 UTC.
    time: u64,
    /// Fingerprint of the key.
    key: &'a str,
    /// `auth`, `sign`, `ca`, `host` or `sudo`; empty if the data is not of a kind that keys sign.
    purpose: &'a str,
    /// The user that a login or `sudo` was asked for; empty otherwise.
    user: &'a str,
    /// Fingerprint of the host key to which the session was bound; empty if there was none.
    destination: &'a str,
    /// What the caller's ssh calls the host with this key; `null` if it does not know the name.
    host: Option<&'a str>,
    /// SSHSIG namespace; empty otherwise.
    namespace: &'a str,
    /// PAM service that asked; empty otherwise.
    service: &'a str,
    /// Whether it was asked for over a forwarded connection.
    forwarded: bool,
    /// The program that asked, unverified; empty if it was not said.
    client: &'a str,
    /// `signed`, `left`, or the last part of the error's name.
    outcome: &'a str,
    /// How long it took, people included.
    milliseconds: u64,
    /// How many more refusals like it came before it and are not listed.
    more: u64,
}

impl<'a> UseJson<'a> {
    /// `used`, with the name of the host from `names`.
    pub(crate) fn new(used: &'a KeyUse, names: &'a HostNames) -> Self {
        Self {
            time: used.time,
            key: &used.key,
            purpose: &used.purpose,
            user: &used.user,
            destination: &used.destination,
            host: names.name_of(&used.destination),
            namespace: &used.namespace,
            service: &used.service,
            forwarded: used.forwarded,
            client: &used.client,
            outcome: &used.outcome,
            milliseconds: used.milliseconds,
            more: used.more,
        }
    }
}

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
mod tests {
    use jiff::tz::TimeZone;
    use sshtpm_dbus::KeyUse;

    use super::{HostNames, UseJson, UseListing, example_use, place};
    use crate::key_listing::example_key;
    use crate::screen::Screen;

    fn line(used: KeyUse) -> String {
        line_with(used, &HostNames::default())
    }

    fn line_with(used: KeyUse, names: &HostNames) -> String {
        let keys = [example_key()];
        let listing = UseListing::new(&keys, names, TimeZone::UTC);
        let text = listing.table(&[used]).shown_on(Screen::PLAIN);
        assert_eq!(text.lines().count(), 2, "{text}");
        text.lines().nth(1).unwrap().to_owned()
    }

    #[test]
    fn a_use_is_one_line_of_the_table() {
        assert_eq!(
            line(example_use()),
            "2023-11-14 22:13  signed   log in as git  SHA256:47DEQpj8HBSa…  ssh      ann@host"
        );
    }

    #[test]
    fn a_host_with_a_name_is_called_by_it() {
        let names = HostNames::of_one(&example_use().destination, "git.example\u{1b}");
        let line = line_with(example_use(), &names);
        assert!(line.contains("  git.example\\u{1b}  ssh  "), "{line}");
    }

    #[test]
    fn a_place_is_told_in_a_word_or_two() {
        let told = |purpose: &str| {
            let used = KeyUse {
                purpose: purpose.to_owned(),
                namespace: "file".to_owned(),
                service: "sudo".to_owned(),
                ..example_use()
            };
            place(&used, &HostNames::of_one(&used.destination, "alpha"))
        };
        let purposes = ["auth", "sign", "ca", "host", "sudo"];
        let places = [
            "alpha",
            "namespace file",
            "certificate",
            "this host",
            "sudo",
        ];
        assert_eq!(purposes.map(told), places);
    }

    #[test]
    fn a_refusal_says_why_and_how_often() {
        let refused = KeyUse {
            purpose: "sign".to_owned(),
            namespace: "file".to_owned(),
            destination: String::new(),
            client: String::new(),
            outcome: "NamespaceNotPermitted".to_owned(),
            more: 979,
            forwarded: true,
            ..example_use()
        };
        let line = line(refused);
        let expected = "namespace not permitted (979 more)  sign in namespace file, forwarded  -";
        assert!(line.contains(expected), "{line}");
    }

    #[test]
    fn a_use_by_sudo_names_its_user_and_service() {
        let vouched = KeyUse {
            purpose: "sudo".to_owned(),
            user: "alice".to_owned(),
            service: "su do".to_owned(),
            ..example_use()
        };
        let line = line(vouched);
        assert!(line.contains("vouch for alice to \"su do\""), "{line}");
    }

    #[test]
    fn names_cannot_forge_a_line_or_command_the_terminal() {
        for hostile in [
            "a\nb",
            "\u{1b}[2J",
            "git  SHA256:forged  ssh",
            "\u{202e}tig",
        ] {
            let used = KeyUse {
                user: hostile.to_owned(),
                client: hostile.to_owned(),
                destination: hostile.to_owned(),
                outcome: hostile.to_owned(),
                ..example_use()
            };
            let line = line(used);
            assert!(
                !line.contains(|c: char| c.is_control() || c == '\u{202e}'),
                "{line}"
            );
            assert!(line.contains("log in as \""), "{line}");
        }
        let forger = KeyUse {
            user: r#"git"  SHA256:forged  ssh  "\"#.to_owned(),
            ..example_use()
        };
        let line = line(forger);
        let one_name = r#"log in as "git\"  SHA256:forged  ssh  \"\\"  SHA256:47DEQpj8HBSa"#;
        assert!(line.contains(one_name), "{line}");
    }

    #[test]
    fn the_names_in_json_are_the_documented_ones() {
        let json =
            serde_json::to_value(UseJson::new(&example_use(), &HostNames::default())).unwrap();
        let names: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "client",
                "destination",
                "forwarded",
                "host",
                "key",
                "milliseconds",
                "more",
                "namespace",
                "outcome",
                "purpose",
                "service",
                "time",
                "user"
            ]
        );
    }

    #[test]
    fn a_deleted_key_is_shown_by_its_fingerprint() {
        let deleted = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        assert!(
            line(KeyUse {
                key: deleted.to_owned(),
                ..example_use()
            })
            .ends_with("  SHA256:47DEQpj8HBSa…")
        );
    }
}
