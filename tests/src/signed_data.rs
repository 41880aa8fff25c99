//! Data as SSH has it signed, for scenarios that ask the broker itself.
//!
//! Specs: RFC 4252 §7, RFC 4253 §8; OpenSSH `PROTOCOL` (`publickey-hostbound-v00@openssh.com`,
//! `hostkeys-prove-00@openssh.com`), `PROTOCOL.sshsig`, `PROTOCOL.certkeys`; `pam_ssh_agent_auth`.

use serde_json::Value;
use ssh_key::{HashAlg, PublicKey, SshSig};

use crate::call::text;

/// The identifier of some session.
pub const SESSION: [u8; 32] = [9; 32];

/// What `ssh-keygen -Y sign -n file` has signed for a file with this content: what most scenarios
/// sign, since it fits every key of a user's.
pub fn sshsig(content: &str) -> Vec<u8> {
    sshsig_in("file", content)
}

/// The same, in any namespace.
///
/// # Panics
///
/// The namespace is empty.
pub fn sshsig_in(namespace: &str, content: &str) -> Vec<u8> {
    let data = SshSig::signed_data(namespace, HashAlg::Sha512, content.as_bytes());
    data.expect("a namespace")
}

/// What `ssh` has signed by `key` (as `List` shows it) to log in as `user`.
pub fn login(key: &Value, user: &str) -> Vec<u8> {
    user_auth(key, user, &SESSION, None)
}

/// The same, in a session of one's choice and, if there is a `host_key`, bound to it.
pub fn user_auth(key: &Value, user: &str, session: &[u8], host_key: Option<&[u8]>) -> Vec<u8> {
    let algorithm = match text(key, "Algorithm") {
        name if name == "ssh-rsa" => "rsa-sha2-512".to_owned(),
        name => name,
    };
    let method = match host_key {
        None => "publickey",
        Some(_) => "publickey-hostbound-v00@openssh.com",
    };
    let mut data = [&string(session)[..], &[50], &string(user)].concat();
    data.extend(string("ssh-connection"));
    data.extend(string(method));
    data.push(1);
    data.extend(string(algorithm));
    data.extend(string(blob(key)));
    data.extend(host_key.into_iter().flat_map(string));
    data
}

/// The data that `sshd` asks to sign in a key exchange: a hash, which does not show its input.
pub fn exchange_hash() -> Vec<u8> {
    vec![0xa7; 32]
}

/// The data that `sshd` asks to sign to prove that it has `key`.
pub fn hostkeys_prove(key: &Value) -> Vec<u8> {
    [
        string("hostkeys-prove-00@openssh.com"),
        string(SESSION),
        string(blob(key)),
    ]
    .concat()
}

/// The data that `pam_ssh_agent_auth` asks `key` to sign, for `user` of the service `sudo`.
pub fn vouching(key: &Value, user: &str) -> Vec<u8> {
    let command = [&1_u32.to_be_bytes()[..], &string("sudo")].concat();
    let mut place = 101_u32.to_be_bytes().to_vec();
    place.extend(string([7; 16]));
    for field in [user, user, "sudo", "/srv"] {
        place.extend(string(field));
    }
    place.extend(string(command));
    place.extend(string("web1"));
    place.extend(1_700_000_000_u64.to_be_bytes());
    let mut data = [&string(place)[..], &[54], &string(user)].concat();
    data.extend(string("pam_ssh_agent_auth"));
    data.extend(string("publickey"));
    data.push(1);
    data.extend(string(text(key, "Algorithm")));
    data.extend(string(blob(key)));
    data
}

/// The data that `ssh-keygen -s` asks `issuer` to sign: a certificate of so many bytes, for an
/// Ed25519 key of a stranger and for all users.
///
/// # Panics
///
/// It cannot be so short.
pub fn certificate(issuer: &Value, bytes: usize) -> Vec<u8> {
    let with_key_id = |length| {
        let mut data = string("ssh-ed25519-cert-v01@openssh.com");
        data.extend(string([3; 32]));
        data.extend(string([5; 32]));
        data.extend(1_u64.to_be_bytes());
        data.extend(1_u32.to_be_bytes());
        data.extend(string(vec![b'x'; length]));
        data.extend(string(""));
        data.extend(0_u64.to_be_bytes());
        data.extend(u64::MAX.to_be_bytes());
        data.extend([string(""), string(""), string("")].concat());
        data.extend(string(blob(issuer)));
        data
    };
    let length = bytes.checked_sub(with_key_id(0).len());
    with_key_id(length.expect("it can be as short as that"))
}

/// The public key blob of `key` (as `List` shows it).
///
/// # Panics
///
/// It has none.
#[track_caller]
pub fn blob(key: &Value) -> Vec<u8> {
    let public = PublicKey::from_openssh(&text(key, "PublicKey")).expect("a public key");
    public.to_bytes().expect("a blob")
}

/// Bytes with their length before them, as SSH has them.
///
/// # Panics
///
/// There are too many for a length of 4 bytes.
pub fn string(content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = u32::try_from(content.len()).expect("a length");
    [&length.to_be_bytes()[..], content].concat()
}
