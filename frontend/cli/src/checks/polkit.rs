//! Whether polkit answers, knows sshtpm's actions, and lets the caller do the usual things.

use super::finding::Finding;
use crate::probe::bus::NoAnswer;
use crate::probe::polkit::{PREFIX, Permission, Permissions};

/// Whether polkit lets the caller list, use and generate keys.
pub(crate) fn check(answer: &Result<Permissions, NoAnswer>) -> Finding {
    match answer {
        Ok(Permissions::Registered { list, sign, create }) => judge(*list, *sign, *create),
        Ok(Permissions::Unregistered) => Finding::fail(
            "polkit does not know sshtpm's actions, so it refuses everything",
            "Install /usr/share/polkit-1/actions/org.sshtpm.Broker1.policy.",
        ),
        Err(NoAnswer::NoBus(_)) => Finding::skipped("there is no bus to ask"),
        Err(NoAnswer::NoOwner(why)) => Finding::fail(
            format!("polkit is not running, and the bus cannot start it: {why}"),
            "Start it: `sudo systemctl start polkit`. If it is not installed: `sudo apt install \
             polkitd`.\n`systemctl status polkit` says more.",
        ),
        Err(error) => Finding::fail(
            format!("polkit does not answer, which counts as a refusal: {error}"),
            "`sudo systemctl restart polkit`. `journalctl -u polkit` says more.",
        ),
    }
}

fn judge(list: Permission, sign: Permission, create: Permission) -> Finding {
    let asked = [
        ("list-own-keys", "list your keys", list),
        ("use-own-key", "sign with your keys", sign),
        ("create-own-key", "generate keys", create),
    ];
    let find = |wanted| {
        let mut found = asked.iter().filter(move |(_, _, one)| *one == wanted);
        found.next()
    };
    if let Some((action, what, _)) = find(Permission::Refused) {
        return Finding::fail(
            format!("polkit does not let you {what} ({PREFIX}{action})"),
            "Ask the administrator.\n\
             A rule in /etc/polkit-1/rules.d or /usr/share/polkit-1/rules.d says so.",
        );
    }
    match find(Permission::Password) {
        Some((action, what, _)) => Finding::warn(
            format!("polkit wants a password before you {what} ({PREFIX}{action})"),
            "A rule of the administrator requires it.\n\
             Without a person to ask, as in a cron job, polkit refuses.",
        ),
        None => Finding::ok("you may list, use and generate keys"),
    }
}

#[cfg(test)]
mod tests {
    use super::Permission::{Granted, Password, Refused};
    use super::{NoAnswer, Permissions, check, judge};
    use crate::checks::finding::Finding;

    #[test]
    fn a_user_with_all_permissions_is_fine() {
        assert!(matches!(judge(Granted, Granted, Granted), Finding::Ok(_)));
    }

    #[test]
    fn what_is_forbidden_is_named_by_its_action() {
        let Finding::Fail(advice) = judge(Password, Refused, Granted) else {
            panic!("it did not fail");
        };
        let action = "org.sshtpm.Broker1.use-own-key";
        assert!(advice.found.contains(action), "{advice:?}");
    }

    #[test]
    fn a_password_is_a_warning() {
        assert!(matches!(
            judge(Granted, Password, Granted),
            Finding::Warn(_)
        ));
    }

    #[test]
    fn a_polkit_that_does_not_answer_or_knows_nothing_fails() {
        for answer in [
            Ok(Permissions::Unregistered),
            Err(NoAnswer::Silent),
            Err(NoAnswer::NoOwner("unknown".to_owned())),
        ] {
            assert!(matches!(check(&answer), Finding::Fail(_)));
        }
        let no_bus = check(&Err(NoAnswer::NoBus("gone".to_owned())));
        assert!(matches!(no_bus, Finding::Skipped(_)));
    }
}
