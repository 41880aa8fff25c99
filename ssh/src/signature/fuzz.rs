//! Signatures that anybody sends.

use sshtpm_fuzz::Target;

use super::parse;

#[test]
fn a_signature_of_anybody_costs_little_to_read() {
    let target = Target::new("signatures").words([
        "ssh-rsa",
        "rsa-sha2-256",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    ]);
    target.run(|blob| parse(blob).map(|signature| signature.algorithm().to_string()));
}
