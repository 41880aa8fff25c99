//! `SSH_AGENTC_SIGN_REQUEST`: signs with one key.
//!
//! Specs: RFC 9987, "Private Key Operations".

use tracing::debug;

use super::key_blob;
use super::reply::Reply;
use crate::asker::Asker;
use crate::keys::Keys;
use sshtpm_ssh::identity::Identity;
use sshtpm_ssh::wire::{Malformed, Reader};

/// Answers `content`: `string` key blob, `string` data, `uint32` flags. The broker checks the
/// data and the flags.
pub(super) async fn answer<K: Keys>(content: &[u8], keys: &K, asker: &Asker) -> Reply {
    let request = match Request::parse(content) {
        Ok(request) => request,
        Err(error) => {
            debug!("refused a request to sign: {error}");
            return Reply::Failure;
        }
    };
    let signed = keys.sign(&request.fingerprint, request.data, request.flags, asker);
    // `Keys` has logged an error.
    signed.await.map_or(Reply::Failure, Reply::Signature)
}

struct Request<'a> {
    fingerprint: String,
    data: &'a [u8],
    flags: u32,
}

impl<'a> Request<'a> {
    fn parse(content: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(content);
        let key = Identity::parse(fields.string()?)?.into_key();
        let data = fields.string()?;
        let flags = fields.uint32()?;
        fields.end()?;
        Ok(Self {
            fingerprint: key_blob::fingerprint(&key),
            data,
            flags,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::asker::Asker;
    use crate::protocol::fake_keys::{self, FakeKeys, block_on, string};
    use crate::protocol::reply::Reply;
    use sshtpm_dbus::Error;
    use sshtpm_ssh::error_kind::ErrorKind;

    fn request(blob: &[u8], data: &[u8], flags: u32) -> Vec<u8> {
        [string(blob), string(data), flags.to_be_bytes().to_vec()].concat()
    }

    fn refused(content: &[u8]) {
        let keys = FakeKeys::untouchable();
        assert_eq!(
            block_on(answer(content, &keys, &Asker::default())),
            Reply::Failure
        );
    }

    #[test]
    fn the_broker_gets_key_data_and_flags_and_its_answer_is_sent() {
        let keys = FakeKeys::signing(Ok(b"signature".to_vec()));
        let content = request(&fake_keys::blob(), b"data", 4);
        let reply = block_on(answer(&content, &keys, &Asker::default()));
        assert_eq!(reply, Reply::Signature(b"signature".to_vec()));
        let asked = (fake_keys::fingerprint(), b"data".to_vec(), 4);
        assert_eq!(keys.asked_to_sign(), [asked]);
    }

    #[test]
    fn a_certificate_signs_with_its_plain_key() {
        let keys = FakeKeys::signing(Ok(Vec::new()));
        let content = request(&fake_keys::certificate_blob(), b"", 0);
        block_on(answer(&content, &keys, &Asker::default()));
        let asked = (fake_keys::fingerprint(), Vec::new(), 0);
        assert_eq!(keys.asked_to_sign(), [asked]);
    }

    #[test]
    fn a_refusal_of_the_broker_gets_failure() {
        let no = Error::new(ErrorKind::NotAuthorized, "no");
        let keys = FakeKeys::signing(Err(no));
        let content = request(&fake_keys::blob(), b"data", 0);
        assert_eq!(
            block_on(answer(&content, &keys, &Asker::default())),
            Reply::Failure
        );
    }

    #[test]
    fn a_request_cut_off_anywhere_gets_failure() {
        let content = request(&fake_keys::blob(), b"data", 0);
        for end in 0..content.len() {
            refused(&content[..end]);
        }
    }

    #[test]
    fn bytes_left_over_get_failure() {
        let mut content = request(&fake_keys::blob(), b"data", 0);
        content.push(0);
        refused(&content);
    }

    #[test]
    fn bytes_left_over_in_the_key_blob_get_failure() {
        for mut blob in [fake_keys::blob(), fake_keys::certificate_blob()] {
            blob.push(0);
            refused(&request(&blob, b"data", 0));
        }
    }

    #[test]
    fn a_foreign_key_type_gets_failure() {
        let foreign = [string(b"foreign@example.com"), string(b"x")].concat();
        refused(&request(&foreign, b"data", 0));
        refused(&request(b"", b"data", 0));
        refused(&request(b"\0\0\0\x01\xff", b"data", 0));
    }
}
