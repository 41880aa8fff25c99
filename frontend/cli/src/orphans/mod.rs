//! Keys whose users are gone, as the broker lists them page by page. `table` and `json` show them.

#[cfg(test)]
mod example;
mod json;
mod meant;
mod table;

use jiff::tz::TimeZone;
use sshtpm_dbus::{OrphanInfo, option};
use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::text::printable;
use zbus::Variant;

#[cfg(test)]
pub(crate) use self::example::example_orphan;
use self::json::OrphanJson;
pub(crate) use self::meant::meant_by;
use self::table::table;
use super::args::ListArgs;
use super::error::Failure;
use super::output::{advise, print, print_json};
use super::screen::Screen;
use super::session::{Options, Session};

/// Most answers of the broker that are taken together: 128 keys each, so more than 100,000.
const MAX_PAGES: usize = 1024;

/// Keys whose users are gone.
#[derive(Debug)]
pub(crate) struct Orphans {
    /// By uid and fingerprint.
    pub(crate) keys: Vec<OrphanInfo>,
    /// Whether the broker has more.
    is_cut: bool,
}

impl Orphans {
    /// Those of users who had `uid`, or all.
    ///
    /// # Errors
    ///
    /// The broker refuses, or cannot be reached.
    pub(crate) async fn of(session: &Session, uid: Option<u32>) -> Result<Self, Failure> {
        let (mut keys, mut after) = (Vec::new(), String::new());
        for _ in 0..MAX_PAGES {
            let mut options = Options::new();
            options.extend(uid.map(|uid| (option::UID, Variant::from(uid))));
            if !after.is_empty() {
                options.insert(option::AFTER, Variant::from(after.as_str()));
            }
            let what = "cannot list the keys of users who are gone";
            let page = session.call(what, async |keys| keys.list_orphans(&options).await);
            let (page, next) = page.await?;
            keys.extend(page);
            if next.is_empty() {
                let is_cut = false;
                return Ok(Self { keys, is_cut });
            }
            drop(options);
            after = next;
        }
        Ok(Self { keys, is_cut: true })
    }
}

/// Lists all.
///
/// # Errors
///
/// The broker refuses, or they cannot be printed.
pub(crate) async fn list(session: &Session, args: &ListArgs) -> Result<(), Failure> {
    let orphans = Orphans::of(session, None).await?;
    if orphans.is_cut {
        advise("There are more keys of users who are gone than are listed here.");
    }
    if args.json.json {
        let json: Vec<_> = orphans.keys.iter().map(OrphanJson::from).collect();
        return print_json(&json);
    }
    if orphans.keys.is_empty() {
        advise("There are no keys of users who are gone.");
        return Ok(());
    }
    let screen = match args.wide.wide {
        true => Screen::of_stdout().unbounded(),
        false => Screen::of_stdout(),
    };
    print(&table(&orphans.keys, &TimeZone::system(), screen))
}

/// What is said of those of `keys` that deleting does not end, if there are any.
pub(crate) fn note_deleted(keys: &[&OrphanInfo]) -> Option<&'static str> {
    let is_derived = keys.iter().any(|key| key.origin == Origin::Derived);
    is_derived.then_some(
        "The TPM can derive the derived keys again, for a new user with the same uid and name. \
         Give a new user another uid or another name.",
    )
}

/// The key with the user that it belonged to, safe for a terminal.
pub(crate) fn described(key: &OrphanInfo) -> String {
    let now = match key.present_owner.as_str() {
        "" => String::new(),
        name => format!(", which {} has now", printable(name)),
    };
    let text = format!(
        "{} of the former user {} (uid {}{now}) {}",
        printable(&key.fingerprint),
        printable(&key.owner),
        key.uid,
        printable(&key.comment)
    );
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::WireWord;

    use super::*;

    #[test]
    fn a_key_is_named_with_its_former_user_and_the_present_one() {
        let key = OrphanInfo {
            present_owner: "bob".to_owned(),
            ..example_orphan("alice", "SHA256:abcdef")
        };
        let expected =
            "SHA256:abcdef of the former user alice (uid 1000, which bob has now) laptop";
        assert_eq!(described(&key), expected);
        let table = table(&[key], &TimeZone::UTC, Screen::PLAIN);
        let line = table.lines().nth(1).unwrap();
        assert!(
            line.starts_with("1000  alice  bob  SHA256:abcdef  ECDSA 256"),
            "{line}"
        );
    }

    #[test]
    fn keys_that_can_be_derived_again_are_said_to_be() {
        let key = example_orphan("alice", "SHA256:abcdef");
        assert_eq!(note_deleted(&[&key]), None);
        let derived = OrphanInfo {
            origin: WireWord(Origin::Derived),
            ..key.clone()
        };
        let note = note_deleted(&[&key, &derived]);
        let note = note.expect("a note");
        assert!(note.contains("same uid and name"), "{note}");
        // That would end every key of every user.
        assert!(!note.contains("clear"), "{note}");
    }
}
