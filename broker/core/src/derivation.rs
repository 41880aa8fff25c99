//! What the TPM derives a key from.
//!
//! A primary key is a function of a seed in the TPM and of the template that it is asked for. The
//! field `unique` of our templates is a digest of the owner and the label, so that no user can
//! derive the key of another, and the same words give the same key again.
//!
//! The bytes below are a promise: a change of one of them loses every derived key. They are written
//! down in docs/internals/store.md.
//!
//! The host keys of ssh-tpm-agent are derived from another template, with an empty `unique`.
//!
//! Specs: TPM 2.0 Part 1, "Primary Object Creation"; Part 3, §24.1 (TPM2_CreatePrimary); RFC 4251
//! §5 (string, uint32).

use sha2::{Digest as _, Sha256};
use sshtpm_ssh::derived::{Hierarchy, Label, Template};

use crate::identity::{HOST_USER, Owner};

/// What a key of one owner is derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    hierarchy: Hierarchy,
    label: Label,
    unique: Option<[u8; UNIQUE_BYTES]>,
}

/// What a caller wants a key to be derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DerivedFrom {
    /// The caller or the owner that the caller names, and this label.
    Label(Hierarchy, Label),
    /// What ssh-tpm-agent derives a host key from.
    SshTpmAgent(Hierarchy),
}

/// Length of [`Derivation::unique`] in bytes: a SHA-256.
pub const UNIQUE_BYTES: usize = 32;

/// The `authPolicy` in the templates of ssh-tpm-agent: PolicyB with SHA-256, as the TCG EK
/// Credential Profile defines it.
pub const POLICY_B: [u8; 32] = [
    0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef, 0xcf, 0xb3,
    0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0,
];

/// A newer way to derive keys gets another one.
const DOMAIN: &[u8] = b"sshtpm derived key, version 1";

impl Derivation {
    /// That of the key of `owner` with `label`.
    pub fn new(owner: &Owner, hierarchy: Hierarchy, label: Label) -> Self {
        let mut digest = Sha256::new();
        string(&mut digest, DOMAIN);
        if owner.name().as_str() == HOST_USER {
            // Of no uid: the package manager gives the system user another one on a new disk, and
            // the host key has to outlive the disk. No person has this name.
            string(&mut digest, b"host");
        } else {
            string(&mut digest, b"user");
            digest.update(owner.uid().0.to_be_bytes());
            string(&mut digest, owner.name().as_str().as_bytes());
        }
        string(&mut digest, label.as_str().as_bytes());
        Self {
            hierarchy,
            label,
            unique: Some(digest.finalize().into()),
        }
    }

    /// That of a host key of ssh-tpm-agent, which is the same for all owners.
    pub fn of_ssh_tpm_agent(hierarchy: Hierarchy) -> Self {
        Self {
            hierarchy,
            label: Label::default(),
            unique: None,
        }
    }

    /// Whose template it is for.
    pub fn template(&self) -> Template {
        match self.unique {
            Some(_) => Template::Sshtpm,
            None => Template::SshTpmAgent,
        }
    }

    /// Where the seed is.
    pub fn hierarchy(&self) -> Hierarchy {
        self.hierarchy
    }

    /// What the owner calls it.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// What tells it apart from the keys of others, and from others of its owner, in the field
    /// `unique` of our template.
    pub fn unique(&self) -> Option<&[u8; UNIQUE_BYTES]> {
        self.unique.as_ref()
    }
}

/// A `string` of RFC 4251. None is longer than a user name.
fn string(digest: &mut Sha256, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    digest.update(length.to_be_bytes());
    digest.update(bytes);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::identity::{Uid, UserName};

    fn owner(uid: u32, name: &str) -> Owner {
        Owner::new(Uid(uid), UserName::new(name).expect("a user name"))
    }

    fn of(owner: &Owner, label: &str) -> [u8; UNIQUE_BYTES] {
        let label = label.parse().expect("a label");
        let derivation = Derivation::new(owner, Hierarchy::Owner, label);
        *derivation.unique().expect("of ours")
    }

    #[test]
    fn the_same_words_give_the_same_value_in_every_version() {
        // Computed from the text of docs/internals/store.md by another program.
        let alice = of(&owner(1000, "alice"), "work");
        assert_eq!(
            hex(&alice),
            "8b12d5d753e626f64227f31e95534a70da6b791de1e8baa6ffb0701108af99a3"
        );
        let host = of(&owner(997, HOST_USER), "");
        assert_eq!(
            hex(&host),
            "cd9d94e73369c366e2c070bb36629fb00a626ee17a0f54202a9278ba986048de"
        );
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_recycled_uid_a_namesake_and_another_label_give_others() {
        let all = [
            of(&owner(1000, "alice"), "work"),
            of(&owner(1000, "bob"), "work"),
            of(&owner(1001, "alice"), "work"),
            of(&owner(1000, "alice"), "Work"),
            of(&owner(1000, "alice"), ""),
            // What one field lacks, the next does not give.
            of(&owner(1000, "alicew"), "ork"),
            of(&owner(1000, "host"), ""),
            of(&owner(1000, HOST_USER), ""),
        ];
        let different: HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn the_host_user_has_the_same_keys_under_another_uid() {
        assert_eq!(
            of(&owner(997, HOST_USER), "x"),
            of(&owner(101, HOST_USER), "x")
        );
    }
}
