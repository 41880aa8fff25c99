//! `SSH_AGENTC_SIGN_REQUEST`: signs with one key.
//!
//! Specs: RFC 9987, "Private Key Operations".

use tracing::debug;

use super::client::Client;
use super::holder::{Holder, find};
use super::passed;
use super::reply::{Reply, SIGN_RESPONSE};
use crate::keys::Keys;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::wire::{Malformed, Reader};

/// Answers `message`, whose content is `string` key blob, `string` data, `uint32` flags. The broker
/// checks the data and the flags. A key of an agent behind may be of any type.
pub(super) async fn answer<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let request = match Request::parse(message) {
        Ok(request) => request,
        Err(error) => {
            debug!("refused a request to sign: {error}");
            return Reply::Failure;
        }
    };
    if client.hidden.has(request.blob) {
        debug!("refused a request to sign: the key was removed from this agent");
        return Reply::Failure;
    }
    match find(request.blob, keys, client).await {
        // The broker also says why it has no key of this name.
        Holder::Tpm(name) | Holder::Unknown(Some(name)) => {
            let asker = client.asker();
            let signed = keys.sign(&name, request.data, request.flags, &asker);
            match signed.await {
                Ok(signature) => Reply::Signature(signature),
                // `Keys` has logged it.
                Err(error) => {
                    if error.kind() == ErrorKind::NoSuchKey {
                        client.links.forget_own(request.blob);
                    }
                    Reply::Failure
                }
            }
        }
        Holder::Behind(index) => behind(index, message, keys, client).await,
        Holder::Unknown(None) => {
            debug!("refused a request to sign: nobody has the key, whose type is unknown");
            Reply::Failure
        }
    }
}

async fn behind<K: Keys>(index: usize, message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let Some(passage) = client.passage() else {
        return Reply::Failure;
    };
    let asked = client.links.ask(index, message, &passage);
    match passed::unless_locked(keys, asked).await {
        Reply::Passed(answer) if answer.first() == Some(&SIGN_RESPONSE) => Reply::Passed(answer),
        _ => Reply::Failure,
    }
}

struct Request<'a> {
    blob: &'a [u8],
    data: &'a [u8],
    flags: u32,
}

impl<'a> Request<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(message);
        fields.byte()?;
        let (blob, data) = (fields.string()?, fields.string()?);
        let flags = fields.uint32()?;
        fields.end()?;
        Ok(Self { blob, data, flags })
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::keys::Keys;
    use crate::protocol::client::Client;
    use crate::protocol::fake_keys::{self, FakeKeys, block_on, string};
    use crate::protocol::reply::Reply;
    use sshtpm_dbus::Error;
    use sshtpm_ssh::error_kind::ErrorKind;

    fn request(blob: &[u8], data: &[u8], flags: u32) -> Vec<u8> {
        let fields = [string(blob), string(data), flags.to_be_bytes().to_vec()];
        [vec![13], fields.concat()].concat()
    }

    fn ask(message: &[u8], keys: &impl Keys) -> Reply {
        block_on(answer(message, keys, &mut Client::default()))
    }

    fn refused(content: &[u8]) {
        let keys = FakeKeys::untouchable();
        assert_eq!(ask(content, &keys), Reply::Failure);
    }

    #[test]
    fn the_broker_gets_key_data_and_flags_and_its_answer_is_sent() {
        let keys = FakeKeys::signing(Ok(b"signature".to_vec()));
        let content = request(&fake_keys::blob(), b"data", 4);
        let reply = ask(&content, &keys);
        assert_eq!(reply, Reply::Signature(b"signature".to_vec()));
        let asked = (fake_keys::fingerprint(), b"data".to_vec(), 4);
        assert_eq!(keys.asked_to_sign(), [asked]);
    }

    #[test]
    fn a_certificate_signs_with_its_plain_key() {
        let keys = FakeKeys::signing(Ok(Vec::new()));
        let content = request(&fake_keys::certificate_blob(), b"", 0);
        ask(&content, &keys);
        let asked = (fake_keys::fingerprint(), Vec::new(), 0);
        assert_eq!(keys.asked_to_sign(), [asked]);
    }

    #[test]
    fn a_refusal_of_the_broker_gets_failure() {
        let no = Error::new(ErrorKind::NotAuthorized, "no");
        let keys = FakeKeys::signing(Err(no));
        let content = request(&fake_keys::blob(), b"data", 0);
        assert_eq!(ask(&content, &keys), Reply::Failure);
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
