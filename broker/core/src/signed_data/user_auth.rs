//! User authentication requests: what `ssh` signs to log in.
//!
//! Specs: RFC 4252 §7; RFC 8332 §3.2 (RSA with SHA-2); OpenSSH `PROTOCOL` §3.1
//! (`publickey-hostbound-v00@openssh.com`) and `PROTOCOL.certkeys` (algorithms of certificates).

use ssh_key::public::KeyData;
use sshtpm_ssh::certificate::Kind;
use sshtpm_ssh::limits::{MAX_HOST_KEY_BYTES, MAX_NAME_BYTES, MAX_SESSION_ID_BYTES};
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::wire::{Malformed, Reader};
use sshtpm_ssh::words::Words;

use super::certificate;
use super::key::Signer;
use crate::session::ProvedHost;
use crate::signature::Scheme;

/// A request to log in, by the key that is asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserAuth {
    session_id: Vec<u8>,
    user: String,
    host_key: Option<Vec<u8>>,
    scheme: Named,
}

/// The signature algorithm that a login names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// One with which keys sign.
    Scheme(Scheme),
    /// RSA with SHA-1 (`ssh-rsa`), with which no key signs. It is parsed so that the user is told
    /// what was asked for.
    Sha1,
}

impl UserAuth {
    /// The identifier of its session, of 1 to [`MAX_SESSION_ID_BYTES`] bytes.
    pub(crate) fn session_id(&self) -> &[u8] {
        &self.session_id
    }

    /// The user name, of 1 to [`MAX_NAME_BYTES`] bytes, with any characters.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// The public key blob of the host that it is bound to, if any, of 1 to [`MAX_HOST_KEY_BYTES`]
    /// bytes.
    pub(crate) fn host_key(&self) -> Option<&[u8]> {
        self.host_key.as_deref()
    }

    /// The signature algorithm that it names.
    pub(crate) fn scheme(&self) -> Named {
        self.scheme
    }

    /// What is done by signing it; `host` is the host, if it is known.
    pub(super) fn in_words(&self, host: Option<&ProvedHost>) -> Words {
        let place = match host {
            Some(host) => Words::from("log in at ").and(host.in_words()),
            None => "log in at a host that has not proved its identity,".into(),
        };
        place.and(" as the user ").and(Quoted::new(&self.user))
    }

    pub(super) fn parse(data: &[u8], signer: Signer<'_>) -> Result<Self, Malformed> {
        let mut wire = Reader::new(data);
        let session_id = bounded(wire.string()?, MAX_SESSION_ID_BYTES)?;
        if wire.byte()? != SSH_MSG_USERAUTH_REQUEST {
            return Err(Malformed);
        }
        let user = wire.text()?;
        bounded(user.as_bytes(), MAX_NAME_BYTES)?;
        wire.exactly(SERVICE)?;
        let is_hostbound = match wire.string()? {
            PUBLIC_KEY => false,
            PUBLIC_KEY_HOSTBOUND => true,
            _ => return Err(Malformed),
        };
        if wire.byte()? != TRUE {
            return Err(Malformed);
        }
        let algorithm = wire.text()?;
        let scheme = scheme(algorithm, wire.string()?, signer)?;
        let host_key = match is_hostbound {
            true => Some(bounded(wire.string()?, MAX_HOST_KEY_BYTES)?.to_vec()),
            false => None,
        };
        wire.end()?;
        Ok(Self {
            session_id: session_id.to_vec(),
            user: user.to_owned(),
            host_key,
            scheme,
        })
    }
}

/// RFC 4252 §6.
const SSH_MSG_USERAUTH_REQUEST: u8 = 50;

/// RFC 4251 §5: what is to be stored as TRUE. It says that there is a signature.
const TRUE: u8 = 1;

/// RFC 4252 §5: what is to be done after it. There is no other service that `ssh` asks for.
const SERVICE: &[u8] = b"ssh-connection";

const PUBLIC_KEY: &[u8] = b"publickey";
const PUBLIC_KEY_HOSTBOUND: &[u8] = b"publickey-hostbound-v00@openssh.com";

/// RFC 4253 §6.6: as the name of a signature algorithm it means SHA-1.
const RSA_WITH_SHA1: &str = "ssh-rsa";

/// What the names of algorithms that use certificates have in addition.
const CERTIFIED: &str = "-cert-v01@openssh.com";

fn bounded(bytes: &[u8], at_most: usize) -> Result<&[u8], Malformed> {
    let fits = (1..=at_most).contains(&bytes.len());
    fits.then_some(bytes).ok_or(Malformed)
}

/// How the request says that it is signed: by `signer`, as `blob` shows it.
fn scheme(algorithm: &str, blob: &[u8], signer: Signer<'_>) -> Result<Named, Malformed> {
    let name = if signer.is(blob) {
        algorithm
    } else {
        certificate::is_of(blob, Kind::User, signer)?;
        algorithm.strip_suffix(CERTIFIED).ok_or(Malformed)?
    };
    let schemes: &[Scheme] = match signer.key() {
        KeyData::Ecdsa(key) => &[Scheme::Ecdsa(key.curve())],
        KeyData::Rsa(_) => &[Scheme::RsaSha256, Scheme::RsaSha512],
        KeyData::Ed25519(_) => &[Scheme::Ed25519],
        _ => &[],
    };
    if name == RSA_WITH_SHA1 && matches!(signer.key(), KeyData::Rsa(_)) {
        return Ok(Named::Sha1);
    }
    let named = schemes.iter().find(|scheme| scheme.is_named(name));
    named.copied().map(Named::Scheme).ok_or(Malformed)
}
