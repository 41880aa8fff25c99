//! Data as SSH has it signed, put together field by field.

use std::ops::Range;

use ssh_encoding::Encode as _;
use ssh_key::EcdsaCurve;
use ssh_key::public::{Ed25519PublicKey, KeyData, RsaPublicKey};

/// Some session.
pub(crate) const SESSION: [u8; 32] = [9; 32];

/// A `string`.
pub(crate) fn string(content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = u32::try_from(content.len()).expect("a length");
    [&length.to_be_bytes()[..], content].concat()
}

/// A public key blob.
pub(crate) fn blob(key: &KeyData) -> Vec<u8> {
    let mut blob = Vec::new();
    key.encode(&mut blob).expect("a key has a blob");
    blob
}

/// The base points of the curves, which are as good as any.
pub(crate) fn ecdsa(curve: EcdsaCurve) -> KeyData {
    use ssh_key::public::EcdsaPublicKey as Key;
    let point = match curve {
        EcdsaCurve::NistP256 => P256,
        EcdsaCurve::NistP384 => P384,
        EcdsaCurve::NistP521 => P521,
    };
    KeyData::Ecdsa(Key::from_sec1_bytes(&hex(point)).expect("a point"))
}

pub(crate) fn rsa() -> KeyData {
    let number = |bytes: &[u8]| ssh_key::Mpint::from_positive_bytes(bytes).expect("a number");
    KeyData::Rsa(RsaPublicKey {
        e: number(&[1, 0, 1]),
        n: number(&[0xc5; 256]),
    })
}

pub(crate) fn ed25519() -> KeyData {
    KeyData::Ed25519(Ed25519PublicKey([5; 32]))
}

/// A request to log in, of which each field can be another one.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) session_id: Vec<u8>,
    pub(crate) message: u8,
    pub(crate) user: Vec<u8>,
    pub(crate) service: &'static str,
    pub(crate) method: &'static str,
    pub(crate) has_signature: u8,
    pub(crate) algorithm: String,
    pub(crate) key: Vec<u8>,
    pub(crate) host_key: Option<Vec<u8>>,
}

impl Login {
    pub(crate) fn with(key: &KeyData, algorithm: &str) -> Self {
        Self {
            session_id: SESSION.to_vec(),
            message: 50,
            user: b"git".to_vec(),
            service: "ssh-connection",
            method: "publickey",
            has_signature: 1,
            algorithm: algorithm.to_owned(),
            key: blob(key),
            host_key: None,
        }
    }

    /// The same, bound to a host.
    pub(crate) fn bound_to(self, host_key: &KeyData) -> Self {
        Self {
            method: "publickey-hostbound-v00@openssh.com",
            host_key: Some(blob(host_key)),
            ..self
        }
    }

    pub(crate) fn data(&self) -> Vec<u8> {
        let mut data = string(&self.session_id);
        data.push(self.message);
        data.extend(string(&self.user));
        data.extend(string(self.service));
        data.extend(string(self.method));
        data.push(self.has_signature);
        data.extend(string(&self.algorithm));
        data.extend(string(&self.key));
        data.extend(self.host_key.iter().flat_map(string));
        data
    }
}

/// A request of `key` to log in as `git`.
pub(crate) fn login(key: &KeyData) -> Vec<u8> {
    let algorithm = match key {
        KeyData::Rsa(_) => "rsa-sha2-512".to_owned(),
        other => other.algorithm().as_str().to_owned(),
    };
    Login::with(key, &algorithm).data()
}

/// A request of `pam_ssh_agent_auth`, of which each field can be another one.
#[derive(Clone)]
pub(crate) struct Vouching {
    pub(crate) version: u32,
    pub(crate) cookie: Vec<u8>,
    pub(crate) account: Vec<u8>,
    pub(crate) asker: Vec<u8>,
    pub(crate) service: Vec<u8>,
    pub(crate) directory: Vec<u8>,
    pub(crate) command: Vec<u8>,
    pub(crate) machine: Vec<u8>,
    pub(crate) message: u8,
    pub(crate) user: Vec<u8>,
    pub(crate) names: [&'static str; 2],
    pub(crate) has_signature: u8,
    pub(crate) algorithm: String,
    pub(crate) key: Vec<u8>,
}

impl Vouching {
    /// `sudo id`, by alice on `web1`.
    pub(crate) fn with(key: &KeyData) -> Self {
        Self {
            version: 101,
            cookie: vec![7; 16],
            account: b"alice".to_vec(),
            asker: b"alice".to_vec(),
            service: b"sudo".to_vec(),
            directory: b"/srv".to_vec(),
            command: arguments(["sudo", "id"]),
            machine: b"web1".to_vec(),
            message: 54,
            user: b"alice".to_vec(),
            names: ["pam_ssh_agent_auth", "publickey"],
            has_signature: 1,
            algorithm: key.algorithm().as_str().to_owned(),
            key: blob(key),
        }
    }

