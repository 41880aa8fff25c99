//! Places at the broker. They limit how many requests of a kind are at the broker, and how many
//! wait. Those that wait get their places in the order in which they came.

use std::sync::Arc;

use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_local;

/// How many requests of a kind there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// At the broker at a time.
    pub(super) at_broker: usize,
    /// Waiting for a place.
    pub(super) waiting: usize,
}

impl Bounds {
    /// Both together.
    pub(super) const fn sum(self) -> usize {
        self.at_broker + self.waiting
    }
}

/// The places for requests of one kind.
#[derive(Debug)]
pub(super) struct Places {
    at_broker: Arc<Semaphore>,
    waiting: Semaphore,
}

/// A place at the broker. Dropping it makes the place free.
#[derive(Debug)]
pub(super) struct Place(OwnedSemaphorePermit);

impl Places {
    /// As many places as `bounds` allows, all of them free.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            at_broker: Arc::new(Semaphore::new(bounds.at_broker)),
            waiting: Semaphore::new(bounds.waiting),
        }
    }

    /// Takes a place. Waits for one if none is free, and no longer once this future is dropped.
    ///
    /// The wait has no bound of its own. Each call at the broker has one, so the queue moves on; a
    /// client that no longer wants its signature hangs up. A slow chip makes five signatures in a
    /// second, so the last of some hundred requests waits for minutes.
    ///
    /// # Errors
    ///
    /// Too many requests wait already.
    pub(super) async fn take(&self) -> Result<Place, Error> {
        let place = || Arc::clone(&self.at_broker);
        if let Ok(free) = place().try_acquire_owned() {
            return Ok(Place(free));
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| too_many())?;
        // It is never closed.
        let free = place().acquire_owned().await.map_err(|_| too_many())?;
        Ok(Place(free))
    }
}

impl Place {
    /// Makes `call` and keeps the place until the call ends, even if this future is dropped. The
    /// broker goes on with a call that the client no longer waits for. Otherwise a client could
    /// hang up and come back, and so have any number of requests at the broker. The D-Bus timeout
    /// bounds the call.
    ///
    /// # Errors
    ///
    /// Those of `call`.
    pub(super) async fn hold<T: 'static>(
        self,
        call: impl Future<Output = Result<T, Error>> + 'static,
    ) -> Result<T, Error> {
        let held = async move {
            let answer = call.await;
            drop(self.0);
            answer
        };
        spawn_local(held).await.unwrap_or_else(|_| {
            let text = "an error in sshtpm-agent ended the request; please report it";
            Err(Error::new(ErrorKind::Internal, text))
        })
    }
}

fn too_many() -> Error {
    let text = "too many earlier requests still wait; answer the open questions, or end the \
                programs that sent the requests";
    Error::new(ErrorKind::LimitsExceeded, text)
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Place, Places};
    use futures_util::FutureExt;
    use sshtpm_dbus::Error;
    use sshtpm_ssh::error_kind::ErrorKind;
    use std::time::Duration;
    use tokio::sync::oneshot;
    use tokio::task::{LocalSet, yield_now};
    use tokio::time::timeout;

    fn places() -> Places {
        Places::new(Bounds {
            at_broker: 1,
            waiting: 1,
        })
    }

    fn refused(taken: Option<Result<Place, Error>>) -> bool {
        taken.is_some_and(|taken| taken.is_err_and(|e| e.kind() == ErrorKind::LimitsExceeded))
    }

    #[tokio::test]
    async fn one_request_too_many_is_refused_at_once() {
        let places = places();
        let first = places.take().await.unwrap();
        let mut second = Box::pin(places.take());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(refused(places.take().now_or_never()));
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn a_request_that_gives_up_waits_no_longer() {
        let places = places();
        let _first = places.take().await.unwrap();
        for _ in 0..3 {
            assert!(places.take().now_or_never().is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_as_long_as_its_client_stays() {
        let places = places();
        let first = places.take().await.unwrap();
        let mut second = Box::pin(places.take());
        let hour = timeout(Duration::from_secs(3600), &mut second);
        assert!(hour.await.is_err());
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn requests_get_their_places_in_the_order_in_which_they_came() {
        let places = Places::new(Bounds {
            at_broker: 1,
            waiting: 2,
        });
        let first = places.take().await.unwrap();
        let mut second = Box::pin(places.take());
        assert!(second.as_mut().now_or_never().is_none());
        let mut third = Box::pin(places.take());
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.as_mut().now_or_never().is_none());
        drop(second.await.unwrap());
        assert!(third.await.is_ok());
    }

    #[tokio::test]
    async fn an_abandoned_call_keeps_its_place_until_it_ends() {
        let local = LocalSet::new();
        let test = async {
            let places = places();
            let (end, ended) = oneshot::channel::<()>();
            let call = async {
                ended.await.unwrap();
                Ok(())
            };
            let mut held = Box::pin(places.take().await.unwrap().hold(call));
            assert!(held.as_mut().now_or_never().is_none());
            drop(held);
            yield_now().await;
            assert!(places.take().now_or_never().is_none());
            end.send(()).unwrap();
            assert!(places.take().await.is_ok());
        };
        local.run_until(test).await;
    }
}
