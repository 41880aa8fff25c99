//! How uses of keys are shown: as lines of a table for people, as JSON for programs.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use serde::Serialize;
use sshtpm_dbus::{KeyInfo, KeyUse};
use sshtpm_ssh::purpose::Purpose;

use super::key_listing::local_time;
use super::table::Table;
use sshtpm_ssh::text::printable;

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

impl<'a> From<&'a KeyUse> for UseJson<'a> {
    fn from(used: &'a KeyUse) -> Self {
        Self {
            time: used.time,
            key: &used.key,
            purpose: &used.purpose,
            user: &used.user,
            destination: &used.destination,
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

/// The uses as an aligned table. The key comes last, as its comment may be long and of any width.
pub(crate) fn table(uses: &[KeyUse], keys: &[KeyInfo], zone: &TimeZone) -> String {
    let comments: HashMap<&str, &str> = keys
        .iter()
        .map(|key| (key.fingerprint.as_str(), key.comment.as_str()))
        .collect();
    let mut table = Table::new(["TIME", "OUTCOME", "WHAT", "HOST KEY", "PROGRAM", "KEY"]);
    for used in uses {
        let comment = comments.get(used.key.as_str()).copied();
        table.add([
            local_time(used.time, zone),
            outcome(used),
            what(used),
            short(&used.destination),
            or_dash(&used.client),
            match comment.unwrap_or_default() {
                "" => short(&used.key),
                comment => printable(comment),
            },
        ]);
    }
    table.to_string()
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
    or_dash(&beginning)
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

    use super::{UseJson, example_use, table};
    use crate::key_listing::example_key;

    fn line(used: KeyUse) -> String {
        let text = table(&[used], &[example_key()], &TimeZone::UTC);
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
        let json = serde_json::to_value(UseJson::from(&example_use())).unwrap();
        let names: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "client",
                "destination",
                "forwarded",
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
