//! Keys of users who are gone as a table for people.

use jiff::tz::TimeZone;
use sshtpm_dbus::OrphanInfo;
use sshtpm_ssh::text::printable;

use crate::key_listing::type_label;
use crate::local_time::local_day;
use crate::screen::Screen;
use crate::table::Table;

pub(super) fn table(keys: &[OrphanInfo], zone: &TimeZone, screen: Screen) -> String {
    let heading = [
        "UID",
        "OWNER",
        "NOW",
        "FINGERPRINT",
        "TYPE",
        "LAST USED",
        "COMMENT",
    ];
    let mut table = Table::new(heading, &["OWNER", "NOW", "FINGERPRINT", "COMMENT"]);
    for key in keys {
        let used = match key.last_used {
            0 => "never".to_owned(),
            time => local_day(time, zone),
        };
        let present = match key.present_owner.as_str() {
            "" => "-".to_owned(),
            name => printable(name),
        };
        table.add([
            key.uid.to_string().into(),
            printable(&key.owner).into(),
            present.into(),
            printable(&key.fingerprint).into(),
            kind(key).into(),
            used.into(),
            printable(&key.comment).into(),
        ]);
    }
    table.shown_on(screen)
}

/// Type, length, and whether its record is archived.
fn kind(key: &OrphanInfo) -> String {
    let kind = type_label(&key.algorithm, key.bits);
    match key.archived {
        true => format!("{kind} (archived)"),
        false => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::example_orphan;
    use super::*;

    #[test]
    fn an_archived_key_is_listed_as_such() {
        let key = OrphanInfo {
            archived: true,
            ..example_orphan("alice", "SHA256:abcdef")
        };
        let table = table(&[key], &TimeZone::UTC, Screen::PLAIN);
        assert!(table.contains("ECDSA 256 (archived)"), "{table}");
    }
}
