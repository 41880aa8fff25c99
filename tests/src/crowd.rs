//! Many users of one machine, beside those that `tests/machine` makes.

use std::fmt::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, chown};

use crate::machine::Machine;
use crate::user::User;

/// Higher than every user ID that `tests/machine` gives, and lower than those of keys whose owners
/// the user database does not know.
const FIRST_UID: u32 = 20_000;

/// So many users, who have no password. Their names stay in memory until the program ends.
///
/// # Panics
///
/// They cannot be made.
pub fn make(machine: &Machine, count: u32) -> Vec<User<'_>> {
    let name = |number| &*format!("crowd{number}").leak();
    let users = (0..count).map(|number| User::new(machine, name(number), FIRST_UID + number));
    let users: Vec<_> = users.collect();
    let mut lines = String::new();
    for user in &users {
        let (name, uid, home) = (user.name(), user.uid(), user.home());
        let written = writeln!(lines, "{name}:x:{uid}:{uid}::{home}:/bin/sh");
        written.expect("a string takes everything");
    }
    let append = machine.root().command("sh -c").arg("cat >>/etc/passwd");
    append.stdin(lines).run().ok();
    let directories: Vec<_> = users
        .iter()
        .flat_map(|user| {
            [
                (user.home(), user.uid()),
                (user.runtime_directory(), user.uid()),
            ]
        })
        .collect();
    machine.enter(|| {
        let mut private = std::fs::DirBuilder::new();
        private.mode(0o700);
        for (path, uid) in directories {
            private.create(&path).expect("root can make a directory");
            chown(&path, Some(uid), Some(uid)).expect("root can give it away");
        }
    });
    users
}
