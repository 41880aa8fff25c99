//! How a PIN comes in: through a pipe that the broker opens, and never as an argument of a call.
//!
//! What is in a message passes through the bus daemon and stays in the memory of libraries on the
//! way; what is in a pipe goes from the one process to the other. The broker makes the pipe, so
//! that no client has to send it a descriptor.

mod pipe;
mod places;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io::PipeReader;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sshtpm_ssh::limits::MAX_PIN_BYTES;
use tokio::net::unix::pipe::Receiver;
use tokio::task::AbortHandle;

use self::pipe::{read, until_closed};
use self::places::{Place, Places};
use super::front_door::{Rejected, Way};
use super::key_info::internal;
use sshtpm_core::identity::{Caller, Uid};
use sshtpm_core::pins::Pin;

/// How long a pipe stays open: as long as a person may take to type a PIN, when the pipe was opened
/// before.
const LASTING: Duration = Duration::from_secs(120);

/// How long it takes at most until the PIN is there, once it was named: it should be there already.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// The pipes through which a PIN may come.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    state: Arc<Mutex<State>>,
    places: Places,
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
    place: Place,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret { .. }")
    }
}

/// The task that takes a secret away when its time is over. It ends when the secret is taken.
struct End(AbortHandle);

impl Drop for End {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Secrets {
    /// Opens a pipe for `caller`, until it was named, its time is over or `ended` says that the
    /// caller is gone: its number, and its writing end, which goes this `way`.
    ///
    /// # Errors
    ///
    /// Too many are open.
    pub(super) fn open(
        &self,
        caller: &Caller,
        way: Way,
        ended: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(u32, OwnedFd), Rejected> {
        let uid = caller.owner.uid();
        let place = self.places.take(uid, way)?;
        let mut state = self.lock();
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
        let mut pipe = Receiver::from_owned_fd(pipe.into()).map_err(unreadable)?;
        let read = tokio::time::timeout(READ_LIMIT, read(&mut pipe)).await;
        match &read {
            Ok(Ok(bytes)) if bytes.len() <= MAX_PIN_BYTES => drop(place),
            _ => drop(tokio::spawn(until_closed(pipe, place))),
        }
        let bytes = read.map_err(|_| {
            Rejected::invalid("the PIN did not come; write it to the pipe, and close the pipe")
        })?;
        let bytes = bytes.map_err(unreadable)?;
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
        let has_left = tokio::time::timeout(LASTING, ended).await.is_ok();
        // Either way it is over.
        let secret = self.lock().open.remove(&id);
        let Some(Secret { pipe, _end, place }) = secret.filter(|_| !has_left) else {
            return;
        };
        match Receiver::from_owned_fd(pipe.into()) {
            // In a task of its own: this one ends with `_end`.
            Ok(pipe) => drop(tokio::spawn(until_closed(pipe, place))),
            Err(cause) => tracing::warn!(%cause, "a pipe for a PIN cannot be watched"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(cause: std::io::Error) -> Rejected {
    tracing::warn!(%cause, "a PIN cannot be read");
    internal("the PIN cannot be read; see the broker's journal")
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::io::{PipeWriter, Write as _};

    use super::places::{MOST_OF_USER, MOST_OVER_BUS};
    use super::*;
    use sshtpm_core::identity::{Owner, UserName};

    fn caller() -> Caller {
        caller_of(1000)
    }

    fn caller_of(uid: u32) -> Caller {
        let name = UserName::new("alice").expect("a user name");
        Caller {
            bus_name: format!(":1.{uid}"),
            owner: Owner::new(Uid(uid), name),
            interactive: false,
        }
    }

    fn open(secrets: &Secrets) -> Option<(u32, PipeWriter)> {
        let (number, writing_end) = secrets.open(&caller(), Way::Bus, pending()).ok()?;
        Some((number, writing_end.into()))
    }

    #[tokio::test]
    async fn pipes_never_take_more_descriptors_than_the_bus_daemon_counts() {
        let secrets = Secrets::default();
        let open = |uid, way| secrets.open(&caller_of(uid), way, pending()).ok();
        let users = (0..100).flat_map(|uid| [uid; MOST_OF_USER]);
        let held: Vec<_> = users.filter_map(|uid| open(uid, Way::Bus)).collect();
        assert_eq!(held.len(), MOST_OVER_BUS);
        assert!(open(1000, Way::Bus).is_none());
        assert!(open(1000, Way::Channel).is_some(), "it does not go there");
    }

    #[tokio::test]
    async fn a_pipe_that_was_closed_makes_room_as_soon_as_it_was_named() {
        let secrets = Secrets::default();
        let all: Vec<_> = (0..MOST_OF_USER).map(|_| open(&secrets)).collect();
        assert!(open(&secrets).is_none());
        for one in all {
            let (number, mut pipe) = one.expect("room");
            pipe.write_all(b"1234").expect("written");
            drop(pipe);
            let pin = secrets.take(&caller(), number).await.expect("a PIN");
            assert_eq!(pin.as_bytes(), b"1234");
            assert!(open(&secrets).is_some());
        }
    }

    #[tokio::test]
    async fn a_pipe_takes_its_place_for_as_long_as_somebody_has_its_writing_end() {
        let secrets = Secrets::default();
        let mut held = Vec::new();
        for _ in 0..MOST_OF_USER {
            let (number, mut pipe) = open(&secrets).expect("room");
            pipe.write_all(&[b'x'; MAX_PIN_BYTES + 1]).expect("written");
            assert!(secrets.take(&caller(), number).await.is_err(), "too long");
            held.push(pipe);
        }
        for _ in 0..1000 {
            tokio::task::yield_now().await;
            assert!(open(&secrets).is_none(), "all are held");
        }
        drop(held.pop());
        let room = async {
            while open(&secrets).is_none() {
                tokio::task::yield_now().await;
            }
        };
        let patience = Duration::from_secs(60);
        tokio::time::timeout(patience, room).await.expect("room");
    }
}
