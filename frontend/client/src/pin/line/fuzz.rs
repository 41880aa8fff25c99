//! What people and programs type where a PIN is asked for.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use sshtpm_fuzz::Target;
use tokio::io::AsyncReadExt as _;

use super::{MAX_LINE_BYTES, first_line};
use crate::pin::Pin;

/// Sources of bytes in memory never wait.
pub(in crate::pin) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for something"),
    }
}

#[test]
fn a_line_of_anybody_costs_little_to_read_and_is_the_first() {
    let seeds = ["1234\n", "1234\r\nmore\n", "", "\0", "pässwort 鍵"];
    Target::new("pin-lines").seeds(seeds).run(|bytes| {
        let (first, rest) = bytes.split_at(bytes.len() / 3);
        let line = now(first_line(&mut first.chain(rest))).expect("memory can be read");
        assert!(line.len() <= MAX_LINE_BYTES && bytes.starts_with(&line));
        assert!(!line.iter().any(|byte| b"\r\n".contains(byte)));
        Pin::new(&line).map(|pin| pin.bytes().len())
    });
}
