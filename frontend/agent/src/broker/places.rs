//! Places at the broker: how many requests of a kind are there, and how many wait to be.

use std::sync::Arc;
use std::time::Duration;

use sshtpm_dbus::{Error, ErrorKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_local;
use tokio::time::timeout;

/// How long a request waits until it may go to the broker.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(60);

/// How many requests there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// At the broker at the same time.
    pub(super) at_broker: usize,
    /// Waiting until they may go there.
    pub(super) waiting: usize,
}

impl Bounds {
    /// All of them together.
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

/// A place at the broker, taken until this is dropped.
#[derive(Debug)]
pub(super) struct Place(OwnedSemaphorePermit);

impl Places {
    /// As many as `bounds` say, all of them free.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            at_broker: Arc::new(Semaphore::new(bounds.at_broker)),
            waiting: Semaphore::new(bounds.waiting),
        }
    }

    /// Takes a place, and waits for one if it has to.
    ///
    /// # Errors
    ///
    /// Too many wait already, or none became free in time.
    pub(super) async fn take(&self) -> Result<Place, Error> {
        let place = || Arc::clone(&self.at_broker);
        if let Ok(free) = place().try_acquire_owned() {
            return Ok(Place(free));
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| too_many())?;
        match timeout(MAX_WAIT, place().acquire_owned()).await {
            Ok(Ok(free)) => Ok(Place(free)),
            Ok(Err(_)) | Err(_) => Err(too_many()),
        }
    }
}

impl Place {
    /// Makes `call`, whose own limit bounds it, and keeps the place until it ended, even if
    /// nobody waits any longer: the broker goes on with it, and a client that hangs up and comes
    /// back would have as many requests there as it likes.
    ///
    /// # Errors
    ///
    /// Those of the call.
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
    use sshtpm_dbus::{Error, ErrorKind};
    use tokio::sync::oneshot;
    use tokio::task::{LocalSet, yield_now};

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
    async fn one_more_than_may_wait_is_refused_at_once() {
        let places = places();
        let first = places.take().await.unwrap();
        let mut second = Box::pin(places.take());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(refused(places.take().now_or_never()));
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn one_that_gives_up_waits_no_longer() {
        let places = places();
        let _first = places.take().await.unwrap();
        for _ in 0..3 {
            assert!(places.take().now_or_never().is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let places = places();
        let _first = places.take().await.unwrap();
        assert!(refused(Some(places.take().await)));
    }

    #[tokio::test]
    async fn a_place_stays_taken_until_the_call_ended_although_nobody_waits_for_it() {
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
