use std::collections::HashMap;
use std::os::unix::net::UnixStream;

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use zbus::connection::Builder;
use zbus::{Guid, Message};

use super::*;
use sshtpm_core::identity::{Owner, Uid, UserName};

/// A bus of which the test says when what arrived is heard.
#[derive(Debug, Default)]
struct Bus(Notify);

impl Signals for Bus {
    fn are_heard(&self) -> BoxFuture<'_, ()> {
        self.0.notified().boxed()
    }
}

/// The broker's end, and polkitd's.
async fn pair() -> (zbus::Connection, zbus::Connection) {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let theirs = Builder::unix_stream(theirs).server(Guid::generate()).p2p();
    let ours = Builder::unix_stream(ours).p2p();
    let (ours, theirs) = tokio::join!(ours.build(), theirs.build());
    (ours.expect("our end"), theirs.expect("theirs"))
}

fn alice() -> Caller {
    let name = UserName::new("alice".to_owned()).expect("a name");
    Caller {
        bus_name: ":1.42".into(),
        owner: Owner::new(Uid(1001), name),
        interactive: false,
    }
}

fn details() -> Details {
    Details {
        entries: vec![("key", "SHA256:a".into())],
        message: "Authentication is required".into(),
    }
}

/// A memory of an approval, on `bus`.
async fn approved(bus: &Arc<Bus>, connection: &zbus::Connection) -> Arc<Memory> {
    let reuse = Duration::from_secs(60);
    let signals: Arc<dyn Signals> = Arc::<Bus>::clone(bus);
    let memory = Memory::start(connection, signals, reuse, || Duration::ZERO).await;
    let yes = AuthorizationResult {
        is_authorized: true,
        is_challenge: false,
        details: HashMap::new(),
    };
    let asked = memory.asking();
    memory.keep(asked, &alice(), Action::UseOwnKey, &details(), &yes);
    memory
}

async fn allows(memory: &Memory) -> bool {
    memory.allows(&alice(), Action::UseOwnKey, &details()).await
}

#[tokio::test]
async fn an_approval_counts_when_all_signals_that_arrived_are_heard() {
    let (bus, (ours, _theirs)) = (Arc::<Bus>::default(), pair().await);
    let memory = approved(&bus, &ours).await;
    bus.0.notify_one();
    assert!(allows(&memory).now_or_never().is_some_and(|allows| allows));
}

#[tokio::test]
async fn a_signal_that_arrived_before_the_request_ends_the_approval() {
    let (bus, (ours, theirs)) = (Arc::<Bus>::default(), pair().await);
    let memory = approved(&bus, &ours).await;
    let mut request = Box::pin(allows(&memory));
    assert!(request.as_mut().now_or_never().is_none(), "it waits");
    let path = "/org/freedesktop/PolicyKit1/Authority";
    let signal = Message::signal(path, "org.freedesktop.PolicyKit1.Authority", "Changed");
    let signal = signal.sender(":1.7").build(&());
    theirs.send(&signal.expect("a signal")).await.expect("sent");
    let mut heard = zbus::MessageStream::from(&ours);
    futures_util::StreamExt::next(&mut heard).await;
    bus.0.notify_one();
    assert!(!request.await);
}

#[tokio::test(start_paused = true)]
async fn an_approval_does_not_count_if_signals_are_not_heard_in_time() {
    let (bus, (ours, _theirs)) = (Arc::<Bus>::default(), pair().await);
    let memory = approved(&bus, &ours).await;
    assert!(!allows(&memory).await);
}
