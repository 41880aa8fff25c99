//! Notices when polkit may answer differently than before.
//!
//! Two signals announce that: polkitd's own, `Changed`, when it has read other rules or actions,
//! and the bus daemon's, `NameOwnerChanged`, when polkitd comes, goes or is replaced. The latter
//! is the daemon's in any case, as no connection can have its name. The former is for everybody,
//! and the bus daemon hands it on only if the owner of polkitd's name sent it; one that another
//! user sends to the broker alone is dropped where the broker's messages come in. A forged one
//! would only make the broker ask polkit again.

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::Stream as _;
use zbus::message::Type;
use zbus::{MatchRule, MessageStream};

/// How many signals can wait. The connection stalls while there are more, so a separate task takes
/// them, too; see [`super::memory`].
const QUEUE: NonZeroUsize = NonZeroUsize::new(64).expect("it is not zero");

/// The signals.
#[derive(Debug)]
pub(super) struct Changes {
    rules: MessageStream,
    polkitd: MessageStream,
}

/// What was heard since the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    /// There may be other answers.
    Change,
    /// No further signal will come.
    End,
}

impl Changes {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// The bus is gone or does not let us.
    pub(super) async fn listen(connection: &zbus::Connection) -> zbus::Result<Self> {
        let rules = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(POLKIT)
            .path("/org/freedesktop/PolicyKit1/Authority")
            .interface("org.freedesktop.PolicyKit1.Authority")
            .member("Changed")
            .build()?;
        let polkitd = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender("org.freedesktop.DBus")
            .path("/org/freedesktop/DBus")
            .interface("org.freedesktop.DBus")
            .member("NameOwnerChanged")
            .arg(0, POLKIT)
            .build()?;
        // No answer waits while the last one is not taken: there is no call to the bus after it.
        let polkitd = MessageStream::for_match_rule(polkitd, connection, Some(QUEUE)).await?;
        let rules = MessageStream::for_match_rule(rules, connection, Some(QUEUE)).await?;
        Ok(Self { rules, polkitd })
    }

    /// Takes what the connection has handed on. `waker` is woken when there is more.
    pub(super) fn take(&mut self, waker: &Waker) -> Heard {
        let mut context = Context::from_waker(waker);
        let mut heard = Heard::Nothing;
        for stream in [&mut self.rules, &mut self.polkitd] {
            loop {
                match Pin::new(&mut *stream).poll_next(&mut context) {
                    Poll::Pending => break,
                    Poll::Ready(Some(Ok(_))) => heard = Heard::Change,
                    Poll::Ready(Some(Err(_)) | None) => return Heard::End,
                }
            }
        }
        heard
    }
}

/// The name of polkitd on the bus.
const POLKIT: &str = "org.freedesktop.PolicyKit1";
