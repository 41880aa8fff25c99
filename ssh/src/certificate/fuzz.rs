//! Keys and certificates that anybody sends.

use sshtpm_fuzz::Target;

use super::{Certificate, Fields, from_line, to_line};
use crate::identity::Identity;

const WORDS: [&str; 8] = [
    "ssh-rsa-cert-v01@openssh.com",
    "ssh-ed25519-cert-v01@openssh.com",
    "ecdsa-sha2-nistp521-cert-v01@openssh.com",
    "sk-ssh-ed25519-cert-v01@openssh.com",
    "ssh-dss-cert-v01@openssh.com",
    "ssh-ed25519",
    "nistp256",
    "force-command",
];

/// Certificates of `ssh-keygen -s`.
const SEEDS: [&[u8]; 2] = [
    include_bytes!("../../../fuzz/corpus/certificates/user-ecdsa"),
    include_bytes!("../../../fuzz/corpus/certificates/host-ed25519"),
];

fn target() -> Target {
    Target::new("certificates").words(WORDS)
}

#[test]
fn a_key_or_certificate_of_anybody_costs_little_to_read() {
    target().run(|blob| match Identity::parse(blob) {
        Ok(Identity::Key(key)) => format!("{}", key.algorithm()),
        Ok(Identity::Certificate(found)) => {
            let Fields {
                kind, principals, ..
            } = found.fields;
            format!("{kind:?} {}", principals.len().min(4))
        }
        Err(error) => error.to_string(),
    });
}

#[test]
fn what_an_authority_is_to_sign_costs_little_to_read() {
    target().run(|blob| {
        let whole = Certificate::parse(blob).map(|whole| whole.signed.len());
        let data = whole.ok().and_then(|length| blob.get(..length));
        let fields = Fields::parse(data.unwrap_or(blob));
        fields.map(|fields| (fields.kind, fields.critical_options.len().min(4)))
    });
}

#[test]
fn a_line_of_any_file_costs_little_to_read() {
    let seeds = SEEDS.map(|blob| to_line(blob).expect("a certificate"));
    let target = Target::new("certificate-lines").seeds(seeds).words(WORDS);
    target.run(|bytes| {
        let line = std::str::from_utf8(bytes).unwrap_or_default();
        from_line(line).map(|blob| blob.len().min(64))
    });
}
