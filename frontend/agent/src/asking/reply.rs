//! What the askpass service answers to the agent: a PIN, or why there is none.
//!
//! One byte says which of the two follows. The end of the answer is the end of the stream.

use sshtpm_client::pin::{Pin, Refusal};
use sshtpm_ssh::text::printable;
use zeroize::Zeroizing;

/// First byte of an answer that is a PIN.
const GIVEN: u8 = b'+';

/// First byte of an answer that says why there is no PIN.
const REFUSED: u8 = b'-';

/// Longest answer, in bytes. The reason for a refusal is a line of text.
pub(super) const MAX_REPLY_BYTES: usize = 1024;

/// The bytes of `answer`, at most [`MAX_REPLY_BYTES`]. A longer reason is cut off.
pub(super) fn encode(answer: &Result<Pin, Refusal>) -> Zeroizing<Vec<u8>> {
    let (kind, text) = match answer {
        Ok(pin) => (GIVEN, pin.bytes().to_vec()),
        Err(refusal) => (REFUSED, refusal.to_string().into_bytes()),
    };
    let text = Zeroizing::new(text);
    let mut reply = Zeroizing::new(Vec::with_capacity(MAX_REPLY_BYTES));
    reply.push(kind);
    reply.extend(text.iter().take(MAX_REPLY_BYTES - 1));
    reply
}

/// The answer in `reply`.
///
/// # Errors
///
/// The service refused, or its answer contains no PIN.
pub(super) fn decode(reply: &[u8]) -> Result<Pin, Refusal> {
    match reply.split_first() {
        Some((&GIVEN, pin)) => Ok(Pin::new(pin)?),
        Some((&REFUSED, why)) => {
            let why = printable(&String::from_utf8_lossy(why));
            Err(Refusal::Service(why))
        }
        _ => Err(Refusal::Service(
            "the askpass service behind sshtpm-askpass.socket gave no answer; \
             see `systemctl --user status 'sshtpm-askpass@*'`"
                .to_owned(),
        )),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::decode;
    use sshtpm_client::pin::Refusal;

    #[test]
    fn only_an_answer_with_a_pin_is_a_pin() {
        assert_eq!(decode(b"+"), Err(Refusal::NotGiven));
        assert_eq!(
            decode(b"-no\x1b"),
            Err(Refusal::Service("no\\u{1b}".to_owned()))
        );
        for reply in [b"".as_slice(), b"1234", b"\n"] {
            assert!(matches!(decode(reply), Err(Refusal::Service(_))));
        }
        assert!(decode(&[&b"+"[..], &[b'1'; 33]].concat()).is_err());
    }
}
