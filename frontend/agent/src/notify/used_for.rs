//! For what data is signed, as far as its beginning shows.
//!
//! The broker has recognized the data before there is a notice, as exactly one kind. So it is
//! enough here to tell the kinds apart. With a raw key it has not, and what is told is how the data
//! begins. Nothing is decided by this.
//!
//! Specs: RFC 4252 §7; OpenSSH `PROTOCOL.sshsig`, `PROTOCOL.certkeys`, `PROTOCOL` §2.5;
//! pam_ssh_agent_auth, `userauth_pubkey_from_id.c`.

use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::wire::{Malformed, Reader};
use sshtpm_ssh::words::Words;

/// What is done by signing `data`, in words that go on a sentence.
pub(super) fn in_words(data: &[u8]) -> Words {
    known(data).unwrap_or_else(|Malformed| "sign something".into())
}

fn known(data: &[u8]) -> Result<Words, Malformed> {
    if let Some(message) = data.strip_prefix(SSHSIG) {
        let namespace = Reader::new(message).text()?;
        return Ok(Words::from("sign in the namespace ").and(Quoted::new(namespace)));
    }
    if EXCHANGE_HASH_BYTES.contains(&data.len()) {
        return Ok(PROOF.into());
    }
    let mut wire = Reader::new(data);
    let first = wire.string()?;
    if first.ends_with(CERTIFICATE) {
        return Ok("issue a certificate".into());
    }
    if first == HOSTKEYS_PROVE {
        return Ok(PROOF.into());
    }
    let act = match wire.byte()? {
        SSH_MSG_USERAUTH_REQUEST => "log in as the user ",
        SSH2_MSG_USERAUTH_TRUST_REQUEST => "vouch to sudo for the user ",
        _ => return Err(Malformed),
    };
    Ok(Words::from(act).and(Quoted::new(wire.text()?)))
}

const PROOF: &str = "prove to be a host";

const SSHSIG: &[u8] = b"SSHSIG";

const EXCHANGE_HASH_BYTES: [usize; 3] = [32, 48, 64];

/// How names of types of certificates end.
const CERTIFICATE: &[u8] = b"-cert-v01@openssh.com";

const HOSTKEYS_PROVE: &[u8] = b"hostkeys-prove-00@openssh.com";

const SSH_MSG_USERAUTH_REQUEST: u8 = 50;

const SSH2_MSG_USERAUTH_TRUST_REQUEST: u8 = 54;

#[cfg(test)]
mod tests {
    use super::in_words;
    use crate::protocol::fake_keys::string;

    fn words(parts: &[&[u8]]) -> String {
        in_words(&parts.concat()).to_string()
    }

    #[test]
    fn each_kind_of_data_is_told() {
        let (session, user) = (string(b"session"), string(b"gi\"t"));
        let quoted = r#""gi\u{22}t""#;
        for (said, data) in [
            (
                format!("log in as the user {quoted}"),
                vec![&session[..], &[50], &user],
            ),
            (
                format!("vouch to sudo for the user {quoted}"),
                vec![&session[..], &[54], &user],
            ),
            (
                format!("sign in the namespace {quoted}"),
                vec![&b"SSHSIG"[..], &user, &[0; 20]],
            ),
            (
                "issue a certificate".to_owned(),
                vec![&string(b"ssh-rsa-cert-v01@openssh.com")[..], &[0; 99]],
            ),
            (
                "prove to be a host".to_owned(),
                vec![&string(b"hostkeys-prove-00@openssh.com")[..], &session],
            ),
            ("prove to be a host".to_owned(), vec![&[7; 48][..]]),
        ] {
            assert_eq!(words(&data), said);
        }
    }

    #[test]
    fn other_data_is_told_without_any_of_it() {
        for data in [&b"data"[..], b"", &[0xff; 99], b"\0\0\0\x01x\x33"] {
            assert_eq!(words(&[data]), "sign something");
        }
    }
}
