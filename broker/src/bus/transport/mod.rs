//! How D-Bus messages come in and go out: a socket of our own below zbus.
//!
//! zbus accepts messages of up to 128 MiB, decodes a variant into some 64 bytes of memory for each
//! byte of the message, and waits without end for a peer that does not read. All of that happens
//! before the broker's own code sees a call. So this socket stands in between. It bounds the length
//! of a message while it is read, asks a [`Keeper`] whether a message may come in, and gives up a
//! peer that reads nothing. File descriptors go out, and none comes in.
//!
//! Specs: D-Bus Specification, "Message Protocol" and "Authentication Protocol".

mod arrivals;
mod dial;
#[cfg(test)]
mod fuzz;
mod incoming;
mod keeper;
mod reader;
mod start;
mod waiting;
mod writer;

use std::io;
use std::sync::Arc;

use tokio::net::UnixStream;
use zbus::connection::socket::{Socket, Split};

pub(crate) use arrivals::Arrivals;
use arrivals::Counted;
pub(super) use dial::system_bus;
pub(super) use incoming::Incoming;
pub(super) use keeper::Keeper;
use reader::Reader;
use writer::Writer;

/// A stream with a keeper.
#[derive(Debug)]
pub(super) struct Transport<K> {
    stream: UnixStream,
    keeper: Arc<K>,
    arrivals: Option<Arc<Arrivals>>,
}

impl<K: Keeper> Transport<K> {
    pub(super) fn new(stream: UnixStream, keeper: Arc<K>) -> Self {
        Self {
            stream,
            keeper,
            arrivals: None,
        }
    }

    /// Counts what arrives.
    ///
    /// # Errors
    ///
    /// The process has too many open files, or the kernel does not say what is unread.
    pub(super) fn counted(mut self) -> io::Result<(Self, Arc<Arrivals>)> {
        let arrivals = Arrivals::of(&self.stream)?;
        self.arrivals = Some(Arc::clone(&arrivals));
        Ok((self, arrivals))
    }
}

impl<K: Keeper> Socket for Transport<K> {
    type ReadHalf = Reader<K>;
    type WriteHalf = Writer<K>;

    fn split(self) -> Split<Reader<K>, Writer<K>> {
        let (read, write) = self.stream.into_split();
        let reader = Reader::new(Counted::new(read, self.arrivals), Arc::clone(&self.keeper));
        Split::new(reader, Writer::new(write, self.keeper))
    }
}
