//! `sshtpm adopt --tpm2-pkcs11`: keys in a store that tpm2_ptool made.

use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, text};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::TCTI;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Output, User, World};

const PIN: &str = "123456";

/// tpm2_ptool leaves objects in the TPM where there is no resource manager. This stands before
/// tpm2-tools, and takes them away.
const SWEEPER: &str = "#!/bin/sh\n/usr/bin/tpm2_flushcontext -t\n\
    /usr/bin/${0##*/} \"$@\"; status=$?; /usr/bin/tpm2_flushcontext -t; exit $status\n";

/// Runs it with access to the TPM, as members of group tss have it.
fn in_tss(alice: User<'_>, command: &str) -> Output {
    let path = "PATH=/home/alice/bin:$PATH";
    let command = alice.command("sh -c").arg(format!("{path} exec {command}"));
    command.env("TPM2TOOLS_TCTI", TCTI).run()
}

fn token(alice: User<'_>) {
    alice.run("mkdir -p -m 700 bin .tpm2_pkcs11").ok();
    for tool in ["tpm2_create", "tpm2_load", "tpm2_unseal"] {
        alice.write(&format!("/home/alice/bin/{tool}"), SWEEPER);
        alice.run(&format!("chmod 755 bin/{tool}")).ok();
    }
    let ptool =
        |words: &str| in_tss(alice, &format!("tpm2_ptool {words} --path .tpm2_pkcs11")).ok();
    ptool("init --primary-handle=0x81000001");
    ptool("addtoken --pid=1 --label=ssh --userpin=123456 --sopin=654321");
    ptool("addkey --label=ssh --userpin=123456 --algorithm=ecc256 --key-label=mykey");
}

#[test]
fn a_key_in_a_store_of_tpm2_pkcs11_is_taken_over() {
    let world = World::new();
    let alice = world.alice();
    token(alice);
    let wrong = in_tss(
        alice,
        "sh -c 'echo 1 | sshtpm adopt --tpm2-pkcs11 --password-stdin'",
    );
    wrong.fails_with(1).complains("tpm2_unseal");
    let script = format!(
        "cd /home/alice; exec env PATH=/home/alice/bin:$PATH TPM2TOOLS_TCTI={TCTI} \
         sshtpm adopt --tpm2-pkcs11 --password-stdin <pin"
    );
    alice.write("/home/alice/pin", PIN);
    let adopted = alice.with(Person::Accepts, "sh -c").arg(script).run().ok();
    assert!(adopted.stdout.contains("mykey"), "{adopted}");
    let key = alice.list(none()).expect("a list")[0].clone();
    assert_eq!(
        (&key["Comment"], &key["Origin"]),
        (&"mykey".into(), &"adopted".into())
    );
    assert_eq!(key["Pin"], false);
    let signature = alice.sign(&text(&key, "Fingerprint"), &sshsig("data"), 0, none());
    verify(&key, &sshsig("data"), &signature.expect("a signature"));
}