    pub(crate) fn data(&self) -> Vec<u8> {
        let mut place = self.version.to_be_bytes().to_vec();
        let fields = [
            &self.cookie,
            &self.account,
            &self.asker,
            &self.service,
            &self.directory,
            &self.command,
            &self.machine,
        ];
        place.extend(fields.into_iter().flat_map(string));
        place.extend(1_700_000_000_u64.to_be_bytes());
        let mut data = string(place);
        data.push(self.message);
        data.extend(string(&self.user));
        data.extend(self.names.iter().flat_map(string));
        data.push(self.has_signature);
        data.extend(string(&self.algorithm));
        data.extend(string(&self.key));
        data
    }
}

/// The arguments of a command, as `pam_ssh_agent_auth` sends them.
pub(crate) fn arguments<A: AsRef<[u8]>>(list: impl IntoIterator<Item = A>) -> Vec<u8> {
    let list: Vec<_> = list.into_iter().map(string).collect();
    let count = u32::try_from(list.len()).expect("a count");
    [count.to_be_bytes().to_vec(), list.concat()].concat()
}

/// An SSHSIG in `namespace`.
pub(crate) fn sshsig(namespace: &str) -> Vec<u8> {
    sshsig_of(namespace.as_bytes(), b"", "sha512", &[6; 64])
}

pub(crate) fn sshsig_of(namespace: &[u8], reserved: &[u8], hash: &str, digest: &[u8]) -> Vec<u8> {
    let fields = [namespace, reserved, hash.as_bytes(), digest];
    let fields = fields.into_iter().flat_map(string);
    b"SSHSIG".iter().copied().chain(fields).collect()
}

/// A certificate, of which each field can be another one.
#[derive(Clone)]
pub(crate) struct Cert {
    pub(crate) name: String,
    /// Those of the key that is certified.
    pub(crate) fields: Vec<u8>,
    pub(crate) kind: u32,
    pub(crate) key_id: Vec<u8>,
    pub(crate) principals: Vec<u8>,
    pub(crate) valid: Range<u64>,
    pub(crate) critical: Vec<u8>,
    pub(crate) extensions: Vec<u8>,
    pub(crate) reserved: &'static [u8],
    pub(crate) issuer: Vec<u8>,
}

impl Cert {
    /// A user's, for `alice` and `root`.
    pub(crate) fn of(key: &KeyData, issuer: &KeyData) -> Self {
        let algorithm = key.algorithm();
        let fields = blob(key).split_off(4 + algorithm.as_str().len());
        Self {
            name: algorithm.to_certificate_type(),
            fields,
            kind: 1,
            key_id: b"id".to_vec(),
            principals: [string("alice"), string("root")].concat(),
            valid: 0..u64::MAX,
            critical: [string("force-command"), string(string("true"))].concat(),
            extensions: [string("permit-pty"), string("")].concat(),
            reserved: b"",
            issuer: blob(issuer),
        }
    }

    /// What the issuer signs.
    pub(crate) fn data(&self) -> Vec<u8> {
        let mut data = [string(&self.name), string([3; 32]), self.fields.clone()].concat();
        data.extend(7_u64.to_be_bytes());
        data.extend(self.kind.to_be_bytes());
        data.extend(string(&self.key_id));
        data.extend(string(&self.principals));
        data.extend(self.valid.start.to_be_bytes());
        data.extend(self.valid.end.to_be_bytes());
        data.extend(string(&self.critical));
        data.extend(string(&self.extensions));
        data.extend(string(self.reserved));
        data.extend(string(&self.issuer));
        data
    }

    /// The whole of it, without a signature.
    pub(crate) fn blob(&self) -> Vec<u8> {
        [self.data(), string(b"a signature")].concat()
    }
}

/// A certificate to be issued by `issuer`, of so many bytes.
pub(crate) fn certificate_of(issuer: &KeyData, bytes: usize) -> Vec<u8> {
    let small = Cert::of(&ed25519(), issuer);
    let missing = bytes.checked_sub(small.data().len());
    let key_id = vec![b'x'; small.key_id.len() + missing.expect("it fits")];
    Cert { key_id, ..small }.data()
}

/// A proof that a host has `key`.
pub(crate) fn hostkeys_prove(key: &KeyData) -> Vec<u8> {
    let name = "hostkeys-prove-00@openssh.com";
    [string(name), string(SESSION), string(blob(key))].concat()
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(byte).collect()
}

// SEC 2, sections 2.4.2, 2.5.1 and 2.6.1.
const P256: &str = "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296\
                    4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";
const P384: &str = "04AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF\
                    55296C3A545E3872760AB73617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA31\
                    13B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F";
const P521: &str = "0400C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E\
                    77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66011839296A789A3BC0\
                    045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013F\
                    AD0761353C7086A272C24088BE94769FD16650";
