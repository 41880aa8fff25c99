//! Messages that any program on the bus sends, before anybody knows who it is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sshtpm_dbus::{KEYS_INTERFACE, OBJECT_PATH};
use sshtpm_fuzz::{Budget, Line, Target};
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use zbus::Variant;
use zbus::connection::socket::ReadHalf as _;
use zbus::message::{Message, Type};

use super::arrivals::Counted;
use super::incoming::Incoming;
use super::keeper::Keeper;
use super::reader::Reader;
use super::start::MOST_BODY_BYTES;

/// The buffer has the announced length of a message; zbus keeps an entry for each field of a
/// header. A pair of sockets is made for each input.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 512,
        per_byte: 4,
    },
    memory: Line {
        fixed: 2 * MOST_BODY_BYTES as u64,
        per_byte: 64,
    },
    time: Duration::from_secs(1),
};

/// Lets in every call.
#[derive(Debug)]
struct Everybody;

impl Keeper for Everybody {
    const PATIENCE: Duration = Duration::from_secs(60);
    const AT_ONCE: usize = 1;

    async fn lets_in(&self, _incoming: &Incoming) -> bool {
        true
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let options: HashMap<&str, Variant<'_>> = HashMap::from([("client", "ssh".into())]);
    let sign = ("SHA256:key", [7_u8; 32].as_slice(), 0_u32, options);
    let call = |name| Message::method_call(OBJECT_PATH, name).interface(KEYS_INTERFACE);
    let sign = call("Sign").build(&sign).expect("a message");
    let ping = Message::method_call("/", "Ping").build(&());
    let ping = ping.expect("a message");
    let messages = [sign, ping].map(|message| message.data().to_vec());
    let both = messages.concat();
    let mut long = both.clone();
    // The length of the body: more than any that is kept.
    if let Some(length) = long.get_mut(4..8) {
        length.copy_from_slice(&u32::MAX.to_ne_bytes());
    }
    messages.into_iter().chain([both, long]).collect()
}

/// What kind of messages come out.
async fn read(bytes: &[u8]) -> Vec<Type> {
    let (ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
    let (ours, _write) = ours.into_split();
    let mut reader = Reader::new(Counted::new(ours, None), Arc::new(Everybody));
    let write = async move {
        // It fails if the reader gives up before.
        drop(theirs.write_all(bytes).await);
    };
    let read = async move {
        let (mut kinds, mut received) = (Vec::new(), Vec::new());
        while let Ok(message) = reader
            .receive_message(0, &mut received, &mut Vec::new())
            .await
        {
            kinds.push(message.message_type());
        }
        kinds
    };
    tokio::join!(write, read).1
}

#[test]
fn messages_of_anybody_cost_little_to_read() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_io().build().expect("a runtime");
    Target::new("bus-messages")
        .seeds(seeds())
        .words([KEYS_INTERFACE, OBJECT_PATH, "Sign", "a{sv}", "ay"])
        .budget(BUDGET)
        .run(|bytes| runtime.block_on(read(bytes)));
}
