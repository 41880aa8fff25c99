//! The identity of a TPM, in words.

use sshtpm_ssh::text::printable;

use super::certificate::{Facts, Shown};
use super::key::{Identity, Key};

/// All of it, in lines that a terminal may show.
pub(super) fn lines(identity: &Identity) -> String {
    let keys = identity.keys.iter().map(key);
    let chain = identity.chain.iter().map(|one| {
        let head = "Certificate of an issuer, from the TPM".to_owned();
        [vec![head], certificate(one)].concat()
    });
    let parts: Vec<String> = keys.chain(chain).map(|part| part.join("\n")).collect();
    parts.join("\n\n")
}

fn key(key: &Key) -> Vec<String> {
    let head = vec![
        format!("Endorsement key {}", key.kind),
        format!("  Hash:    {}", key.hash),
    ];
    let rest = match &key.certificate {
        Some(one) => certificate(one),
        None => vec![
            "  The TPM has no certificate of it. Enrol this machine by the hash, and read it here, \
             at the machine."
                .to_owned(),
        ],
    };
    [head, rest].concat()
}

fn certificate(shown: &Shown) -> Vec<String> {
    match &shown.facts {
        Some(facts) => of_facts(facts),
        None => vec!["  Its certificate cannot be read.".to_owned()],
    }
}

fn of_facts(facts: &Facts) -> Vec<String> {
    let valid = format!("{} to {}", facts.not_before, facts.not_after);
    let fields = [
        ("Subject:", &facts.subject),
        ("TPM:", &facts.tpm),
        ("Issuer:", &facts.issuer),
        ("Serial:", &facts.serial),
        ("Valid:", &valid),
    ];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    fields
        .map(|(name, value)| format!("  {name:<8} {}", printable(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::{CertificateBytes, EndorsementKey, MachineIdentity};

    use super::{Identity, lines};
    use crate::identity::key::tests::P256_AREA;

    fn shown(certificate: &[u8], chain: &[&[u8]]) -> String {
        let identity = MachineIdentity {
            endorsement_keys: vec![EndorsementKey {
                public: P256_AREA.to_vec(),
                certificate: certificate.to_vec(),
            }],
            chain: chain
                .iter()
                .map(|one| CertificateBytes(one.to_vec()))
                .collect(),
        };
        lines(&Identity::read(&identity).unwrap())
    }

    #[test]
    fn a_key_without_a_certificate_is_enrolled_by_its_hash() {
        let text = shown(&[], &[]);
        assert!(
            text.starts_with("Endorsement key P-256\n  Hash:    SHA256:"),
            "{text}"
        );
        assert!(text.contains("Enrol this machine by the hash"), "{text}");
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_no_reason_to_say_nothing() {
        let text = shown(b"\x30\x03\x1b[2", &[b"\x30\x01\x1b"]);
        assert_eq!(
            text.matches("Its certificate cannot be read.").count(),
            2,
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
