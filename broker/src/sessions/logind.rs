//! The part of logind's interface that the broker uses: org.freedesktop.login1(5). Calls never
//! start logind.

use zbus::{OwnedFd, OwnedObjectPath};

/// Number, uid, user name, seat and object of a session.
pub(super) type ListedSession = (String, u32, String, String, OwnedObjectPath);

#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
pub(super) trait Manager {
    #[zbus(no_autostart)]
    fn list_sessions(&self) -> zbus::Result<Vec<ListedSession>>;

    #[zbus(no_autostart)]
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;

    #[zbus(signal)]
    fn session_new(&self, id: String, path: OwnedObjectPath) -> zbus::Result<()>;

    #[zbus(signal)]
    fn session_removed(&self, id: String, path: OwnedObjectPath) -> zbus::Result<()>;

    #[zbus(signal)]
    fn prepare_for_sleep(&self, start: bool) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.login1.Session",
    default_service = "org.freedesktop.login1"
)]
pub(super) trait Session {
    #[zbus(property)]
    fn class(&self) -> zbus::Result<String>;
}
