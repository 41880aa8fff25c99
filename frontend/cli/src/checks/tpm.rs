//! The TPM, as the broker finds it.

use std::time::Duration;

use sshtpm_ssh::tpm::TpmState;

use super::finding::Finding;
use crate::probe::broker::Facts;
use crate::probe::bus::NoAnswer;
use crate::tpm_bench::chips::SLOWEST_SIGN_P256;

/// Whether the TPM can be used.
pub(crate) fn check(facts: &Result<Facts, NoAnswer>) -> Finding {
    let Ok(facts) = facts else {
        return Finding::skipped("only the broker can ask the TPM");
    };
    let state = facts.state;
    match state {
        TpmState::Ready => ready(facts),
        TpmState::Starting => Finding::warn(
            "the broker has not talked to the TPM yet",
            "Run this again in a few seconds.",
        ),
        TpmState::Absent | TpmState::Hung | TpmState::Unprovisioned | TpmState::Failed => {
            Finding::fail(format!("{state}: {}", facts.state_reason), next(state))
        }
    }
}

/// What it is, and whether it is as fast as others.
fn ready(facts: &Facts) -> Finding {
    let name = [&facts.manufacturer, &facts.firmware, &facts.device];
    let known = name.into_iter().filter(|part| !part.is_empty());
    let known: Vec<&str> = known.map(String::as_str).collect();
    let found = format!("the TPM is ready: {}", known.join(", "));
    match facts.signature_time {
        None => Finding::ok(found),
        Some(time) if time > SLOWEST_SIGN_P256 => Finding::warn(
            format!(
                "{found}; it is slow: a P-256 signature takes {} ms, and {} ms with the slowest \
                 chip of which figures were published",
                time.as_millis(),
                SLOWEST_SIGN_P256.as_millis()
            ),
            SLOW,
        ),
        Some(time) => Finding::ok(format!("{found}; signs in {}", in_words(time))),
    }
}

/// What to do about a slow one.
const SLOW: &str = "An administrator can measure it on an idle machine: `sudo sshtpm tpm bench`.\n\
     Another program may use the TPM all the time, or a firmware update may help.";

fn in_words(time: Duration) -> String {
    match time.as_millis() {
        0 => "less than 1 ms".to_owned(),
        milliseconds => format!("{milliseconds} ms"),
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
    use std::time::Duration;

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

    fn that_signs_in(milliseconds: u64) -> Finding {
        check(&Ok(Facts {
            signature_time: Some(Duration::from_millis(milliseconds)),
            ..example()
        }))
    }

    #[test]
    fn a_tpm_as_fast_as_others_is_said_to_sign_in_that_time() {
        let Finding::Ok(found) = that_signs_in(70) else {
            panic!("it is not fine");
        };
        assert!(found.ends_with("; signs in 70 ms"), "{found}");
    }

    #[test]
    fn a_tpm_slower_than_all_others_is_a_warning() {
        let Finding::Warn(advice) = that_signs_in(400) else {
            panic!("no warning");
        };
        assert!(
            advice.found.contains("takes 400 ms, and 190 ms"),
            "{advice:?}"
        );
        assert!(advice.next.contains("sudo sshtpm tpm bench"), "{advice:?}");
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
