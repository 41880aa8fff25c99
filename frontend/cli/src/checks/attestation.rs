//! Whether this machine can show others that its keys are in its TPM.

use sshtpm_dbus::MachineIdentity;

use super::finding::Finding;
use crate::probe::broker::Facts;
use crate::probe::bus::NoAnswer;

/// Vendor IDs of TPMs that are programs (TCG TPM Vendor ID Registry; what libtpms and hypervisors
/// say).
const IN_SOFTWARE: [(&str, &str); 4] = [
    ("IBM", "swtpm, or another TPM made with libtpms"),
    ("MSFT", "that of Hyper-V or Azure"),
    ("GOOG", "that of Google Cloud"),
    ("VMW", "that of VMware"),
];

/// Judges what the TPM shows of its identity. The identity itself is not told: this is for
/// everybody's eyes.
pub(crate) fn check(facts: &Facts, identity: &Result<MachineIdentity, NoAnswer>) -> Finding {
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) => return no_answer(error),
    };
    let keys = &identity.endorsement_keys;
    let certified = keys.iter().filter(|key| !key.certificate.is_empty());
    let certified = certified.count();
    let software = in_software(facts);
    match (certified, software) {
        (0, None) => Finding::ok(
            "keys can be attested; the TPM has no certificate, so enrol this machine by the hash \
             of its endorsement key, which `sudo sshtpm identity` shows",
        ),
        (number, None) => Finding::ok(format!(
            "keys can be attested; the TPM has {number} {} of its endorsement keys",
            certificates(number)
        )),
        (number, Some(which)) => Finding::ok(format!(
            "keys can be attested, but this TPM is a program ({which}): an attestation is worth as \
             much as the machine that runs it; {}",
            match number {
                0 => "enrol by hash (`sudo sshtpm identity`)".to_owned(),
                _ => format!("it has {number} {}", certificates(number)),
            }
        )),
    }
}

fn in_software(facts: &Facts) -> Option<&'static str> {
    let known = IN_SOFTWARE.iter();
    let found = known
        .clone()
        .find(|(vendor, _)| *vendor == facts.manufacturer);
    found.map(|(_, which)| *which)
}

fn certificates(number: usize) -> &'static str {
    match number {
        1 => "certificate",
        _ => "certificates",
    }
}

fn no_answer(error: &NoAnswer) -> Finding {
    match error {
        NoAnswer::Unknown => Finding::skipped("this broker is too old to attest keys"),
        NoAnswer::Other { name, .. } if is_for_administrators(name) => Finding::skipped(
            "only an administrator may know the TPM's identity; `sudo sshtpm doctor` says whether \
             this machine can be enrolled",
        ),
        NoAnswer::Other { name, text } if name.ends_with(".TpmOwnerPassword") => Finding::warn(
            "the endorsement hierarchy of the TPM has a password, so this machine cannot be \
             enrolled at a verifier",
            text.clone(),
        ),
        error => Finding::skipped(format!("the broker does not say: {error}")),
    }
}

fn is_for_administrators(name: &str) -> bool {
    name.ends_with(".InteractiveAuthorizationRequired") || name.ends_with(".NotAuthorized")
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::{EndorsementKey, MachineIdentity};

    use super::{Finding, NoAnswer, check};
    use crate::probe::broker::{Facts, example};

    fn identity(certificates: &[&[u8]]) -> MachineIdentity {
        let keys = certificates.iter().map(|certificate| EndorsementKey {
            public: vec![1],
            certificate: certificate.to_vec(),
        });
        MachineIdentity {
            endorsement_keys: keys.collect(),
            chain: Vec::new(),
        }
    }

    fn other(name: &str) -> NoAnswer {
        NoAnswer::Other {
            name: name.to_owned(),
            text: "remove the password".to_owned(),
        }
    }

    #[test]
    fn a_tpm_with_certificates_can_attest_and_one_without_is_enrolled_by_hash() {
        let certified = check(&example(), &Ok(identity(&[b"one", b"other", b""])));
        assert!(
            certified.found().contains("has 2 certificates"),
            "{certified:?}"
        );
        let without = check(&example(), &Ok(identity(&[b""])));
        assert!(without.found().contains("by the hash"), "{without:?}");
    }

    #[test]
    fn a_tpm_in_software_is_called_one() {
        let facts = Facts {
            manufacturer: "IBM".to_owned(),
            ..example()
        };
        for certificates in [&[&b"one"[..]][..], &[b""]] {
            let told = check(&facts, &Ok(identity(certificates)));
            assert!(told.found().contains("this TPM is a program"), "{told:?}");
        }
    }

    #[test]
    fn a_user_is_told_that_only_an_administrator_may_know() {
        for name in [
            "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
            "org.sshtpm.Broker1.Error.NotAuthorized",
        ] {
            let told = check(&example(), &Err(other(name)));
            let Finding::Skipped(why) = told else {
                panic!("{told:?}");
            };
            assert!(why.contains("sudo sshtpm doctor"), "{why}");
        }
    }

    #[test]
    fn a_password_in_the_way_is_a_warning_that_says_what_to_do() {
        let name = "org.sshtpm.Broker1.Error.TpmOwnerPassword";
        let told = check(&example(), &Err(other(name)));
        let Finding::Warn(advice) = told else {
            panic!("{told:?}");
        };
        assert_eq!(advice.next, "remove the password");
    }
}
