//! What an agent behind says that it has.
//!
//! Specs: RFC 9987, "Requesting a List of Keys".

use sshtpm_ssh::wire::{Malformed, Reader};

/// Message number of `SSH_AGENTC_REQUEST_IDENTITIES`.
pub(super) const REQUEST_IDENTITIES: u8 = 11;

/// Message number of `SSH_AGENT_IDENTITIES_ANSWER`.
const IDENTITIES_ANSWER: u8 = 12;

/// Most keys in a list: `MAX_AGENT_IDENTITIES` of OpenSSH's `authfd.c`, which refuses a longer one.
pub(crate) const MAX_IDENTITIES: usize = 2048;

/// A key as an agent offers it. It may be of a type that this agent does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offered {
    /// Its blob (RFC 4253 §6.6), or that of a certificate.
    pub(crate) blob: Vec<u8>,
    /// Any bytes: what shows them has to escape them.
    pub(crate) comment: Vec<u8>,
}

/// Reads a list of keys: of more than [`MAX_IDENTITIES`], the first ones. An agent that refuses to
/// list has none.
///
/// # Errors
///
/// The answer is malformed.
pub(super) fn parse(answer: &[u8]) -> Result<Vec<Offered>, Malformed> {
    let mut fields = Reader::new(answer);
    if fields.byte()? != IDENTITIES_ANSWER {
        // SSH_AGENT_FAILURE, as of an agent that is locked in its own way.
        return Ok(Vec::new());
    }
    let count = usize::try_from(fields.uint32()?).map_err(|_| Malformed)?;
    let mut keys = Vec::new();
    for _ in 0..count.min(MAX_IDENTITIES) {
        let (blob, comment) = (fields.string()?, fields.string()?);
        keys.push(Offered {
            blob: blob.to_vec(),
            comment: up_to_nul(comment).to_vec(),
        });
    }
    if count <= MAX_IDENTITIES {
        fields.end()?;
    }
    Ok(keys)
}

/// A comment is a C string for OpenSSH, which refuses a list with another one.
fn up_to_nul(comment: &[u8]) -> &[u8] {
    comment.split(|&byte| byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::{MAX_IDENTITIES, parse};
    use crate::protocol::fake_keys::blob;

    /// A key of a type that nobody knows.
    const UNKNOWN: &[u8] = b"\0\0\0\x03key";

    fn list(count: u32, keys: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut answer = vec![12];
        answer.extend(count.to_be_bytes());
        for field in keys.iter().flat_map(|(blob, comment)| [blob, comment]) {
            answer.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            answer.extend_from_slice(field);
        }
        answer
    }

    #[test]
    fn a_list_has_blobs_and_comments_of_any_kind() {
        let keys = parse(&list(2, &[(&blob(), b"\xff"), (UNKNOWN, b"")])).unwrap();
        assert_eq!(keys[0].blob, blob());
        assert_eq!(keys[0].comment, b"\xff");
        assert_eq!(keys[1].blob, UNKNOWN);
    }

    #[test]
    fn a_list_cut_off_anywhere_or_with_bytes_left_over_is_malformed() {
        let whole = list(1, &[(UNKNOWN, b"comment")]);
        for end in 1..whole.len() {
            assert!(parse(&whole[..end]).is_err(), "{end}");
        }
        assert!(parse(&[&whole[..], &[0]].concat()).is_err());
        assert!(parse(&list(u32::MAX, &[])).is_err());
    }

    #[test]
    fn of_ten_thousand_keys_the_first_ones_are_taken() {
        let keys = vec![(UNKNOWN, &b"c"[..]); 10_000];
        assert_eq!(parse(&list(10_000, &keys)).unwrap().len(), MAX_IDENTITIES);
    }

    #[test]
    fn a_comment_ends_at_a_zero_byte() {
        let keys = parse(&list(1, &[(UNKNOWN, b"good\0bad")])).unwrap();
        assert_eq!(keys[0].comment, b"good");
    }

    #[test]
    fn an_agent_that_refuses_to_list_has_no_keys() {
        assert_eq!(parse(&[5]), Ok(Vec::new()));
    }
}
