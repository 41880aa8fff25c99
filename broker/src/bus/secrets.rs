//! How a PIN comes in: through a pipe that the broker opens, and never as an argument of a call.
//!
//! What is in a message passes through the bus daemon and stays in the memory of libraries on the
//! way; what is in a pipe goes from the one process to the other. The broker makes the pipe, so that
//! nobody ever has to send it a descriptor.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io::PipeReader;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sshtpm_dbus::{Error, ErrorKind, MAX_PIN_BYTES};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;
use tokio::task::AbortHandle;
use zeroize::Zeroizing;

use super::front_door::Rejected;
use super::key_info::internal;
use crate::core::identity::{Caller, Uid};
use crate::core::pins::{self, Pin};
use crate::core::quota::{Claim, Claims};

// What clients are told, and what the core takes.
const _: () = assert!(MAX_PIN_BYTES == pins::MAX_BYTES);

/// Pipes of one user that are open at once: for the most that a call takes, twice.
const MOST_OF_USER: usize = 4;

/// Pipes that are open at once, a quarter of the descriptors that the service may have
/// (`LimitNOFILE` of its unit).
const MOST_IN_ALL: usize = 256;

/// How long a pipe stays open: as long as a person may take to type a PIN, when the pipe was opened
/// before.
const LASTING: Duration = Duration::from_secs(120);

/// How long it takes at most until the PIN is there, once it was named: it should be there already.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// The pipes through which a PIN may come.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    state: Arc<Mutex<State>>,
    places: Claims,
}

#[derive(Debug, Default)]
struct State {
    /// By the unique bus name of the connection that opened it, and the number that it got.
    open: HashMap<(String, u32), Secret>,
    /// The number that a user's last one got.
    last: HashMap<Uid, u32>,
}

/// A pipe that waits to be named.
struct Secret {
    pipe: PipeReader,
    _end: End,
    place: Claim,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret { .. }")
    }
}

/// The task that takes a secret away when its time is over; it is not needed any more without it.
struct End(AbortHandle);

impl Drop for End {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Secrets {
    /// Opens a pipe for `caller`, until it was named, its time is over or `ended` says that the
    /// caller is gone: its number, and its writing end.
    ///
    /// # Errors
    ///
    /// Too many are open.
    pub(super) fn open(
        &self,
        caller: &Caller,
        ended: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(u32, OwnedFd), Rejected> {
        let uid = caller.owner.uid();
        let place = self.places.claim(uid, || 0, MOST_OF_USER);
        let place = place.ok_or_else(|| too_many(MOST_OF_USER, "of one user"))?;
        let mut state = self.lock();
        if state.open.len() >= MOST_IN_ALL {
            return Err(too_many(MOST_IN_ALL, "in all"));
        }
        let (pipe, writing_end) = std::io::pipe().map_err(|cause| {
            tracing::error!(%cause, "a pipe for a PIN cannot be opened");
            internal("a pipe cannot be opened; see the broker's journal")
        })?;
        let last = state.last.entry(uid).or_default();
        *last = last.wrapping_add(1);
        let id = (caller.bus_name.clone(), *last);
        let number = id.1;
        // It takes the secret away under the lock, and so not before it is there.
        let end = tokio::spawn(self.clone().end(id.clone(), ended));
        let secret = Secret {
            pipe,
            _end: End(end.abort_handle()),
            place,
        };
        state.open.insert(id, secret);
        Ok((number, writing_end.into()))
    }

    /// Reads the PIN with this number, once.
    ///
    /// # Errors
    ///
    /// This caller opened none that has the number, nothing came in time, or it is no PIN.
    pub(super) async fn take(&self, caller: &Caller, number: u32) -> Result<Pin, Rejected> {
        let id = (caller.bus_name.clone(), number);
        let secret = self.lock().open.remove(&id);
        let secret = secret.ok_or_else(|| {
            Rejected::invalid(format!(
                "this connection has no PIN {number}; each is for one call, and for {} seconds",
                LASTING.as_secs()
            ))
        })?;
        let Secret { pipe, _end, place } = secret;
        let read = tokio::time::timeout(READ_LIMIT, read(pipe)).await;
        drop(place);
        let bytes = read.map_err(|_| {
            Rejected::invalid("the PIN did not come; write it to the pipe, and close the pipe")
        })?;
        let bytes = bytes.map_err(|cause| {
            tracing::warn!(%cause, "a PIN cannot be read");
            internal("the PIN cannot be read; see the broker's journal")
        })?;
        Pin::new(&bytes).map_err(|error| Rejected::invalid(error.to_string()))
    }

    /// The same, if a number was named.
    ///
    /// # Errors
    ///
    /// As [`Self::take`].
    pub(super) async fn take_if(
        &self,
        caller: &Caller,
        number: Option<u32>,
    ) -> Result<Option<Pin>, Rejected> {
        match number {
            None => Ok(None),
            Some(number) => self.take(caller, number).await.map(Some),
        }
    }

    async fn end(self, id: (String, u32), ended: impl Future<Output = ()>) {
        // Either way it is over.
        drop(tokio::time::timeout(LASTING, ended).await);
        drop(self.lock().open.remove(&id));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything up to the end, or one byte more than a PIN can have.
async fn read(pipe: PipeReader) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut pipe = Receiver::from_owned_fd(pipe.into())?;
    let mut bytes = Zeroizing::new(vec![0; MAX_PIN_BYTES + 1]);
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match pipe.read(rest).await? {
            0 => break,
            read => length += read,
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

fn too_many(at_most: usize, whose: &str) -> Rejected {
    Rejected::Bus(Error::new(
        ErrorKind::LimitsExceeded,
        format!("{at_most} PINs {whose} are the most that can be on their way; try again"),
    ))
}
