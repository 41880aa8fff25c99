//! Whether the user's desktop shows notifications.
//!
//! May touch: the session bus, with questions to the bus itself. Must never start a server or show
//! anything.
//!
//! Spec: Desktop Notifications Specification 1.2.

use std::time::Duration;

use zbus::fdo::DBusProxy;
use zbus::names::BusName;

/// The name of the server.
const SERVER: &str = "org.freedesktop.Notifications";

/// How long the bus may take for all questions. It looks into tables.
const MAX_ANSWER: Duration = Duration::from_secs(10);

/// Who shows notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// A program does, or the bus can start one.
    There,
    /// No program does.
    Missing,
    /// There is no session bus, for this reason.
    NoBus(String),
}

/// Asks the session bus.
pub(crate) async fn server() -> Server {
    match tokio::time::timeout(MAX_ANSWER, ask()).await {
        Ok(Ok(true)) => Server::There,
        Ok(Ok(false)) => Server::Missing,
        Ok(Err(error)) => Server::NoBus(error.to_string()),
        Err(_elapsed) => Server::NoBus("it does not answer".to_owned()),
    }
}

async fn ask() -> zbus::Result<bool> {
    let bus = zbus::connection::Builder::session();
    let bus = DBusProxy::new(&bus.build().await?).await?;
    if bus.name_has_owner(BusName::try_from(SERVER)?).await? {
        return Ok(true);
    }
    let startable = bus.list_activatable_names().await?;
    Ok(startable.iter().any(|name| name.as_str() == SERVER))
}
