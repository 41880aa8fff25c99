//! What the broker shows, parsed.

use sshtpm_dbus::MachineIdentity;
use sshtpm_ssh::endorsement::{EndorsementHash, EndorsementPublic};

use super::certificate::Shown;
use crate::error::Failure;

/// The identity of the TPM.
pub(super) struct Identity {
    pub(super) keys: Vec<Key>,
    pub(super) chain: Vec<Shown>,
}

/// An endorsement key.
pub(super) struct Key {
    /// `RSA 2048`, `P-256`.
    pub(super) kind: String,
    pub(super) hash: EndorsementHash,
    /// TPMT_PUBLIC.
    pub(super) area: Vec<u8>,
    pub(super) certificate: Option<Shown>,
}

impl Identity {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// A key is none, or of a kind that is not known here.
    pub(super) fn read(identity: &MachineIdentity) -> Result<Self, Failure> {
        let keys = identity.endorsement_keys.iter().map(|key| {
            let public = EndorsementPublic::read(&key.public).ok_or_else(|| {
                Failure::new(
                    "cannot show the identity of the TPM",
                    "its endorsement key is of a kind that this program does not know",
                )
                .and_next("Use an sshtpm of the broker's version; `sshtpm status` shows both.")
            })?;
            let has_one = !key.certificate.is_empty();
            Ok(Key {
                kind: public.kind(),
                hash: EndorsementHash::of(&public),
                area: key.public.clone(),
                certificate: has_one.then(|| Shown::new(&key.certificate)),
            })
        });
        let chain = identity.chain.iter();
        Ok(Self {
            keys: keys.collect::<Result<_, Failure>>()?,
            chain: chain.map(|one| Shown::new(&one.0)).collect(),
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use sshtpm_dbus::{EndorsementKey, MachineIdentity};

    use super::Identity;

    /// The public area of an endorsement key of the TCG's template L-2.
    pub(in crate::identity) const P256_AREA: [u8; 122] = {
        let mut area = [7; 122];
        let head = [0x00, 0x23, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xb2, 0x00, 0x20];
        // TPM_ALG_AES, 128, CFB, no scheme, P-256, no key derivation, and the length of x.
        let middle = [0, 6, 0, 128, 0, 0x43, 0, 0x10, 0, 3, 0, 0x10, 0, 32];
        let mut at = 0;
        while at < head.len() {
            area[at] = head[at];
            at += 1;
        }
        at = 0;
        while at < middle.len() {
            area[42 + at] = middle[at];
            at += 1;
        }
        area[88] = 0;
        area[89] = 32;
        area
    };

    #[test]
    fn a_key_of_an_unknown_kind_is_told_as_a_failure() {
        let identity = MachineIdentity {
            endorsement_keys: vec![EndorsementKey {
                public: vec![0; 4],
                certificate: Vec::new(),
            }],
            chain: Vec::new(),
        };
        assert!(Identity::read(&identity).is_err());
    }
}
