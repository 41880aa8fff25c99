//! `sshtpm log`: how the caller's keys were used.

use std::io::Write;

use jiff::tz::TimeZone;
use sshtpm_dbus::{KeyInfo, KeyUse, option};
use zbus::Variant;

use super::args::LogArgs;
use super::error::Failure;
use super::key_selector::KeySelector;
use super::output::{print, print_json};
use super::session::{Options, Session};
use super::use_listing::{UseJson, table};

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, the broker refuses, or the record cannot be printed.
pub(crate) async fn run(session: &Session, args: &LogArgs) -> Result<(), Failure> {
    let keys = session.list(None).await?;
    let key = args.key.as_deref().map(|name| fingerprint(name, &keys));
    let options: Options<'_> = key
        .transpose()?
        .map(|key| (option::KEY, Variant::from(key)))
        .into_iter()
        .collect();
    let uses = session
        .call("cannot show how your keys were used", async |keys| {
            keys.get_uses(&options).await
        })
        .await?;
    let uses = last(&uses, args.number);
    if args.json.json {
        return print_json(&uses.iter().map(UseJson::from).collect::<Vec<_>>());
    }
    if uses.is_empty() {
        // Beside the list, not in it; so a closed stderr is no failure of the list either.
        let _ = writeln!(std::io::stderr(), "no uses are recorded");
        return Ok(());
    }
    print(&table(uses, &keys, &TimeZone::system()))
}

/// The key that is meant: one that is there, or the whole fingerprint of one that was deleted.
fn fingerprint<'a>(name: &'a str, keys: &'a [KeyInfo]) -> Result<&'a str, Failure> {
    match KeySelector::new(name).find(keys, None) {
        Ok(key) => Ok(&key.fingerprint),
        Err(_) if is_fingerprint(name) => Ok(name),
        Err(failure) => Err(failure),
    }
}

/// `SHA256:` and 43 characters of unpadded base64.
fn is_fingerprint(name: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    let digits = name.strip_prefix("SHA256:");
    digits.is_some_and(|digits| digits.len() == 43 && digits.bytes().all(is_digit))
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
