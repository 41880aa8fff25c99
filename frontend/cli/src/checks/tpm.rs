//! The TPM, as the broker finds it.

use sshtpm_ssh::tpm::TpmState;

use super::finding::Finding;
use crate::probe::broker::Facts;
use crate::probe::bus::NoAnswer;

/// Whether the TPM can be used.
pub(crate) fn check(facts: &Result<Facts, NoAnswer>) -> Finding {
    let Ok(facts) = facts else {
        return Finding::skipped("only the broker can ask the TPM");
    };
    let state = facts.state;
    match state {
        TpmState::Ready => {
            let name = [&facts.manufacturer, &facts.firmware, &facts.device];
            let known = name.into_iter().filter(|part| !part.is_empty());
            let known: Vec<&str> = known.map(String::as_str).collect();
            Finding::ok(format!("the TPM is ready: {}", known.join(", ")))
        }
        TpmState::Starting => Finding::warn(
            "the broker has not talked to the TPM yet",
            "Run this again in a few seconds.",
        ),
        TpmState::Absent | TpmState::Hung | TpmState::Unprovisioned | TpmState::Failed => {
            Finding::fail(format!("{state}: {}", facts.state_reason), next(state))
        }
    }
}

fn next(state: TpmState) -> &'static str {
    match state {
        TpmState::Hung => {
            "The broker uses it again as soon as it answers. If it stays silent, switch the \
             machine off and on."
        }
        TpmState::Unprovisioned => {
            "The administrator creates the parent key once, as described above; the broker \
             then finds it."
        }
        _ => "`journalctl -u sshtpm-broker` says more.",
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_ssh::tpm::TpmState;

    use super::{NoAnswer, check};
    use crate::checks::finding::Finding;
    use crate::probe::broker::{Facts, example};

    fn in_state(state: TpmState) -> Finding {
        check(&Ok(Facts {
            state,
            state_reason: "the reason".to_owned(),
            ..example()
        }))
    }

    #[test]
    fn a_tpm_in_use_is_named() {
        let expected = Finding::ok("the TPM is ready: IFX, 7.85, device:/dev/tpmrm0");
        assert_eq!(check(&Ok(example())), expected);
    }

    #[test]
    fn a_tpm_that_cannot_be_used_fails_with_the_broker_s_reason() {
        for state in [
            TpmState::Absent,
            TpmState::Hung,
            TpmState::Unprovisioned,
            TpmState::Failed,
        ] {
            let Finding::Fail(advice) = in_state(state) else {
                panic!("{state} did not fail");
            };
            assert!(advice.found.contains("the reason"), "{advice:?}");
        }
    }

    #[test]
    fn a_tpm_that_was_not_asked_yet_is_a_warning() {
        assert!(matches!(in_state(TpmState::Starting), Finding::Warn(_)));
    }

    #[test]
    fn without_a_broker_nothing_is_known() {
        assert!(matches!(check(&Err(NoAnswer::Silent)), Finding::Skipped(_)));
    }
}
