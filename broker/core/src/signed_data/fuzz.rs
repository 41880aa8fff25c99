//! Data that any program wants signed.

use ssh_key::EcdsaCurve;
use sshtpm_fuzz::{Budget, Line, Target};

use super::fixtures::{
    Cert, Login, Vouching, certificate_of, ecdsa, ed25519, hostkeys_prove, login, rsa, sshsig,
};
use super::{SignedData, UnknownData};
use crate::restrictions::Restrictions;
use sshtpm_ssh::purpose::Purposes;

const WORDS: [&str; 11] = [
    "SSHSIG",
    "ssh-connection",
    "publickey",
    "publickey-hostbound-v00@openssh.com",
    "hostkeys-prove-00@openssh.com",
    "pam_ssh_agent_auth",
    "ecdsa-sha2-nistp256",
    "rsa-sha2-512",
    "sha512",
    "ssh-ed25519-cert-v01@openssh.com",
    "\u{202e}",
];

/// A certificate is read with its principals, each a text of its own.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 512,
        per_byte: 1,
    },
    memory: Line {
        fixed: 32 * 1024,
        per_byte: 16,
    },
    ..Budget::PLAIN
};

fn seeds() -> Vec<Vec<u8>> {
    let keys = [ecdsa(EcdsaCurve::NistP256), rsa(), ed25519()];
    let of_key = keys.iter().flat_map(|key| {
        let bound = Login::with(key, key.algorithm().as_str()).bound_to(&ed25519());
        let certificate = Cert::of(&ed25519(), key).data();
        let vouching = Vouching::with(key).data();
        [
            login(key),
            bound.data(),
            certificate,
            hostkeys_prove(key),
            vouching,
        ]
    });
    let others = [sshsig("git"), vec![0xa7; 32], certificate_of(&rsa(), 4000)];
    of_key.chain(others).collect()
}

#[test]
fn data_of_anybody_costs_little_to_understand_and_to_describe() {
    let keys = [ecdsa(EcdsaCurve::NistP256), rsa(), ed25519()];
    let restrictions = Restrictions::only(Purposes::of_users());
    let target = Target::new("signed-data").seeds(seeds()).words(WORDS);
    target.budget(BUDGET).run(|data| {
        let describe = |data: SignedData| {
            let words = data.in_words(None).to_string();
            assert!(!words.contains(char::is_control), "{words:?}");
            let details = data.details();
            assert!(details.iter().all(|(_, value)| value.len() <= 256));
            let allowed = data.is_what_a_key_is_for(&restrictions);
            (data.purpose(), words.len().min(8), allowed.is_ok())
        };
        let read = keys
            .each_ref()
            .map(|key| SignedData::parse(data, key).map(describe));
        read.map(|outcome: Result<_, UnknownData>| outcome)
    });
}
