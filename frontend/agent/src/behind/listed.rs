//! What an agent behind says that it has.
//!
//! Specs: RFC 9987, "Requesting a List of Keys".

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, Mpint, PublicKey};
use sshtpm_ssh::identity::Identity;
use sshtpm_ssh::wire::{Malformed, Reader};

/// Message number of `SSH_AGENTC_REQUEST_IDENTITIES`.
pub(super) const REQUEST_IDENTITIES: u8 = 11;

/// Message number of `SSH_AGENT_IDENTITIES_ANSWER`.
const IDENTITIES_ANSWER: u8 = 12;

/// Most keys in a list: `MAX_AGENT_IDENTITIES` of OpenSSH's `authfd.c`, which refuses a longer one.
pub(crate) const MAX_IDENTITIES: usize = 2048;

/// The type of DSA keys, which OpenSSH knew before 10.0.
const DSA: &str = "ssh-dss";

/// Shortest modulus of an RSA key, in bits: `SSH_RSA_MINIMUM_MODULUS_SIZE` of OpenSSH's `ssh.h`.
const MIN_RSA_BITS: usize = 1024;

/// Longest number in an RSA key, in bits: `SSHBUF_MAX_BIGNUM` of OpenSSH's `sshbuf.h`.
const MAX_RSA_BITS: usize = 16 * 1024;

/// A key as an agent offers it. It may be of a type that this agent does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offered {
    /// Its blob (RFC 4253 §6.6), or that of a certificate.
    pub(crate) blob: Vec<u8>,
    /// Any bytes: what shows them has to escape them.
    pub(crate) comment: Vec<u8>,
}

/// Reads a list of keys: of more than [`MAX_IDENTITIES`], the first ones. An agent that refuses to
/// list has none. Keys that would make a client refuse the whole list are left out.
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
        if is_harmless(blob) {
            keys.push(Offered {
                blob: blob.to_vec(),
                comment: up_to_nul(comment).to_vec(),
            });
        }
    }
    if count <= MAX_IDENTITIES {
        fields.end()?;
    }
    Ok(keys)
}

/// Whether OpenSSH goes on after this key (`ssh_fetch_identitylist` of its `authfd.c`): it can be
/// read, or its type is unknown. Any other key makes it refuse the list, with those of the TPM.
fn is_harmless(blob: &[u8]) -> bool {
    let Ok(name) = Reader::new(blob).text() else {
        return false;
    };
    match Identity::parse(blob) {
        Ok(identity) => has_good_lengths(identity.key()),
        Err(_) if name == DSA => PublicKey::from_bytes(blob).is_ok(),
        Err(_) => !is_known(name),
    }
}

/// Whether OpenSSH takes the numbers of this key, if it is an RSA key.
fn has_good_lengths(key: &KeyData) -> bool {
    key.rsa().is_none_or(|rsa| {
        let (n, e) = (bits(&rsa.n), bits(&rsa.e));
        n.is_some_and(|bits| (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits))
            && e.is_some_and(|bits| bits <= MAX_RSA_BITS)
    })
}

/// How long a number is; `None` if it is negative.
fn bits(number: &Mpint) -> Option<usize> {
    let bytes = number.as_positive_bytes()?;
    let zeros = bytes.first().map_or(0, |first| first.leading_zeros());
    (8 * bytes.len()).checked_sub(usize::try_from(zeros).ok()?)
}

fn is_known(name: &str) -> bool {
    let known = [Algorithm::new(name), Algorithm::new_certificate(name)];
    known
        .iter()
        .any(|known| matches!(known, Ok(algorithm) if !matches!(algorithm, Algorithm::Other(_))))
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
    use crate::protocol::fake_keys::{blob, certificate_blob, string};

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
    fn what_would_make_a_client_refuse_the_list_is_left_out() {
        let mut longer = blob();
        longer.push(0);
        let short = [string(b"ssh-rsa"), string(&[3]), string(&[0x7f; 100])].concat();
        let dsa = string(b"ssh-dss");
        let cut = &certificate_blob()[..100];
        for bad in [&b""[..], b"key", &longer, &short, &dsa, cut, &blob()[..20]] {
            let keys = parse(&list(2, &[(bad, b""), (&blob(), b"good\0bad")])).unwrap();
            assert_eq!(keys.len(), 1, "{bad:?}");
            assert_eq!(keys[0].comment, b"good");
        }
        let whole = parse(&list(1, &[(&certificate_blob(), b"")]));
        assert_eq!(whole.unwrap().len(), 1);
    }

    #[test]
    fn rsa_keys_are_offered_by_the_length_of_their_numbers() {
        let offers = |e: &[u8], first: u8, n_bytes: usize| {
            let n = [&[first][..], &vec![0xff; n_bytes - 1]].concat();
            let key = [string(b"ssh-rsa"), string(e), string(&n)].concat();
            parse(&list(1, &[(&key, b"")])).unwrap().len() == 1
        };
        // A zero byte in front makes a number positive whose first bit is set.
        assert!(offers(&[3], 0, 1 + 1024 / 8), "1,024 bits");
        assert!(!offers(&[3], 0x7f, 1024 / 8), "1,023 bits");
        assert!(offers(&[3], 0, 1 + 16384 / 8), "16,384 bits");
        assert!(!offers(&[3], 1, 1 + 16384 / 8), "16,385 bits");
        assert!(!offers(&[3], 0xff, 2048 / 8), "a negative modulus");
        assert!(!offers(&[0x83], 0, 1 + 2048 / 8), "a negative exponent");
    }

    #[test]
    fn an_agent_that_refuses_to_list_has_no_keys() {
        assert_eq!(parse(&[5]), Ok(Vec::new()));
    }
}
