//! How connections to agents behind are made.
//!
//! For each way to connect, the room checks elsewhere which user is at the other end, and whether
//! it is a loop.

use std::io;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::net::UnixStream;

/// Whether OpenSSH's agent may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starting {
    /// It is to be used, so it is started if it does not run.
    IfNeeded,
    /// It is only asked what it has.
    Never,
}

/// Makes connections to agents behind. Callers bound the time that this takes.
pub(crate) trait Dial {
    /// A new connection to the `index`-th agent behind, counted from 0 in the order of
    /// [`Settings::agents`](super::settings::Settings::agents).
    ///
    /// # Errors
    ///
    /// Nobody listens there.
    async fn dial(&self, index: usize) -> io::Result<UnixStream>;

    /// A new connection to OpenSSH's `ssh-agent`, which keeps ordinary keys if no agent behind is
    /// marked for them.
    ///
    /// # Errors
    ///
    /// It does not run and may not be started ([`io::ErrorKind::NotFound`]), or cannot be started.
    /// The text then says what to do.
    async fn dial_ordinary(&self, starting: Starting) -> io::Result<UnixStream>;
}

/// The same behind a pointer, so that what uses it need not know who dials.
pub(super) trait Dialler {
    /// See [`Dial::dial`].
    fn dial(&self, index: usize) -> LocalBoxFuture<'_, io::Result<UnixStream>>;

    /// See [`Dial::dial_ordinary`].
    fn dial_ordinary(&self, starting: Starting) -> LocalBoxFuture<'_, io::Result<UnixStream>>;
}

impl<D: Dial> Dialler for D {
    fn dial(&self, index: usize) -> LocalBoxFuture<'_, io::Result<UnixStream>> {
        Dial::dial(self, index).boxed_local()
    }

    fn dial_ordinary(&self, starting: Starting) -> LocalBoxFuture<'_, io::Result<UnixStream>> {
        Dial::dial_ordinary(self, starting).boxed_local()
    }
}
