//! `sshtpm log`: how the caller's keys were used.

use std::io::Write;

use jiff::tz::TimeZone;
use sshtpm_dbus::{KeyInfo, KeyUse};

use super::args::LogArgs;
use super::error::Failure;
use super::follow::follow;
use super::host_names::HostNames;
use super::key_selector::{KeySelector, Unresolved};
use super::output::{print, print_json_line};
use super::screen::Screen;
use super::session::Session;
use super::use_json::UseJson;
use super::use_listing::UseListing;

/// How many are shown before those that `--follow` waits for; as journalctl has it.
const SHOWN_BEFORE: usize = 10;

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, the broker refuses, or the record cannot be printed.
pub(crate) async fn run(session: &Session, args: &LogArgs) -> Result<(), Failure> {
    let keys = session.list(None).await?;
    let key = args.key.as_deref().map(|name| fingerprint(name, &keys));
    let key = key.transpose()?;
    let known = session.uses(key.as_deref()).await?;
    let shown = wanted(&known, args);
    let names = names_for(&known, args.follow, &keys).await;
    if args.follow {
        let shown = shown.to_vec();
        let printer = Printer::new(args, &keys, names);
        return printer.follow(session, key.as_deref(), known, &shown).await;
    }
    if args.json {
        return print_lines(shown, &names);
    }
    if shown.is_empty() {
        // Beside the list, not in it; so a closed stderr is no failure of the list either.
        let _ = writeln!(std::io::stderr(), "No uses are recorded.");
        return Ok(());
    }
    let listing = UseListing::new(&keys, &names, TimeZone::system());
    print(&listing.table(shown).shown_on(screen(args)))
}

/// Uses without a host need no names, which ssh would have to be asked for.
async fn names_for(uses: &[KeyUse], is_followed: bool, keys: &[KeyInfo]) -> HostNames {
    match is_followed || uses.iter().any(|used| !used.destination.is_empty()) {
        true => HostNames::of_user(keys).await,
        false => HostNames::default(),
    }
}

fn screen(args: &LogArgs) -> Screen {
    match args.wide.wide {
        true => Screen::of_stdout().unbounded(),
        false => Screen::of_stdout(),
    }
}

/// Prints uses as they come.
struct Printer<'a> {
    keys: &'a [KeyInfo],
    names: HostNames,
    screen: Screen,
    is_json: bool,
}

impl<'a> Printer<'a> {
    fn new(args: &LogArgs, keys: &'a [KeyInfo], names: HostNames) -> Self {
        Self {
            keys,
            names,
            screen: screen(args),
            is_json: args.json,
        }
    }

    /// Prints `first`, and then what comes after `known`.
    async fn follow(
        self,
        session: &Session,
        key: Option<&str>,
        known: Vec<KeyUse>,
        first: &[KeyUse],
    ) -> Result<(), Failure> {
        let listing = UseListing::new(self.keys, &self.names, TimeZone::system());
        let above = listing.table(first);
        if self.is_json {
            print_lines(first, &self.names)?;
        } else {
            print(&above.shown_on(self.screen))?;
        }
        follow(session, key, known, async |uses| match self.is_json {
            true => print_lines(uses, &self.names),
            false => print(&listing.table(uses).rows_below(&above, self.screen)),
        })
        .await
    }
}

/// Prints an object in each line, as `journalctl -o json` does.
fn print_lines(uses: &[KeyUse], names: &HostNames) -> Result<(), Failure> {
    let mut uses = uses.iter();
    uses.try_for_each(|used| print_json_line(&UseJson::new(used, names)))
}

/// The fingerprint of the key that is meant: of one that is there, or of one that was deleted.
fn fingerprint(name: &str, keys: &[KeyInfo]) -> Result<String, Failure> {
    let selector = KeySelector::new(name);
    match selector.resolve(keys) {
        Ok(key) => Ok(key.fingerprint.clone()),
        Err(Unresolved::Absent(fingerprint)) => Ok(fingerprint.to_string()),
        Err(unresolved) => Err(selector.failure(&unresolved, None)),
    }
}

/// Those that are not too old and among the last.
fn wanted<'a>(uses: &'a [KeyUse], args: &LogArgs) -> &'a [KeyUse] {
    let is_early = |used: &KeyUse| args.since.is_some_and(|since| !since.includes(used.time));
    let early = uses.iter().take_while(|used| is_early(used)).count();
    let recent = uses.get(early..).unwrap_or_default();
    let usual = (args.follow && args.since.is_none()).then_some(SHOWN_BEFORE);
    last(recent, args.number.or(usual))
}

fn last(uses: &[KeyUse], number: Option<usize>) -> &[KeyUse] {
    let skipped = number.map_or(0, |number| uses.len().saturating_sub(number));
    uses.get(skipped..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyUse;

    use super::{fingerprint, last};
    use crate::key_listing::example_key;
    use crate::use_listing::example_use;

    #[test]
    fn a_deleted_key_is_named_by_its_whole_fingerprint() {
        let keys = [example_key()];
        let deleted = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        assert_eq!(fingerprint("ann@host", &keys).unwrap(), keys[0].fingerprint);
        assert_eq!(fingerprint(deleted, &keys).unwrap(), deleted);
        assert!(fingerprint(&deleted[..20], &keys).is_err());
        assert!(fingerprint("bob@host", &keys).is_err());
        let line = keys[0].public_key.clone();
        assert_eq!(fingerprint(&line, &[]).unwrap(), keys[0].fingerprint);
    }

    #[test]
    fn the_last_ones_are_the_newest() {
        let at = |time| KeyUse {
            time,
            ..example_use()
        };
        let uses: Vec<_> = (0..5).map(at).collect();
        assert_eq!(last(&uses, Some(2)), &uses[3..]);
        assert_eq!(last(&uses, Some(9)), &uses[..]);
        assert_eq!(last(&uses, None), &uses[..]);
        assert_eq!(last(&uses, Some(0)), []);
    }
}
