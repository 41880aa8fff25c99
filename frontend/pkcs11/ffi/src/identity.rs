//! Whose process this is.
//!
//! May touch: nothing but the numbers of the process and its users.

use nix::errno::Errno;
use nix::unistd::{ResGid, ResUid, getresgid, getresuid};

/// A process, and the user IDs with which it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    process: u32,
    users: ResUid,
}

impl Identity {
    /// That of this process, as it is now.
    ///
    /// # Errors
    ///
    /// The kernel does not say.
    pub(crate) fn now() -> Result<Self, Errno> {
        Ok(Self {
            process: std::process::id(),
            users: getresuid()?,
        })
    }
}

/// Whether this process acts for one user alone, and can become no other. `is_secure`: the kernel
/// gave its program more rights than the user who started it has, as for a file with capabilities.
///
/// # Errors
///
/// The kernel does not say.
pub(crate) fn has_one_user(is_secure: bool) -> Result<bool, Errno> {
    Ok(!is_secure && is_one_user(getresuid()?, getresgid()?))
}

fn is_one_user(users: ResUid, groups: ResGid) -> bool {
    let ResUid {
        real,
        effective,
        saved,
    } = users;
    let is_one = real == effective && effective == saved;
    is_one && groups.real == groups.effective && groups.effective == groups.saved
}

#[cfg(test)]
mod tests {
    use nix::unistd::{Gid, ResGid, ResUid, Uid};

    use super::{Identity, has_one_user, is_one_user};

    #[test]
    fn a_process_can_go_back_to_no_other_user_or_group() {
        let acts_for_one = |users: [u32; 3], groups: [u32; 3]| {
            let [real, effective, saved] = users.map(Uid::from_raw);
            let users = ResUid {
                real,
                effective,
                saved,
            };
            let [real, effective, saved] = groups.map(Gid::from_raw);
            let groups = ResGid {
                real,
                effective,
                saved,
            };
            is_one_user(users, groups)
        };
        assert!(acts_for_one([1, 1, 1], [2, 2, 2]));
        for other in [[0, 1, 1], [1, 0, 1], [1, 1, 0]] {
            assert!(!acts_for_one(other, [2, 2, 2]));
            assert!(!acts_for_one([1, 1, 1], other));
        }
    }

    #[test]
    fn a_program_with_rights_of_its_file_is_not_its_users_alone() {
        assert_eq!(has_one_user(true), Ok(false));
    }

    #[test]
    fn a_process_with_another_user_is_another() {
        let now = Identity::now().unwrap();
        assert_eq!(Identity::now(), Ok(now));
        let mut later = now;
        later.users.saved = Uid::from_raw(now.users.saved.as_raw() + 1);
        assert_ne!(later, now);
    }
}
