//! Whether root owns the broker's bus name.
//!
//! May touch: asks the bus, which knows the uid behind each connection.

use nix::unistd::{Uid, User};
use sshtpm_dbus::BUS_NAME;

use super::finding::Finding;
use crate::probe::bus::{Bus, NoAnswer};

/// Whether the name belongs to root.
pub(crate) async fn check(bus: &Result<Bus, NoAnswer>) -> Finding {
    match bus {
        Ok(bus) => judge(bus.owner_of(BUS_NAME).await),
        Err(_) => Finding::skipped("there is no bus to ask"),
    }
}

fn judge(uid: Result<u32, NoAnswer>) -> Finding {
    match uid {
        Ok(0) => Finding::ok("root owns the broker's bus name"),
        Ok(uid) => Finding::fail(
            format!("{} owns the broker's bus name, not root", describe(uid)),
            "That is not the broker: give it no PIN. The bus policy was changed.\n\
             Look for own=\"org.sshtpm.Broker1\" in /etc/dbus-1 and /usr/share/dbus-1/system.d.",
        ),
        Err(NoAnswer::NoOwner(_)) => Finding::skipped("the broker's bus name has no owner"),
        Err(error) => Finding::warn(
            format!("the bus does not say which user owns the broker's name: {error}"),
            "`busctl status org.sshtpm.Broker1`, as root, shows it.",
        ),
    }
}

fn describe(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => format!("{} (uid {uid})", user.name),
        _ => format!("uid {uid}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{NoAnswer, judge};
    use crate::checks::finding::Finding;

    #[test]
    fn only_root_may_be_the_broker() {
        assert!(matches!(judge(Ok(0)), Finding::Ok(_)));
        assert!(matches!(judge(Ok(4_000_000)), Finding::Fail(_)));
    }

    #[test]
    fn a_name_without_an_owner_is_skipped() {
        let no_owner = judge(Err(NoAnswer::NoOwner("none".to_owned())));
        assert!(matches!(no_owner, Finding::Skipped(_)));
    }
}
