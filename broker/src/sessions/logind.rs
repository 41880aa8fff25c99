//! The part of logind's interface that the broker uses: org.freedesktop.login1(5). Calls never
//! start logind, and never give up: zbus has no limit for calls with flags.

use zbus::fdo::DBusProxy;
use zbus::names::{BusName, OwnedUniqueName, UniqueName, WellKnownName};
use zbus::proxy::CacheProperties;
use zbus::{DeserializeDict, OwnedFd, OwnedObjectPath, Type};

/// logind's name on the bus.
pub(super) const NAME: &str = "org.freedesktop.login1";

/// The interface of a session's object.
pub(super) const SESSION: &str = "org.freedesktop.login1.Session";

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

/// All properties of an object at once, so that they belong together.
#[zbus::proxy(interface = "org.freedesktop.DBus.Properties")]
trait Properties {
    #[zbus(no_autostart)]
    fn get_all(&self, interface: &str) -> zbus::Result<SessionProperties>;
}

/// A session, as it is at one moment.
#[derive(Debug, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub(super) struct SessionProperties {
    /// Its uid, and the object of its user.
    pub(super) user: (u32, OwnedObjectPath),
    pub(super) class: String,
    /// The name of its seat, and the object.
    pub(super) seat: (String, OwnedObjectPath),
    pub(super) remote: bool,
    pub(super) state: String,
    pub(super) locked_hint: bool,
}

/// logind, of which the bus daemon said that it is root's. It is called by its unique name, which
/// no other connection can have.
#[derive(Debug)]
pub(super) struct Logind<'a> {
    connection: &'a zbus::Connection,
    name: OwnedUniqueName,
}

impl<'a> Logind<'a> {
    /// Finds it.
    ///
    /// # Errors
    ///
    /// It is not there, is not root's, or the bus daemon does not say.
    pub(super) async fn find(bus: &'a DBusProxy<'_>) -> zbus::Result<Self> {
        let named = BusName::from(WellKnownName::from_static_str(NAME)?);
        let name = bus.get_name_owner(named).await?;
        let uid = bus.get_connection_unix_user(name.as_ref().into());
        let uid = uid.await?;
        if uid != 0 {
            let text = format!("{NAME} is that of the user {uid}, not of root");
            return Err(zbus::Error::Failure(text));
        }
        Ok(Self {
            connection: bus.inner().connection(),
            name,
        })
    }

    /// Whether it sent a message that names `sender`.
    pub(super) fn is(&self, sender: &UniqueName<'_>) -> bool {
        self.name.as_str() == sender.as_str()
    }

    /// All sessions of the machine.
    ///
    /// # Errors
    ///
    /// It does not say.
    pub(super) async fn sessions(&self) -> zbus::Result<Vec<ListedSession>> {
        let manager = ManagerProxy::builder(self.connection)
            .destination(self.name.as_ref())
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        manager.list_sessions().await
    }

    /// One session; `None` if it has ended.
    ///
    /// # Errors
    ///
    /// It does not say.
    pub(super) async fn session(
        &self,
        path: &OwnedObjectPath,
    ) -> zbus::Result<Option<SessionProperties>> {
        match session_of(self.connection, self.name.as_ref().into(), path).await {
            Ok(session) => Ok(Some(session)),
            Err(zbus::Error::MethodError(error, ..)) if error.as_str() == GONE => Ok(None),
            Err(cause) => Err(cause),
        }
    }
}

/// A session of the logind that has this name.
///
/// # Errors
///
/// It does not say, or the session has ended.
pub(super) async fn session_of(
    connection: &zbus::Connection,
    name: BusName<'_>,
    path: &OwnedObjectPath,
) -> zbus::Result<SessionProperties> {
    let properties = PropertiesProxy::builder(connection)
        .destination(name)
        .path(path)
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    properties.get_all(SESSION).await
}

/// What D-Bus calls an object that is not there.
const GONE: &str = "org.freedesktop.DBus.Error.UnknownObject";
