//! Where notifications are shown.
//!
//! An agent that a user started calls the notification server itself. The agent of systemd's user
//! manager sees no session bus. It sends each notification through `sshtpm-askpass.socket`, as it
//! does questions for PINs, and [`serve`] is at the other end.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::geteuid;
use sshtpm_client::pin::read_to_end;
use sshtpm_ssh::text::printable;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::desktop::Shown;
use super::notice::Notice;
use super::settings::Occasion;
use crate::hang_up::{hung_up, send_all};
use crate::telling::naming::Naming;

/// How long showing a notification may take.
const MAX_SHOWING: Duration = Duration::from_secs(15);

/// Longest reason why a notification is not shown, in bytes.
const MAX_REASON_BYTES: usize = 512;

/// First byte of such a reason. An earlier version of the service takes a notice for a question,
/// and what it answers then may be a PIN, which must not be logged.
const REASON: u8 = b'-';

/// The screen of the user.
#[derive(Debug)]
pub(crate) enum Screen {
    /// That of the desktop on whose session bus the agent is.
    Here(Naming),
    /// Behind the service that listens at this socket.
    AtService(PathBuf),
}

/// Why a notification is not shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotShown {
    #[error("the desktop does not show notifications: {0}")]
    Desktop(#[from] zbus::Error),
    #[error("the askpass service at {} cannot be reached: {error}", .socket.display())]
    Service { socket: PathBuf, error: io::Error },
    #[error("{0}")]
    Said(String),
    #[error(
        "the askpass service is of another version than this agent; \
         run `systemctl --user restart sshtpm-agent.service`"
    )]
    Other,
    #[error("the desktop did not show a notification within {} s", MAX_SHOWING.as_secs())]
    Slow,
}

impl Screen {
    /// Shows `notice`. That somebody is waited for is shown until `over`.
    ///
    /// # Errors
    ///
    /// It cannot be shown.
    pub(super) async fn show(
        &self,
        notice: &Notice,
        over: impl Future<Output = ()>,
    ) -> Result<(), NotShown> {
        match self {
            Self::Here(naming) => {
                let words = naming.put_into_words(&notice.text).await;
                let shown = timeout(MAX_SHOWING, Shown::begin(notice, &words)).await;
                hold(shown.map_err(|_| NotShown::Slow)??, notice, over).await;
                Ok(())
            }
            Self::AtService(socket) => Self::show_at(socket, notice, over).await,
        }
    }

    async fn show_at(
        socket: &Path,
        notice: &Notice,
        over: impl Future<Output = ()>,
    ) -> Result<(), NotShown> {
        let unreachable = |error| NotShown::Service {
            socket: socket.to_owned(),
            error,
        };
        let sent = timeout(MAX_SHOWING, send(socket, notice)).await;
        let mut stream = sent.map_err(|_| NotShown::Slow)?.map_err(unreachable)?;
        // The service answers if it fails, and hangs up when there is nothing more to do.
        let reason = tokio::select! {
            reason = read_to_end(&mut stream, MAX_REASON_BYTES) => reason.map_err(unreachable)?,
            () = over, if notice.occasion == Occasion::Waiting => return Ok(()),
            () = tokio::time::sleep(MAX_SHOWING), if notice.occasion == Occasion::Used => {
                return Err(NotShown::Slow);
            }
        };
        if reason.is_empty() {
            return Ok(());
        }
        let reason = reason.strip_prefix(&[REASON]).ok_or(NotShown::Other)?;
        Err(NotShown::Said(printable(&String::from_utf8_lossy(reason))))
    }
}

async fn send(socket: &Path, notice: &Notice) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(socket).await?;
    if stream.peer_cred()?.uid() != geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    let line = format!("{}\n", notice.encode());
    stream.write_all(line.as_bytes()).await?;
    Ok(stream)
}

/// Shows `notice` for the agent at the other end of `stream`, which wants it on the screen as long
/// as it holds the connection.
///
/// # Errors
///
/// The connection breaks.
pub(crate) async fn serve(mut stream: UnixStream, notice: &Notice) -> io::Result<()> {
    let words = Naming::default().put_into_words(&notice.text).await;
    match Shown::begin(notice, &words).await {
        Ok(shown) => hold(shown, notice, hung_up(&stream)).await,
        Err(error) => {
            let mut reason = vec![REASON];
            reason.extend_from_slice(NotShown::from(error).to_string().as_bytes());
            reason.truncate(MAX_REASON_BYTES);
            send_all(&stream, &reason).await?;
        }
    }
    stream.shutdown().await
}

/// Leaves `shown` on the screen as long as it is to be there.
async fn hold(shown: Shown, notice: &Notice, over: impl Future<Output = ()>) {
    if notice.occasion == Occasion::Waiting {
        over.await;
        shown.end().await;
    }
}
