//! Public areas, byte by byte, for tests.

/// userWithAuth, noDA, sign.
pub(super) const ATTRIBUTES: u32 = 0x0004_0440;

pub(super) const SIGN: u32 = 0x0004_0000;

/// A TPMT_PUBLIC in its parts, each of which a test can change.
#[derive(Clone)]
pub(crate) struct Area {
    pub(crate) kind: u16,
    pub(crate) name: u16,
    pub(crate) attributes: u32,
    pub(crate) policy: Vec<u8>,
    /// Symmetric algorithm, scheme, curve or bits and exponent, key derivation function.
    pub(crate) parameters: Vec<u8>,
    pub(crate) unique: Vec<Vec<u8>>,
}

/// Of the key in the tests of the service, or of any other point.
pub(crate) fn p256(x: &[u8], y: &[u8]) -> Area {
    Area {
        kind: 0x0023,
        name: 0x000b,
        attributes: ATTRIBUTES,
        policy: Vec::new(),
        parameters: words(&[0x0010, 0x0018, 0x000b, 0x0003, 0x0010]),
        unique: vec![x.to_vec(), y.to_vec()],
    }
}

pub(crate) fn p521() -> Area {
    Area {
        parameters: words(&[0x0010, 0x0018, 0x000d, 0x0005, 0x0010]),
        unique: vec![vec![1; 66], vec![2; 66]],
        ..p256(&[], &[])
    }
}

pub(crate) fn rsa(bits: u16, exponent: u32) -> Area {
    let mut modulus = vec![0xc3; usize::from(bits / 8)];
    if let Some(last) = modulus.last_mut() {
        *last |= 1;
    }
    let mut parameters = words(&[0x0010, 0x0010, bits]);
    parameters.extend(exponent.to_be_bytes());
    Area {
        kind: 0x0001,
        parameters,
        unique: vec![modulus],
        ..p256(&[], &[])
    }
}

/// A sealed object, whose public area does not tell what is in it.
pub(crate) fn sealed() -> Area {
    Area {
        kind: 0x0008,
        attributes: ATTRIBUTES & !SIGN,
        parameters: words(&[0x0010]),
        unique: vec![vec![0x5a; 32]],
        ..p256(&[], &[])
    }
}

/// The blob of any `ssh-ed25519` key.
pub(crate) fn ed25519(point: [u8; 32]) -> Vec<u8> {
    [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &point].concat()
}

impl Area {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = words(&[self.kind, self.name]);
        bytes.extend(self.attributes.to_be_bytes());
        bytes.extend(sized(&self.policy));
        bytes.extend(&self.parameters);
        bytes.extend(self.unique.iter().flat_map(|one| sized(one)));
        bytes
    }
}

pub(super) fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("short");
    [&length.to_be_bytes(), bytes].concat()
}
