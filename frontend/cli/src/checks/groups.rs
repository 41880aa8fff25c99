//! Whether the user is in group `tss`, which sshtpm does not require.
//!
//! May touch: the user database.

use nix::unistd::{Group, User, getgroups, getuid};

use super::finding::Finding;
use crate::shell_word::shell_word;

/// The group to which udev's rules give TPM devices.
const GROUP: &str = "tss";

/// Whether the caller is a member of [`GROUP`], in this session or from the next login on.
pub(crate) fn check(is_root: bool) -> Finding {
    if is_root {
        return Finding::skipped("root needs no group");
    }
    let Ok(Some(group)) = Group::from_name(GROUP) else {
        return Finding::ok(format!("there is no group {GROUP}"));
    };
    let user = match User::from_uid(getuid()) {
        Ok(Some(user)) => user.name,
        _ => getuid().to_string(),
    };
    let in_session = getgroups().is_ok_and(|groups| groups.contains(&group.gid));
    judge(&user, group.mem.contains(&user), in_session)
}

fn judge(user: &str, is_listed: bool, in_session: bool) -> Finding {
    let why =
        "The group lets every program of yours send the TPM any command; sshtpm does not need it.";
    match (is_listed, in_session) {
        (false, false) => Finding::ok(format!("you are not in group {GROUP}, which is right")),
        (true, _) => Finding::warn(
            format!("you are in group {GROUP}"),
            format!(
                "{why}\nUnless another program does: `sudo gpasswd -d {} {GROUP}`, then log in \
                 again.",
                shell_word(user)
            ),
        ),
        (false, true) => Finding::warn(
            format!("this session is still in group {GROUP}"),
            format!("{why}\nLog in again."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::checks::finding::Finding;

    #[test]
    fn a_user_outside_the_group_is_fine() {
        assert!(matches!(judge("ann", false, false), Finding::Ok(_)));
    }

    #[test]
    fn a_member_learns_how_to_leave() {
        let Finding::Warn(advice) = judge("ann", true, true) else {
            panic!("no warning");
        };
        assert!(
            advice.next.contains("`sudo gpasswd -d ann tss`"),
            "{advice:?}"
        );
    }

    #[test]
    fn a_session_from_before_is_told_to_end() {
        let Finding::Warn(advice) = judge("ann", false, true) else {
            panic!("no warning");
        };
        assert!(advice.next.ends_with("Log in again."), "{advice:?}");
    }
}
