//! Which keys nothing brings back.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::origin::Origin;

use super::finding::Finding;
use crate::key_selector::describe;
use crate::key_state::is_lost;
use crate::probe::keys::Keys;

/// Most keys that are named; the others are counted.
const MOST_NAMED: usize = 3;

/// What to remember about keys that the TPM generated: they can no longer be copied. Not a fault,
/// because a second way in is as good as a backup, and cannot be seen from here. `None` if there
/// are none.
pub(super) fn check(keys: &Keys) -> Option<Finding> {
    let keys = keys.as_ref().ok()?;
    let without: Vec<&KeyInfo> = keys.iter().filter(|key| has_no_way_back(key)).collect();
    let names: Vec<String> = without
        .iter()
        .take(MOST_NAMED)
        .map(|key| describe(key))
        .collect();
    let others = match without.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    (!without.is_empty()).then(|| {
        Finding::ok(format!(
            "if the TPM is lost, nothing brings back {}{others}; have a second way in, or a key \
             by `sshtpm keygen --backup FILE`",
            names.join(", ")
        ))
    })
}

fn has_no_way_back(key: &KeyInfo) -> bool {
    key.origin.0 == Origin::Generated && !key.backed_up && !is_lost(key)
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::{KeyInfo, WireWord};
    use sshtpm_ssh::origin::Origin;
    use sshtpm_ssh::tpm::KeyState;

    use super::check;
    use crate::checks::finding::Finding;
    use crate::key_listing::example_key;
    use crate::probe::keys::Unlisted;

    fn named(comment: &str) -> KeyInfo {
        KeyInfo {
            comment: comment.to_owned(),
            origin: WireWord(Origin::Generated),
            backed_up: false,
            ..example_key()
        }
    }

    #[test]
    fn keys_that_nothing_brings_back_are_named_without_being_a_fault() {
        let keys: Vec<_> = ["a1", "b2", "c3", "d4", "e5"].map(named).into();
        let Some(Finding::Ok(said)) = check(&Ok(keys)) else {
            panic!("it is a fault, or nothing is said");
        };
        assert!(
            said.contains(" a1, ") && said.contains(" c3 and 2 more"),
            "{said}"
        );
        assert!(!said.contains("d4"), "{said}");
    }

    #[test]
    fn keys_with_a_copy_and_lost_ones_are_not_named() {
        let imported = KeyInfo {
            origin: WireWord(Origin::Imported),
            ..named("a")
        };
        let backed_up = KeyInfo {
            backed_up: true,
            ..imported.clone()
        };
        let lost = KeyInfo {
            state: WireWord(KeyState::Lost),
            ..named("c")
        };
        assert_eq!(check(&Ok(vec![imported, backed_up, lost])), None);
        assert_eq!(check(&Err(Unlisted::NoBroker)), None);
    }
}
