//! Whether the bus lets requests through to the broker.

use super::finding::Finding;
use crate::probe::broker::Facts;
use crate::probe::bus::NoAnswer;

/// Whether the bus's policy lets the caller talk to the broker.
pub(crate) fn check(facts: &Result<Facts, NoAnswer>) -> Finding {
    match facts {
        Err(NoAnswer::NoBus(_)) => Finding::skipped("there is no bus to ask"),
        Err(NoAnswer::NoOwner(_)) => Finding::skipped("there is no broker to ask"),
        Err(NoAnswer::Denied(why)) => Finding::fail(
            format!("the bus does not let you talk to the broker: {why}"),
            "Its policy is /usr/share/dbus-1/system.d/org.sshtpm.Broker1.conf: is it installed?\n\
             Then look for a <deny> in /etc/dbus-1/system.d, and run `sudo systemctl reload dbus`.",
        ),
        // The bus let the question through, whatever the answer was.
        Ok(_) | Err(NoAnswer::Silent | NoAnswer::Unknown | NoAnswer::Other { .. }) => {
            Finding::ok("the bus lets requests through to the broker")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NoAnswer, check};
    use crate::checks::finding::Finding;
    use crate::probe::broker::example;

    #[test]
    fn only_a_refusal_by_the_bus_is_the_policy_s_fault() {
        assert!(matches!(check(&Ok(example())), Finding::Ok(_)));
        assert!(matches!(check(&Err(NoAnswer::Silent)), Finding::Ok(_)));
        let text = "rejected".to_owned();
        let denied = check(&Err(NoAnswer::Denied(text.clone())));
        assert!(matches!(denied, Finding::Fail(_)));
        let no_owner = check(&Err(NoAnswer::NoOwner(text)));
        assert!(matches!(no_owner, Finding::Skipped(_)));
    }
}
