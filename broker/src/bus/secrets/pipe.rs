//! The reading end of a pipe: what comes out of it, and how long somebody has its writing end.

use std::io;

use sshtpm_ssh::limits::MAX_PIN_BYTES;
use tokio::io::{AsyncReadExt as _, Interest};
use tokio::net::unix::pipe::Receiver;
use zeroize::Zeroizing;

use super::places::Place;

/// Everything up to the end, or one byte more than a PIN can have.
///
/// # Errors
///
/// The pipe cannot be read.
pub(super) async fn read(pipe: &mut Receiver) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; MAX_PIN_BYTES + 1]);
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match pipe.read(rest).await? {
            0 => break,
            read => length += read,
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// Keeps the place of a pipe until its writing end is closed. What is still written to it is not
/// waited for, and stays where it is.
pub(super) async fn until_closed(pipe: Receiver, place: Place) {
    // That it is closed is reported together with whatever else is waited for.
    drop(pipe.ready(Interest::PRIORITY).await);
    drop(pipe);
    drop(place);
}
