//! How keys are shown to people, and as lines for other programs.

#[cfg(test)]
mod example;
mod labels;
mod line;

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;

#[cfg(test)]
pub(crate) use self::example::example_key;
pub(crate) use self::labels::type_label;
use self::labels::{last_use, or_dash, origin_label, state_cell, type_and_holding};
pub(crate) use self::line::{authorized_keys_line, git_key};
use super::last_use::LastUses;
use super::local_time::{local_day, local_time};
use super::restrictions::label;
use super::screen::Screen;
use super::short_names::ShortNames;
use super::table::Table;
use sshtpm_ssh::text::printable;

/// The keys with all that is known of them. The comment comes last, as it may be long.
pub(crate) fn whole_table(
    keys: &[KeyInfo],
    uses: &LastUses,
    zone: &TimeZone,
    screen: Screen,
) -> String {
    let heading = [
        "FINGERPRINT",
        "TYPE",
        "CREATED",
        "USED",
        "WHERE",
        "STATE",
        "ORIGIN",
        "FOR",
        "COMMENT",
    ];
    let mut table = Table::new(heading, &[]);
    for key in keys {
        table.add([
            printable(&key.fingerprint).into(),
            type_label(&key.algorithm, key.bits).into(),
            local_time(key.created, zone).into(),
            last_use(key, |time| local_time(time, zone)).into(),
            or_dash(uses.place(key)).into(),
            state_cell(key),
            origin_label(key).into(),
            label(key).into(),
            printable(&key.comment).into(),
        ]);
    }
    table.shown_on(screen)
}

/// The keys in the columns of a terminal: fingerprints as far as they tell the keys apart, and days
/// without hours. `all` are the keys from which a name has to tell them apart.
pub(crate) fn short_table(
    keys: &[KeyInfo],
    all: &[KeyInfo],
    uses: &LastUses,
    zone: &TimeZone,
    screen: Screen,
) -> String {
    let heading = [
        "FINGERPRINT",
        "TYPE",
        "STATE",
        "FOR",
        "LAST USED",
        "COMMENT",
    ];
    let mut table = Table::new(heading, &["FOR", "LAST USED", "COMMENT"]);
    let names = ShortNames::of(all);
    for key in keys {
        let used = last_use(key, |time| local_day(time, zone));
        let used = format!("{used} {}", uses.place(key));
        table.add([
            printable(names.name_of(key)).into(),
            type_and_holding(key).into(),
            state_cell(key),
            label(key).into(),
            used.trim_end().to_owned().into(),
            printable(&key.comment).into(),
        ]);
    }
    table.shown_on(screen)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use sshtpm_dbus::KeyInfo;
    use sshtpm_ssh::origin::{Holding, Origin};

    use super::{LastUses, Screen, authorized_keys_line, example_key, short_table, whole_table};
    use crate::width::width;

    fn table(keys: &[KeyInfo], zone: &TimeZone) -> String {
        whole_table(keys, &LastUses::default(), zone, Screen::PLAIN)
    }

    fn short(key: &KeyInfo) -> String {
        let keys = std::slice::from_ref(key);
        let screen = Screen::of_width(80);
        short_table(keys, keys, &LastUses::default(), &TimeZone::UTC, screen)
    }

    #[test]
    fn a_key_is_one_line_of_the_table() {
        let text = table(&[example_key()], &TimeZone::UTC);
        let line = text.lines().nth(1).unwrap();
        assert!(
            line.starts_with("SHA256:JQ6F")
                && line.ends_with("  usable  generated  auth,sign  ann@host"),
            "{line}"
        );
        assert!(
            line.contains("  ECDSA 256  2023-11-14 22:13  never  -      usable  "),
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
            text.contains("  2023-11-14 22:13  2023-11-14 22:14  -      usable  "),
            "{text}"
        );
    }

    #[test]
    fn a_key_shows_where_it_comes_from_and_what_holds_it() {
        let key = KeyInfo {
            origin: sshtpm_dbus::WireWord(Origin::Imported),
            holding: sshtpm_dbus::WireWord(Holding::Sealed),
            backed_up: true,
            ..example_key()
        };
        let text = table(&[key], &TimeZone::UTC);
        assert!(text.contains("  imported,sealed,backed-up  "), "{text}");
    }

    #[test]
    fn a_key_that_the_tpm_keeps_shows_who_decided_that() {
        for (by, shown) in [
            ("administrator", "  generated,persistent  "),
            ("use", "  generated,persistent-by-use  "),
        ] {
            let key = KeyInfo {
                persistent: true,
                persistent_by: by.to_owned(),
                ..example_key()
            };
            let text = table(&[key], &TimeZone::UTC);
            assert!(text.contains(shown), "{text}");
        }
    }

    #[test]
    fn a_key_fits_a_terminal_whatever_it_is_called_and_for() {
        let key = KeyInfo {
            algorithm: "ssh-rsa".to_owned(),
            bits: 3072,
            comment: "笔记本 🔑 ".repeat(20),
            purposes: ["auth", "sign", "ca", "host", "sudo"]
                .map(str::to_owned)
                .into(),
            forwarding: false,
            confirm: true,
            pin: true,
            last_used: 1_700_000_060,
            ..example_key()
        };
        let text = short(&key);
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("JQ6FV0rf     RSA 3072  locked"), "{line}");
        assert!(line.contains("2023-11-14"), "{line}");
    }

    #[test]
    fn a_short_list_has_the_beginning_of_a_fingerprint_that_names_the_key() {
        let line = short(&example_key()).lines().nth(1).unwrap().to_owned();
        assert_eq!(
            line,
            "JQ6FV0rf     ECDSA 256  usable  auth,sign  never      ann@host"
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
    fn a_time_beyond_all_calendars_is_shown_as_unknown() {
        let key = KeyInfo {
            created: u64::MAX,
            ..example_key()
        };
        assert!(table(&[key], &TimeZone::UTC).contains("  ?  "));
    }
}
