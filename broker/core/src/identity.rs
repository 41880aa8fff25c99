//! Users: the caller of a request, and the owner of a key.

use std::fmt;
use std::sync::Arc;

/// A user of the machine, by uid and name. Both have to match, so that a reused uid does not come
/// with the keys of its former user. A copy shares both.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner(Arc<(Uid, UserName)>);

impl Owner {
    /// The user with this uid and this name.
    pub fn new(uid: Uid, name: UserName) -> Self {
        Self(Arc::new((uid, name)))
    }

    /// The numeric user ID.
    pub fn uid(&self) -> Uid {
        self.0.0
    }

    /// The name in the user database.
    pub fn name(&self) -> &UserName {
        &self.0.1
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (uid {})", self.name().0, self.uid().0)
    }
}

/// The system user to whom sshd's host keys belong.
pub const HOST_USER: &str = "sshtpm-host";

/// A numeric user ID, as the bus daemon or the user database says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(pub u32);

/// A user name from the user database; its copies share the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserName(Arc<str>);

impl UserName {
    /// Takes what the user database gave; `None` if it is empty, longer than
    /// [`MAX_USER_NAME_BYTES`] or has control characters, so that it can be stored and logged.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        let fits = !name.is_empty() && name.len() <= MAX_USER_NAME_BYTES;
        (fits && !name.chars().any(char::is_control)).then(|| Self(name.into()))
    }

    /// The name, of 1 to [`MAX_USER_NAME_BYTES`] bytes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Longest user name, in bytes (`LOGIN_NAME_MAX` of Linux, without the final NUL).
pub const MAX_USER_NAME_BYTES: usize = 255;

/// The sender of a message on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Unique bus name (`:1.42`). polkit identifies the caller by it, and by nothing else.
    pub bus_name: String,
    /// The user of the connection, as the bus daemon says.
    pub owner: Owner,
    /// Whether the message allows a password prompt.
    pub interactive: bool,
}
