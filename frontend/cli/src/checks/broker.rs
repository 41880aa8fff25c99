//! Whether the broker answers, and is of the version of this program.

use sshtpm_dbus::BUS_NAME;

use super::finding::Finding;
use crate::probe::broker::Facts;
use crate::probe::bus::NoAnswer;

/// Where its own words are.
const JOURNAL: &str = "`systemctl status sshtpm-broker` and `journalctl -u sshtpm-broker` say why.";

/// Whether it answers, and fits to this program.
pub(crate) fn check(facts: &Result<Facts, NoAnswer>) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    match facts {
        Ok(facts) if facts.version == own => {
            Finding::ok(format!("the broker answers, and has version {own}"))
        }
        Ok(facts) => Finding::warn(
            format!(
                "it has version {}, this program has {own}",
                facts.version.as_str()
            ),
            "After an update: `sudo systemctl restart sshtpm-broker`.",
        ),
        Err(NoAnswer::NoBus(_)) => Finding::skipped("there is no bus to ask"),
        Err(NoAnswer::Denied(_)) => Finding::skipped("the bus does not let the broker be asked"),
        Err(NoAnswer::NoOwner(why)) => Finding::fail(
            format!("sshtpm-broker is not running, and the bus cannot start it: {why}"),
            format!("Start it: `sudo systemctl start sshtpm-broker`.\n{JOURNAL}"),
        ),
        Err(NoAnswer::Silent) => Finding::fail(
            format!("{BUS_NAME}: {}", NoAnswer::Silent),
            format!("`sudo systemctl restart sshtpm-broker`.\n{JOURNAL}"),
        ),
        Err(error @ (NoAnswer::Unknown | NoAnswer::Other { .. })) => {
            Finding::fail(format!("it answers with an error: {error}"), JOURNAL)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, NoAnswer, check};
    use crate::checks::finding::Finding;
    use crate::probe::broker::example;

    #[test]
    fn a_broker_of_the_same_version_is_fine() {
        assert!(matches!(check(&Ok(example())), Finding::Ok(_)));
    }

    #[test]
    fn a_broker_of_another_version_is_a_warning() {
        let facts = Facts {
            version: "0.0.1".to_owned(),
            ..example()
        };
        let Finding::Warn(advice) = check(&Ok(facts)) else {
            panic!("no warning");
        };
        assert!(advice.found.contains("0.0.1"), "{advice:?}");
    }

    #[test]
    fn a_broker_that_is_not_there_or_silent_fails() {
        for error in [NoAnswer::NoOwner("unknown".to_owned()), NoAnswer::Silent] {
            assert!(matches!(check(&Err(error)), Finding::Fail(_)));
        }
    }

    #[test]
    fn a_broker_that_cannot_be_asked_is_not_blamed() {
        for error in [
            NoAnswer::NoBus("gone".to_owned()),
            NoAnswer::Denied("no".to_owned()),
        ] {
            assert!(matches!(check(&Err(error)), Finding::Skipped(_)));
        }
    }
}
