//! The notification server of the user's desktop.
//!
//! May touch: the session bus.

use std::collections::HashMap;
use std::time::Duration;

use sshtpm_ssh::words::Words;
use zbus::Variant;

use super::notice::Notice;
use super::settings::Occasion;

/// How long the bus or the server may take for an answer. The bus may have to start the server.
const MAX_ANSWER: Duration = Duration::from_secs(10);

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification has as many")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: &HashMap<&str, Variant<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;
}

/// A notification that is shown.
#[derive(Debug)]
pub(super) struct Shown {
    server: NotificationsProxy<'static>,
    id: u32,
}

impl Shown {
    /// Shows `notice`, whose text is `words`.
    ///
    /// # Errors
    ///
    /// There is no session bus, no notification server, or no answer in time.
    pub(super) async fn begin(notice: &Notice, words: &Words) -> zbus::Result<Self> {
        let bus = zbus::connection::Builder::session().method_timeout(MAX_ANSWER);
        let server = NotificationsProxy::new(&bus.build().await?).await?;
        let (urgency, expires) = match notice.occasion {
            Occasion::Used => (URGENCY_LOW, BY_SERVER),
            Occasion::Waiting => (URGENCY_NORMAL, NEVER),
        };
        let hints = HashMap::from([
            ("urgency", Variant::from(urgency)),
            ("transient", Variant::from(true)),
        ]);
        let (summary, text) = (notice.summary(), words.as_str());
        let shown = server.notify(NAME, 0, ICON, summary, text, &[], &hints, expires);
        let id = shown.await?;
        Ok(Self { server, id })
    }

    /// Takes it from the screen.
    pub(super) async fn end(self) {
        // The person may have closed it already.
        let _ = self.server.close_notification(self.id).await;
    }
}

const NAME: &str = "sshtpm";

/// From the Icon Naming Specification.
const ICON: &str = "dialog-password";

/// Values of the hint `urgency`.
const URGENCY_LOW: u8 = 0;
const URGENCY_NORMAL: u8 = 1;

/// Values of `expire_timeout`.
const BY_SERVER: i32 = -1;
const NEVER: i32 = 0;
