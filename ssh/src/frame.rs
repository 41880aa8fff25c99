//! Frames: a message and its length in front of it.
//!
//! Messages may carry private keys and passphrases. What was received is wiped from memory when it
//! is taken, moved or dropped.
//!
//! Specs: RFC 9987, "Protocol Overview": `uint32` length, big endian, then that many bytes.

use zeroize::Zeroizing;

use crate::limits::MAX_MESSAGE_BYTES;

/// Bytes of the length in front of a message.
const LENGTH_BYTES: usize = 4;

/// Bytes of the longest frame.
const MAX_FRAME_BYTES: usize = LENGTH_BYTES + MAX_MESSAGE_BYTES;

/// A length that no message has. Where the next frame begins cannot be known after it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of {0} bytes was announced; a message has 1 to {MAX_MESSAGE_BYTES}")]
pub struct BadLength(u32);

/// What was received and not yet taken. It grows with what arrived, not with what was announced.
#[derive(Debug, Default)]
pub struct Incoming {
    bytes: Zeroizing<Vec<u8>>,
}

impl Incoming {
    /// Adds what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        let length = self.bytes.len() + bytes.len();
        if length > self.bytes.capacity() {
            // It doubles, but never beyond a frame: an allocation is what a hostile client is
            // after.
            let room = (2 * self.bytes.capacity()).min(MAX_FRAME_BYTES).max(length);
            // Not reserve_exact, which would leave the old bytes in freed memory.
            let mut grown = Zeroizing::new(Vec::with_capacity(room));
            grown.extend_from_slice(&self.bytes);
            self.bytes = grown;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes of memory that are used for it.
    pub fn allocated(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether no frame is begun.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes the next message, of 1 to [`MAX_MESSAGE_BYTES`] bytes, if it is there completely.
    ///
    /// # Errors
    ///
    /// The announced length is 0 or too large, as soon as it is seen.
    pub fn next_message(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, BadLength> {
        let Some((length, rest)) = self.bytes.split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let announced = u32::from_be_bytes(*length);
        let length = usize::try_from(announced)
            .ok()
            .filter(|length| (1..=MAX_MESSAGE_BYTES).contains(length))
            .ok_or(BadLength(announced))?;
        let Some((message, rest)) = rest.split_at_checked(length) else {
            return Ok(None);
        };
        let message = Zeroizing::new(message.to_vec());
        // An idle connection shall not keep the memory of its largest message.
        self.bytes = Zeroizing::new(rest.to_vec());
        Ok(Some(message))
    }
}

/// Puts its length in front of `message`; `None` if it is empty or longer than
/// [`MAX_MESSAGE_BYTES`].
pub fn frame(message: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(message.len())
        .ok()
        .filter(|_| (1..=MAX_MESSAGE_BYTES).contains(&message.len()))?;
    let mut frame = Vec::with_capacity(LENGTH_BYTES + message.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(message);
    Some(frame)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{BadLength, Incoming, MAX_MESSAGE_BYTES, frame};

    fn taken(incoming: &mut Incoming) -> Result<Option<Vec<u8>>, BadLength> {
        let message = incoming.next_message();
        message.map(|message| message.map(|message| message.to_vec()))
    }

    fn incoming(bytes: &[u8]) -> Incoming {
        let mut incoming = Incoming::default();
        incoming.push(bytes);
        incoming
    }

    #[test]
    fn a_message_that_comes_byte_by_byte_is_put_together() {
        let mut incoming = Incoming::default();
        for byte in [0, 0, 0, 2, 11] {
            incoming.push(&[byte]);
            assert_eq!(taken(&mut incoming), Ok(None));
            assert!(!incoming.is_empty());
        }
        incoming.push(&[12]);
        assert_eq!(taken(&mut incoming), Ok(Some(vec![11, 12])));
        assert!(incoming.is_empty());
    }

    #[test]
    fn two_messages_in_one_read_are_taken_one_after_the_other() {
        let mut incoming = incoming(&[0, 0, 0, 1, 11, 0, 0, 0, 1, 19]);
        assert_eq!(taken(&mut incoming), Ok(Some(vec![11])));
        assert_eq!(taken(&mut incoming), Ok(Some(vec![19])));
        assert_eq!(taken(&mut incoming), Ok(None));
    }

    #[test]
    fn a_length_of_zero_is_an_error() {
        assert_eq!(taken(&mut incoming(&[0; 4])), Err(BadLength(0)));
    }

    #[test]
    fn the_largest_message_is_taken() {
        let message = vec![7; MAX_MESSAGE_BYTES];
        let framed = frame(&message).unwrap();
        assert_eq!(taken(&mut incoming(&framed)), Ok(Some(message)));
    }

    #[test]
    fn one_byte_more_is_an_error_before_any_of_it_has_come() {
        let length = u32::try_from(MAX_MESSAGE_BYTES + 1).unwrap();
        let announced = length.to_be_bytes();
        assert_eq!(taken(&mut incoming(&announced)), Err(BadLength(length)));
    }

    #[test]
    fn the_memory_of_a_message_does_not_outgrow_it() {
        let framed = frame(&vec![7; MAX_MESSAGE_BYTES]).unwrap();
        let mut incoming = Incoming::default();
        for part in framed.chunks(4096) {
            incoming.push(part);
            assert!(incoming.allocated() <= framed.len());
        }
        incoming.push(&[0]);
        assert!(incoming.next_message().unwrap().is_some());
        assert!(incoming.allocated() < 64);
    }

    #[test]
    fn an_announced_length_allocates_nothing() {
        let length = u32::try_from(MAX_MESSAGE_BYTES).unwrap();
        let mut incoming = incoming(&length.to_be_bytes());
        assert_eq!(taken(&mut incoming), Ok(None));
        assert!(incoming.allocated() < 64);
    }

    #[test]
    fn an_answer_that_no_client_would_take_is_not_framed() {
        assert_eq!(frame(&vec![0; MAX_MESSAGE_BYTES + 1]), None);
        assert_eq!(frame(&[]), None);
    }
}
