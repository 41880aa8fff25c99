//! Keys whose users are gone, as the broker lists them page by page, and how they are shown.

use jiff::tz::TimeZone;
use serde::Serialize;
use sshtpm_dbus::{OrphanInfo, WireWord, option};
use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::tpm::KeyState;
use zbus::Variant;

use super::args::ListArgs;
use super::error::Failure;
use super::key_listing::type_label;
use super::local_time::local_day;
use super::output::{advise, print, print_json};
use super::screen::Screen;
use super::session::{Options, Session};
use super::short_names::HASH;
use super::table::Table;

/// Most answers of the broker that are taken together: 128 keys each, so more than 100,000.
const MAX_PAGES: usize = 1024;

/// Shortest beginning of a fingerprint that names a key, in characters after `SHA256:`.
const MIN_PREFIX_CHARS: usize = 4;

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

fn table(keys: &[OrphanInfo], zone: &TimeZone, screen: Screen) -> String {
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

/// What is said of those of `keys` that deleting does not end, if there are any.
pub(crate) fn note_deleted(keys: &[&OrphanInfo]) -> Option<&'static str> {
    let is_derived = keys.iter().any(|key| key.origin == Origin::Derived);
    is_derived.then_some(
        "The TPM can derive the derived keys again, for a new user with the same uid and name. \
         Give a new user another uid or another name.",
    )
}

/// The keys that `names` mean, each once: whole fingerprints or beginnings of them.
///
/// # Errors
///
/// A name means none, or more than one.
pub(crate) fn meant_by<'k>(
    names: &[String],
    keys: &'k [OrphanInfo],
) -> Result<Vec<&'k OrphanInfo>, Failure> {
    let mut meant: Vec<&OrphanInfo> = Vec::new();
    for name in names {
        let key = meant_by_one(name, keys)?;
        if meant
            .iter()
            .all(|known| known.fingerprint != key.fingerprint)
        {
            meant.push(key);
        }
    }
    Ok(meant)
}

fn meant_by_one<'k>(name: &str, keys: &'k [OrphanInfo]) -> Result<&'k OrphanInfo, Failure> {
    let digits = name.strip_prefix(HASH).unwrap_or(name);
    let is_long_enough = digits.chars().count() >= MIN_PREFIX_CHARS;
    let begins = |key: &&OrphanInfo| {
        let own = key.fingerprint.strip_prefix(HASH);
        is_long_enough && own.is_some_and(|own| own.starts_with(digits))
    };
    let mut candidates = keys.iter().filter(begins);
    let why = match (candidates.next(), candidates.next()) {
        (Some(key), None) => return Ok(key),
        (Some(_), Some(_)) => "more than one fingerprint begins with it",
        (None, _) => "no key of a user who is gone has this fingerprint",
    };
    let failure = Failure::new(format!("cannot find key `{}`", printable(name)), why);
    Err(failure.and_next("`sshtpm list --orphans` shows the keys of users who are gone."))
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

/// A key of a user who is gone as `--json` prints it. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
struct OrphanJson<'a> {
    /// The uid that the user had.
    uid: u32,
    /// The name that the user had.
    owner: &'a str,
    /// The user who has that uid now; `null` if no user has it.
    present_owner: Option<&'a str>,
    /// `SHA256:` and 43 characters.
    fingerprint: &'a str,
    /// SSH name of the key type.
    algorithm: &'a str,
    /// Length in bits.
    bits: u32,
    /// What the user called it.
    comment: &'a str,
    /// Key type and base64 blob, without the comment.
    public_key: &'a str,
    /// When it was generated or imported, in seconds since 1970-01-01 UTC.
    created: u64,
    /// When it made its last signature, in seconds since 1970-01-01 UTC; `null` is never.
    last_used: Option<u64>,
    /// `usable`, `lost` or `unknown`.
    state: WireWord<KeyState>,
    /// Whether the TPM itself keeps it.
    persistent: bool,
    /// `generated`, `imported`, `adopted` or `derived`.
    origin: WireWord<Origin>,
    /// Whether it is lost and its record archived.
    archived: bool,
}

impl<'a> From<&'a OrphanInfo> for OrphanJson<'a> {
    fn from(key: &'a OrphanInfo) -> Self {
        let present = key.present_owner.as_str();
        Self {
            uid: key.uid,
            owner: &key.owner,
            present_owner: (!present.is_empty()).then_some(present),
            fingerprint: &key.fingerprint,
            algorithm: &key.algorithm,
            bits: key.bits,
            comment: &key.comment,
            public_key: &key.public_key,
            created: key.created,
            last_used: (key.last_used != 0).then_some(key.last_used),
            state: key.state,
            persistent: key.persistent,
            origin: key.origin,
            archived: key.archived,
        }
    }
}

/// A key for tests.
#[cfg(test)]
pub(crate) fn example_orphan(owner: &str, fingerprint: &str) -> OrphanInfo {
    OrphanInfo {
        uid: 1000,
        owner: owner.to_owned(),
        present_owner: String::new(),
        fingerprint: fingerprint.to_owned(),
        algorithm: "ecdsa-sha2-nistp256".to_owned(),
        bits: 256,
        comment: "laptop".to_owned(),
        public_key: "ecdsa-sha2-nistp256 AAAA".to_owned(),
        created: 1_700_000_000,
        last_used: 0,
        state: WireWord(KeyState::Usable),
        persistent: false,
        origin: WireWord(Origin::Generated),
        archived: false,
    }
}

#[cfg(test)]
mod tests {
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
    fn a_name_means_one_key_by_its_fingerprint_alone() {
        let keys = [
            example_orphan("alice", "SHA256:abcdef"),
            example_orphan("alice", "SHA256:abcdxx"),
        ];
        let meant = |name: &str| meant_by(&[name.to_owned()], &keys);
        assert_eq!(meant("abcde").unwrap(), [&keys[0]]);
        assert_eq!(meant("SHA256:abcdx").unwrap(), [&keys[1]]);
        for name in ["abc", "abcd", "laptop", "zzzz"] {
            assert!(meant(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_archived_key_is_listed_as_such() {
        let key = OrphanInfo {
            archived: true,
            ..example_orphan("alice", "SHA256:abcdef")
        };
        let table = table(&[key], &TimeZone::UTC, Screen::PLAIN);
        assert!(table.contains("ECDSA 256 (archived)"), "{table}");
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

    #[test]
    fn in_json_a_uid_without_a_user_is_null() {
        let json = serde_json::to_value(OrphanJson::from(&example_orphan("alice", "SHA256:a")));
        let json = json.unwrap();
        assert!(json["present_owner"].is_null() && json["last_used"].is_null());
        assert_eq!(
            (&json["owner"], &json["uid"]),
            (&"alice".into(), &1000.into())
        );
    }
}
