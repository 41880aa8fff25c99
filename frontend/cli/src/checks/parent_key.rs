//! The parent key, below which all keys are.

use sshtpm_ssh::tpm::TpmState;

use super::finding::Finding;
use crate::probe::broker::Facts;
use crate::probe::bus::NoAnswer;

/// Whether it is there.
pub(crate) fn check(facts: &Result<Facts, NoAnswer>) -> Finding {
    let Ok(facts) = facts else {
        return Finding::skipped("only the broker can look for it");
    };
    let handle = format!("{:#010x}", facts.parent_handle);
    match (facts.state, facts.parent_name.is_empty()) {
        (TpmState::Ready, false) => Finding::ok(format!("the parent key is at {handle}")),
        (TpmState::Ready, true) => Finding::fail(
            format!("the broker does not say which key is at {handle}"),
            "`sudo systemctl restart sshtpm-broker`, then look again.",
        ),
        // What the broker says was so when the TPM answered last.
        (state, _) => Finding::skipped(format!("the TPM is {state}")),
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_ssh::tpm::TpmState;

    use super::{NoAnswer, check};
    use crate::checks::finding::Finding;
    use crate::probe::broker::{Facts, example};

    fn without_name(state: TpmState) -> Finding {
        check(&Ok(Facts {
            state,
            parent_name: String::new(),
            ..example()
        }))
    }

    #[test]
    fn a_parent_key_is_named_by_its_handle() {
        assert_eq!(
            check(&Ok(example())),
            Finding::ok("the parent key is at 0x81000001")
        );
    }

    #[test]
    fn a_parent_key_of_a_tpm_that_is_away_was_not_seen() {
        let away = Facts {
            state: TpmState::Absent,
            ..example()
        };
        assert_eq!(check(&Ok(away)), Finding::skipped("the TPM is absent"));
    }

    #[test]
    fn a_parent_key_that_is_missing_fails_only_where_the_tpm_is_ready() {
        assert!(matches!(without_name(TpmState::Ready), Finding::Fail(_)));
        assert!(matches!(
            without_name(TpmState::Absent),
            Finding::Skipped(_)
        ));
        assert!(matches!(check(&Err(NoAnswer::Silent)), Finding::Skipped(_)));
    }
}
