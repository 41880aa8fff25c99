//! Which keys of users who are gone a command line means.

use sshtpm_dbus::OrphanInfo;
use sshtpm_ssh::text::printable;

use crate::error::Failure;
use crate::short_names::HASH;

/// Shortest beginning of a fingerprint that names a key, in characters after `SHA256:`.
const MIN_PREFIX_CHARS: usize = 4;

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

#[cfg(test)]
mod tests {
    use super::super::example::example_orphan;
    use super::meant_by;

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
}
