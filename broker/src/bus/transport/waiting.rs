//! Messages that came in and wait for their keeper, in the order in which they came.
//!
//! Purpose: a keeper may have to ask the bus daemon about a sender. While it asks about one, the
//! next messages are read and asked about, too. Otherwise a user who connects again and again would
//! have everybody else wait for as many answers, one after the other.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::FuturesOrdered;

use super::incoming::Incoming;
use super::keeper::Keeper;
use super::start::MOST_BODY_BYTES;

/// Bytes of bodies that wait, beyond which nothing further is read: those of the longest call.
const MOST_BYTES: usize = MOST_BODY_BYTES;

/// The messages.
pub(super) struct Waiting<K> {
    keeper: Arc<K>,
    /// Never locked: zbus wants to share what reads between threads, and a future is not shared.
    queue: Mutex<Queue>,
    messages: usize,
    bytes: usize,
}

type Queue = FuturesOrdered<BoxFuture<'static, Judged>>;

/// A message, and whether it comes in.
struct Judged {
    incoming: Incoming,
    comes_in: bool,
}

impl<K: Keeper> Waiting<K> {
    pub(super) fn new(keeper: Arc<K>) -> Self {
        Self {
            keeper,
            queue: Mutex::default(),
            messages: 0,
            bytes: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages == 0
    }

    /// Whether there is room for another message.
    pub(super) fn has_room(&self) -> bool {
        self.messages < K::AT_ONCE && self.bytes < MOST_BYTES
    }

    /// Has the keeper look at `incoming`.
    pub(super) fn add(&mut self, incoming: Incoming) {
        self.messages += 1;
        self.bytes = self.bytes.saturating_add(incoming.body_bytes);
        let keeper = Arc::clone(&self.keeper);
        let judged = async move {
            let comes_in = keeper.lets_in(&incoming).await;
            Judged { incoming, comes_in }
        };
        self.queue().push_back(judged.boxed());
    }

    /// The first of the messages; `None` if it does not come in. May be dropped: nothing is lost.
    pub(super) async fn next(&mut self) -> Option<Incoming> {
        let Judged { incoming, comes_in } = self.queue().next().await?;
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(incoming.body_bytes);
        comes_in.then_some(incoming)
    }

    fn queue(&mut self) -> &mut Queue {
        self.queue.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> fmt::Debug for Waiting<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("messages", &self.messages)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::sync::Notify;
    use zbus::message::Message;

    use super::*;

    /// Lets in what has a body, the first message only after a second one is there.
    #[derive(Debug, Default)]
    struct Slow<const AT_ONCE: usize> {
        seen: AtomicUsize,
        second: Notify,
    }

    impl<const AT_ONCE: usize> Keeper for Slow<AT_ONCE> {
        const PATIENCE: Duration = Duration::from_secs(60);
        const AT_ONCE: usize = AT_ONCE;

        async fn lets_in(&self, incoming: &Incoming) -> bool {
            match self.seen.fetch_add(1, Ordering::Relaxed) {
                0 => self.second.notified().await,
                _ => self.second.notify_one(),
            }
            incoming.body_bytes > 0
        }
    }

    fn message(body_bytes: usize) -> Incoming {
        let call = Message::method_call("/", "Call").build(&());
        Incoming {
            message: call.expect("a message"),
            body_bytes,
            was_cut: false,
            wants_answer: true,
        }
    }

    fn waiting<const AT_ONCE: usize>() -> Waiting<Slow<AT_ONCE>> {
        Waiting::new(Arc::default())
    }

    #[tokio::test]
    async fn a_message_is_looked_at_while_an_earlier_one_waits() {
        let mut waiting = waiting::<2>();
        waiting.add(message(1));
        assert!(waiting.next().now_or_never().is_none(), "the first waits");
        assert!(waiting.has_room());
        waiting.add(message(2));
        let first = waiting.next().await.expect("the first");
        let second = waiting.next().await.expect("the second");
        assert_eq!((first.body_bytes, second.body_bytes), (1, 2));
        assert!(waiting.is_empty());
    }

    #[tokio::test]
    async fn a_message_that_does_not_come_in_leaves_its_room() {
        let mut waiting = waiting::<2>();
        waiting.add(message(0));
        waiting.add(message(7));
        assert!(!waiting.has_room());
        assert!(waiting.next().await.is_none(), "it has no body");
        assert!(waiting.has_room());
        assert_eq!(waiting.bytes, 7);
    }

    #[test]
    fn a_keeper_of_one_message_at_a_time_has_no_room_for_a_second() {
        let mut waiting = waiting::<1>();
        assert!(waiting.has_room());
        waiting.add(message(1));
        assert!(!waiting.has_room());
    }

    #[test]
    fn one_of_the_longest_messages_takes_all_the_room() {
        let mut waiting = waiting::<256>();
        waiting.add(message(MOST_BYTES - 1));
        assert!(waiting.has_room());
        waiting.add(message(1));
        assert!(!waiting.has_room());
    }
}
