//! The connection over which the broker asks: the bus daemon, polkitd and logind.
//!
//! It is another one than that over which the broker serves. Answers that a client does not read
//! stop that one, and must not keep the broker from asking who calls, or what polkit says.
//!
//! Anybody may send it a signal, and any signal of anybody may look like polkitd's or logind's. But
//! those send theirs to everybody, and the bus daemon hands such a signal on only if it comes from
//! the owner of the name that the broker listens to. So signals that are sent to the broker alone
//! are dropped, except the bus daemon's.

use std::sync::Arc;
use std::time::Duration;

use zbus::connection::Builder;
use zbus::message::{Header, Type};

use super::transport::{Arrivals, Incoming, Keeper, Transport, system_bus};

/// How long we wait for an answer from the bus daemon. Questions to polkitd and logind keep their
/// place until these answer, and their callers have a shorter limit of their own.
pub(super) const BUS_LIMIT: Duration = Duration::from_secs(150);

/// How long the bus daemon may take to read. Only a few small questions are under way here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connects to the system bus, to ask. What arrives there is counted.
///
/// # Errors
///
/// There is no system bus, or it does not let us in.
pub(crate) async fn connect() -> zbus::Result<(zbus::Connection, Arc<Arrivals>)> {
    let transport = Transport::new(system_bus().await?, Arc::new(OnlyAnswers));
    let (transport, arrivals) = transport.counted()?;
    let builder = Builder::socket(transport).method_timeout(BUS_LIMIT);
    Ok((builder.build().await?, arrivals))
}

/// Lets in answers, and signals that are for everybody.
#[derive(Debug)]
struct OnlyAnswers;

impl Keeper for OnlyAnswers {
    const PATIENCE: Duration = PATIENCE;
    // What comes in is decided at once.
    const AT_ONCE: usize = 1;

    async fn lets_in(&self, incoming: &Incoming) -> bool {
        let header = incoming.message.header();
        match incoming.message.message_type() {
            Type::MethodReturn | Type::Error => true,
            Type::Signal => header.destination().is_none() || is_of_bus_daemon(&header),
            Type::MethodCall => false,
        }
    }
}

/// Whether the bus daemon sent it: no connection can have its name.
pub(super) fn is_of_bus_daemon(header: &Header<'_>) -> bool {
    header
        .sender()
        .is_some_and(|sender| sender.as_str() == BUS_DAEMON)
}

/// The name of the bus daemon.
const BUS_DAEMON: &str = "org.freedesktop.DBus";

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _};
    use tokio::net::UnixStream;
    use zbus::message::Message;
    use zbus::{Guid, MessageStream};

    use super::*;

    async fn lets_in(message: Message) -> bool {
        let incoming = Incoming {
            message,
            body_bytes: 0,
            was_cut: false,
            wants_answer: true,
        };
        OnlyAnswers.lets_in(&incoming).await
    }

    fn changed(destination: Option<&str>, sender: &str) -> Message {
        let interface = "org.freedesktop.PolicyKit1.Authority";
        let signal = Message::signal(
            "/org/freedesktop/PolicyKit1/Authority",
            interface,
            "Changed",
        );
        let signal = signal.sender(sender);
        let signal = match destination {
            Some(name) => signal.destination(name),
            None => signal,
        };
        signal.build(&()).expect("a signal")
    }

    #[tokio::test]
    async fn a_signal_for_the_broker_alone_is_dropped() {
        assert!(lets_in(changed(None, ":1.7")).await);
        assert!(!lets_in(changed(Some(":1.3"), ":1.7")).await);
        assert!(lets_in(changed(Some(":1.3"), BUS_DAEMON)).await);
    }

    #[tokio::test]
    async fn nobody_calls_the_broker_where_it_asks() {
        let call = Message::method_call("/", "Ping").sender(":1.7");
        assert!(!lets_in(call.build(&()).expect("a call")).await);
    }

    /// The broker's end, and the bus daemon's.
    async fn pair() -> (zbus::Connection, Arc<Arrivals>, zbus::Connection) {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let (ours, arrivals) = Transport::new(ours, Arc::new(OnlyAnswers))
            .counted()
            .expect("a descriptor");
        let theirs = theirs.into_std().expect("a socket");
        let theirs = Builder::unix_stream(theirs).server(Guid::generate()).p2p();
        let (ours, theirs) = tokio::join!(Builder::socket(ours).p2p().build(), theirs.build());
        (ours.expect("our end"), arrivals, theirs.expect("theirs"))
    }

    // One thread: nothing is read while the test does not wait.
    #[tokio::test]
    async fn a_signal_that_arrived_is_heard_after_the_wait_for_it() {
        let (ours, arrivals, theirs) = pair().await;
        let mut signals = MessageStream::from(&ours);
        for _ in 0..10 {
            theirs.send(&changed(None, ":1.7")).await.expect("a signal");
            assert!(signals.next().now_or_never().is_none(), "nobody has read");
            arrivals.are_handed_on().await;
            let heard = signals.next().now_or_never();
            assert!(heard.flatten().is_some_and(|signal| signal.is_ok()));
        }
    }
}
