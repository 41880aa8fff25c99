//! The PKCS #11 module under OpenSC's and GnuTLS' tools.

use sshtpm_tests::token::MODULE;
use sshtpm_tests::use_record::log;
use sshtpm_tests::{User, World};

/// `TPM2_CC_Sign`.
const SIGN: u32 = 0x0000_015d;

/// Has OpenSSL verify `note.sig` with the public half of the key that is called `comment`.
fn verify(alice: User<'_>, comment: &str, hash: &str, options: &str) {
    let export = "pkcs11-tool --module $0 --read-object --type pubkey --label $1 -o key.der";
    let check = format!(
        "{export} && openssl dgst -{hash} {options} -verify key.der -keyform DER \
         -signature note.sig note"
    );
    let verified = alice.command("sh -c").arg(check);
    verified.args(&[MODULE, comment]).run().ok();
}

#[test]
fn pkcs11_tool_finds_no_errors() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    let tested = alice.pkcs11_tool("--test").run().ok();
    assert!(tested.stdout.contains("No errors"), "{tested}");
    alice.pkcs11_tool("--test-fork").run().ok();
    let threads = "--test-threads ILGISLT0 --test-threads ILGISLT0";
    let tested = alice.pkcs11_tool(threads).run().ok();
    assert!(tested.stderr.contains("have ended with CKR_OK"), "{tested}");
}

#[test]
fn ecdsa_signatures_of_each_hash_verify() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
    for hash in ["sha256", "sha384", "sha512"] {
        let mechanism = format!("ECDSA-{}", hash.to_uppercase());
        alice.sign_note("ec", &mechanism).run().ok();
        verify(alice, "ec", hash, "");
    }
    let uses = log(alice);
    assert_eq!(uses.len(), 3);
    for used in uses {
        assert_eq!(
            (&used["purpose"], &used["client"]),
            (&"raw".into(), &"pkcs11-tool".into())
        );
    }
}

#[test]
fn rsa_signatures_of_each_padding_verify() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_rsa_key("rsa");
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
    let signed = alice.sign_note("rsa", "SHA384-RSA-PKCS").run();
    signed.ok();
    verify(alice, "rsa", "sha384", "");
    let signed = alice.sign_note("rsa", "SHA256-RSA-PKCS-PSS").run();
    signed.ok();
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    verify(alice, "rsa", "sha256", pss);
}

#[test]
fn pkcs11_tool_tests_an_rsa_key_until_it_wants_sha_1() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_rsa_key("rsa");
    let tested = alice.pkcs11_tool("--test").run().fails_with(1);
    let works = "all 4 signature functions seem to work";
    assert!(tested.stdout.contains(works), "{tested}");
    // The DigestInfo of SHA-1, by CKM_RSA_PKCS.
    tested.complains("CKR_DATA_INVALID");
}

#[test]
fn a_tpm_with_the_longest_salts_offers_no_pss() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let make = "openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem";
    alice.run(make).ok();
    let import = "sshtpm import --for raw --keep-file -C rsa rsa.pem";
    alice.run(import).ok();
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
    let sign = |mechanism: &str| alice.sign_note("rsa", mechanism).run();
    sign("SHA256-RSA-PKCS-PSS").ok();

    // What such a chip would say, by the private half of the key. Numbers of TPM 2.0 Part 2:
    // TPM_ALG_RSAPSS, TPM_ALG_SHA256, the length of the signature.
    let longest = "openssl dgst -sha256 -sign rsa.pem -sigopt rsa_padding_mode:pss \
                   -sigopt rsa_pss_saltlen:max -out note.sig note";
    alice.run(longest).ok();
    let made = alice.run("cat note.sig").ok().bytes;
    let said = [0, 0x16, 0, 0x0b, 1, 0];
    tap.forge(&said, &[&said[..], &made].concat());
    sign("SHA256-RSA-PKCS-PSS")
        .fails_with(1)
        .complains("CKR_MECHANISM_INVALID");
    sign("SHA256-RSA-PKCS").ok();
    // The broker knows by now, and asks the chip no more.
    let before = tap.commands(SIGN);
    sign("SHA256-RSA-PKCS-PSS").fails_with(1);
    assert_eq!(tap.commands(SIGN), before);
}

#[test]
fn p11tool_signs_and_verifies_with_both_kinds_of_keys() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    alice.raw_rsa_key("rsa");
    for name in ["ec", "rsa"] {
        let url = format!("pkcs11:token=sshtpm;object={name}");
        alice.command("p11tool --test-sign").arg(url).run().ok();
    }
}

#[test]
fn a_key_that_pkcs11_tool_made_is_raw_and_can_be_deleted() {
    let rule = "polkit.addRule(function(action, subject) {
        if (action.id == 'org.sshtpm.Broker1.delete-own-key') return polkit.Result.YES;
    });";
    let world = World::with_rule(rule);
    let alice = world.alice();
    let make = "--keypairgen --key-type EC:secp384r1 --label made";
    alice.pkcs11_tool(make).run().ok();
    let listed = alice.run("sshtpm list --json").ok().json();
    assert_eq!(listed[0]["purposes"], serde_json::json!(["raw"]));
    assert_eq!(listed[0]["comment"], "made");
    let delete = "--delete-object --type privkey --label made";
    alice.pkcs11_tool(delete).run().ok();
    assert_eq!(alice.fingerprints(), [""; 0]);
}

#[test]
fn a_user_sees_neither_keys_of_others_nor_keys_for_ssh() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    alice.raw_key("raw");
    alice.key("for ssh");
    let listed = |user: User<'_>| user.pkcs11_tool("--list-objects").run().ok().stdout;
    let of_alice = listed(alice);
    assert!(
        of_alice.contains("raw") && !of_alice.contains("for ssh"),
        "{of_alice}"
    );
    let of_bob = listed(bob);
    assert!(!of_bob.contains("Object;"), "{of_bob}");
}

#[test]
fn polkit_can_forbid_a_raw_signature() {
    let rule = "polkit.addRule(function(action, subject) {
        if (action.id == 'org.sshtpm.Broker1.use-own-key'
            && action.lookup('purpose') == 'raw') return polkit.Result.NO;
    });";
    let world = World::with_rule(rule);
    let alice = world.alice();
    alice.raw_key("ec");
    alice.write("/home/alice/note", "note");
    let signed = alice.sign_note("ec", "ECDSA-SHA256").run();
    let refused = signed.fails_with(1);
    refused.complains("CKR_KEY_FUNCTION_NOT_PERMITTED");
}
