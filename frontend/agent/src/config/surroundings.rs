//! What the paths in a configuration depend on: the user and the environment.

use std::ffi::OsString;

use nix::unistd::getuid;

/// The user and the environment of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    uid: u32,
    variable: fn(&str) -> Option<OsString>,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Self::new(getuid().as_raw(), |name| std::env::var_os(name))
    }

    /// The user `uid`, with the variables that `variable` knows.
    pub(crate) fn new(uid: u32, variable: fn(&str) -> Option<OsString>) -> Self {
        Self { uid, variable }
    }

    /// The number of the user.
    pub(crate) fn uid(self) -> u32 {
        self.uid
    }

    /// The value of a variable.
    pub(crate) fn variable(self, name: &str) -> Option<OsString> {
        (self.variable)(name)
    }
}
