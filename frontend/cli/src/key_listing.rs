//! How keys are shown to people, and as lines for `authorized_keys`.

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::tpm::KeyState;

use super::restrictions::label;
use super::table::Table;
use sshtpm_ssh::text::printable;

/// The keys as an aligned table. The comment comes last, as it may be long and of any width.
pub(crate) fn table(keys: &[KeyInfo], zone: &TimeZone) -> String {
    let mut table = Table::new([
        "FINGERPRINT",
        "TYPE",
        "CREATED",
        "USED",
        "STATE",
        "FOR",
        "COMMENT",
    ]);
    for key in keys {
        table.add([
            printable(&key.fingerprint),
            type_label(&key.algorithm, key.bits),
            local_time(key.created, zone),
            last_use(key, zone),
            state_label(key),
            label(key),
            printable(&key.comment),
        ]);
    }
    table.to_string()
}

/// When it last signed.
fn last_use(key: &KeyInfo, zone: &TimeZone) -> String {
    match key.last_used {
        0 => "never".to_owned(),
        time => local_time(time, zone),
    }
}

/// Whether it can be used, and if it can, whether its PIN has to be given first.
fn state_label(key: &KeyInfo) -> String {
    match key.state.0 {
        KeyState::Usable if key.pin && key.unlocked => "unlocked".to_owned(),
        KeyState::Usable if key.pin => "locked".to_owned(),
        state => state.to_string(),
    }
}

/// The line for `authorized_keys`; a comment in it cannot end the line.
pub(crate) fn authorized_keys_line(key: &KeyInfo) -> String {
    let line = format!("{} {}", printable(&key.public_key), printable(&key.comment));
    line.trim_end().to_owned()
}

/// `ECDSA 256` or `RSA 3072`, after `ssh-keygen -l`.
pub(crate) fn type_label(algorithm: &str, bits: u32) -> String {
    let family = match algorithm {
        "ssh-rsa" => "RSA".to_owned(),
        name if name.starts_with("ecdsa-sha2-") => "ECDSA".to_owned(),
        other => printable(other),
    };
    format!("{family} {bits}")
}

/// In the time zone of the reader.
pub(crate) fn local_time(seconds: u64, zone: &TimeZone) -> String {
    let time = i64::try_from(seconds).map(jiff::Timestamp::from_second);
    match time {
        Ok(Ok(time)) => time
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        _ => "?".to_owned(),
    }
}

/// A key for tests.
#[cfg(test)]
pub(crate) fn example_key() -> KeyInfo {
    KeyInfo {
        fingerprint: "SHA256:gL7RbuMvpOhWJlVKGsg3BYjuJGmUJ3jzjvBkxhtJYmA".to_owned(),
        algorithm: "ecdsa-sha2-nistp256".to_owned(),
        bits: 256,
        comment: "ann@host".to_owned(),
        public_key: "ecdsa-sha2-nistp256 \
            AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHwf2HMM5TRXvo2SQJjsNki\
            DD5KqiiNjrGVv3UUh+mMT5RHxiRtOnlqvjhQtBq0VpmpCV/PwUdhOig4vkbqAcEc="
            .to_owned(),
        owner: "ann".to_owned(),
        created: 1_700_000_000,
        state: sshtpm_dbus::WireWord(KeyState::Usable),
        purposes: vec!["auth".to_owned(), "sign".to_owned()],
        namespaces: Vec::new(),
        destinations: Vec::new(),
        forwarding: true,
        confirm: false,
        while_unlocked: false,
        pin: false,
        unlocked: false,
        uses: 0,
        last_used: 0,
        persistent: false,
        certificates: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use sshtpm_dbus::KeyInfo;

    use super::{authorized_keys_line, example_key, table, type_label};

    #[test]
    fn a_key_is_one_line_of_the_table() {
        let text = table(&[example_key()], &TimeZone::UTC);
        let line = text.lines().nth(1).unwrap();
        assert!(
            line.starts_with("SHA256:gL7R") && line.ends_with("  usable  auth,sign  ann@host"),
            "{line}"
        );
        assert!(
            line.contains("  ECDSA 256  2023-11-14 22:13  never  "),
            "{line}"
        );
    }

    #[test]
    fn a_key_that_was_used_shows_when_last() {
        let key = KeyInfo {
            uses: 3,
            last_used: 1_700_000_060,
            ..example_key()
        };
        let text = table(std::slice::from_ref(&key), &TimeZone::UTC);
        assert!(
            text.contains("  2023-11-14 22:13  2023-11-14 22:14  usable  "),
            "{text}"
        );
    }

    #[test]
    fn a_key_with_a_pin_is_locked_or_unlocked() {
        let key = |unlocked| KeyInfo {
            pin: true,
            unlocked,
            ..example_key()
        };
        for (unlocked, state) in [(false, "  locked  "), (true, "  unlocked  ")] {
            let text = table(&[key(unlocked)], &TimeZone::UTC);
            assert!(text.contains(state), "{text}");
        }
    }

    #[test]
    fn a_comment_cannot_forge_a_line_or_command_the_terminal() {
        let key = KeyInfo {
            comment: "a\nSHA256:forged\u{1b}[2J".to_owned(),
            ..example_key()
        };
        assert_eq!(
            table(std::slice::from_ref(&key), &TimeZone::UTC)
                .lines()
                .count(),
            2
        );
        assert!(!table(std::slice::from_ref(&key), &TimeZone::UTC).contains('\u{1b}'));
        assert_eq!(authorized_keys_line(&key).lines().count(), 1);
    }

    #[test]
    fn a_key_without_a_comment_leaves_no_space_at_the_end_of_the_line() {
        let key = KeyInfo {
            comment: String::new(),
            ..example_key()
        };
        assert_eq!(authorized_keys_line(&key), key.public_key);
    }

    #[test]
    fn a_time_beyond_all_calendars_is_shown_as_unknown() {
        let key = KeyInfo {
            created: u64::MAX,
            ..example_key()
        };
        assert!(table(&[key], &TimeZone::UTC).contains("  ?  "));
    }

    #[test]
    fn types_are_named_as_ssh_keygen_names_them() {
        assert_eq!(type_label("ssh-rsa", 3072), "RSA 3072");
        assert_eq!(type_label("ecdsa-sha2-nistp521", 521), "ECDSA 521");
    }
}
