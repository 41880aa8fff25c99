//! The identity of a TPM, and enrolling a machine with it: by whom, and with which keys.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sshtpm_tests::answers::Person;
use sshtpm_tests::attested::Attested;
use sshtpm_tests::call::{Answer, none, option, refused};
use sshtpm_tests::certified::{Credential, ISSUERS, credential};
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Options, Request, User, World};

/// 32 bytes, as a verifier chooses them.
const SECRET: &str = "a secret that a verifier has made";

/// Where `sshtpm identity` writes files.
const FILES: &str = "/tmp/identity";

/// What `sshtpm identity --json` says.
#[track_caller]
fn identity(world: &World) -> Value {
    let words = format!("sshtpm identity --json -o {FILES}");
    world.root().run(&words).ok().json()
}

/// The endorsement keys: what they are, their hashes, and the names of their files.
fn keys(identity: &Value) -> Vec<(String, String, String)> {
    let keys = identity["endorsement_keys"].as_array().expect("keys");
    let text = |key: &Value, field: &str| key[field].as_str().expect(field).to_owned();
    let keys = keys.iter().map(|key| {
        let (kind, hash) = (text(key, "kind"), text(key, "hash"));
        let digits = hash.strip_prefix("SHA256:").expect("a hash");
        let file = kind.to_lowercase().replace(' ', "");
        let file = format!("{FILES}/ek-{file}-{}", &digits[..8]);
        (kind, hash, file)
    });
    keys.collect()
}

/// The Name of a key, in hexadecimal.
fn name_of(area: &[u8]) -> String {
    let digest = Sha256::digest(area);
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("000b{digits}")
}

/// The Name of the attestation key of a user, who attests a new key for that.
fn attestation_key(user: User<'_>) -> String {
    let key = user.key("attested");
    let attested: Attested = user.attested(&key);
    name_of(&attested.attestation_key)
}

/// `ActivateCredential` with the attestation key of alice.
fn activate(user: User<'_>, credential: &Credential, endorsement_key: &str) -> Answer {
    let mut options: Options = option("owner", "alice");
    options.extend(option("endorsement-key", endorsement_key));
    let request = Request::attestation("ActivateCredential")
        .with(&credential.id_object[..])
        .with(&credential.encrypted_secret[..])
        .with(options);
    user.call(&request).map(|reply| reply[0].clone())
}

#[track_caller]
fn gives_the_secret(answer: Answer) {
    assert_eq!(answer.expect("a secret"), json!(SECRET.as_bytes()));
}

fn nothing_is_left_in_the_tpm(world: &World) {
    let left = tool(world.machine(), "tpm2_getcap handles-loaded-session").ok();
    assert_eq!(left.stdout.trim(), "", "sessions");
}

#[test]
fn a_certified_tpm_shows_its_keys_with_their_certificates() {
    let world = World::certified();
    let shown = identity(&world);
    let found = keys(&shown);
    let kinds: Vec<&str> = found.iter().map(|(kind, ..)| &kind[..]).collect();
    assert_eq!(kinds, ["RSA 2048", "P-384"]);
    for (key, handle) in found.iter().zip(["0x81010001", "0x81010016"]) {
        let (_, hash, file) = key;
        let read = format!("tpm2_readpublic -Q -c {handle} -f der -o /tmp/key.der");
        tool(world.machine(), &read).ok();
        let digest = world.root().run("sha256sum /tmp/key.der").ok().stdout;
        let digest = digest.split(' ').next().expect("a digest");
        assert_eq!(*hash, format!("SHA256:{digest}"));
        let of_certificate = "openssl x509 -pubkey -noout -in";
        let public = world.root().run(&format!("{of_certificate} {file}.pem"));
        let same = "openssl pkey -pubin -inform DER -in /tmp/key.der";
        assert_eq!(public.ok().stdout, world.root().run(same).ok().stdout);
    }
    for key in shown["endorsement_keys"].as_array().expect("keys") {
        let certificate = &key["certificate"];
        assert_eq!(certificate["issuer"], "CN=swtpm-localca");
        let tpm = certificate["tpm"].as_str().expect("a TPM");
        assert!(tpm.contains("model swtpm"), "{tpm}");
    }
    let said = world.root().run("sshtpm identity").ok().stdout;
    assert!(said.contains("Issuer:  CN=swtpm-localca"), "{said}");
    for file in ISSUERS {
        assert!(world.root().read(file).contains("BEGIN CERTIFICATE"));
    }
    nothing_is_left_in_the_tpm(&world);
}

#[test]
fn a_tpm_without_certificates_shows_one_key_and_says_so() {
    let world = World::new();
    let shown = identity(&world);
    let [(kind, hash, _)] = &keys(&shown)[..] else {
        panic!("{shown}");
    };
    assert_eq!(kind, "P-256");
    assert!(shown["endorsement_keys"][0]["certificate"].is_null());
    let make = "tpm2_createek -G ecc -c /tmp/ek.ctx -u /tmp/ek.pub -f der";
    tool(world.machine(), make).ok();
    let digest = world.root().run("sha256sum /tmp/ek.pub").ok().stdout;
    assert!(digest.starts_with(&hash["SHA256:".len()..]), "{digest}");
    let said = world.root().run("sshtpm identity").ok().stdout;
    assert!(said.contains("The TPM has no certificate of it."), "{said}");
}

#[test]
fn a_key_that_the_tpm_no_longer_keeps_is_derived_again() {
    let world = World::certified();
    let before = identity(&world);
    for handle in ["0x81010001", "0x81010016"] {
        let evict = format!("tpm2_evictcontrol -Q -C o -c {handle}");
        tool(world.machine(), &evict).ok();
    }
    assert_eq!(identity(&world), before);
}

#[test]
fn a_user_sees_no_identity_and_enrols_nothing_without_an_administrator() {
    let world = World::certified();
    let alice = world.alice();
    let (_, hash, file) = keys(&identity(&world)).remove(0);
    let name = attestation_key(alice);
    let made = credential(world.machine(), &format!("{file}.pub"), &name, SECRET);
    for user in [alice, world.bob()] {
        let shown = user.call(&Request::attestation("GetIdentity").with(none()));
        assert_eq!(refused(shown), "InteractiveAuthorizationRequired");
        let activated = activate(user, &made, &hash);
        assert_eq!(refused(activated), "InteractiveAuthorizationRequired");
        let said = user.run("sshtpm --no-ask-password identity").fails_with(1);
        assert!(!said.stdout.contains("SHA256:"), "{said}");
    }
    let show = Request::attestation("GetIdentity").with(none());
    let shown = alice.call_with(Person::Dismisses, show);
    assert_eq!(refused(shown), "NotAuthorized");
    let activate_own = Request::attestation("ActivateCredential")
        .with(&made.id_object[..])
        .with(&made.encrypted_secret[..])
        .with(none());
    let activated = world.bob().call_with(Person::Dismisses, activate_own);
    assert_eq!(refused(activated), "NotAuthorized");
    let said = alice.run("sshtpm doctor").stdout;
    assert!(said.contains("only an administrator may know"), "{said}");
    gives_the_secret(activate(world.root(), &made, &hash));
}

#[test]
fn credentials_of_tpm2_tools_are_activated_for_rsa_and_ecc() {
    let world = World::certified();
    let name = attestation_key(world.alice());
    let found = keys(&identity(&world));
    assert_eq!(found.len(), 2);
    for (kind, hash, file) in &found {
        let made = credential(world.machine(), &format!("{file}.pub"), &name, SECRET);
        gives_the_secret(activate(world.root(), &made, hash));
        nothing_is_left_in_the_tpm(&world);
        for (_, other, _) in found.iter().filter(|(other, ..)| other != kind) {
            let refusal = refused(activate(world.root(), &made, other));
            assert_eq!(refusal, "InvalidArgs", "{kind}");
        }
        nothing_is_left_in_the_tpm(&world);
    }
    world.restart_broker();
    world.wait_for_tpm("ready");
    let (_, hash, file) = &found[0];
    let made = credential(world.machine(), &format!("{file}.pub"), &name, SECRET);
    gives_the_secret(activate(world.root(), &made, hash));
}

#[test]
fn a_credential_for_the_attestation_key_of_another_user_is_refused() {
    let world = World::certified();
    let (alices, bobs) = (attestation_key(world.alice()), attestation_key(world.bob()));
    assert_ne!(alices, bobs);
    for (_, hash, file) in keys(&identity(&world)) {
        let file = format!("{file}.pub");
        let made = credential(world.machine(), &file, &bobs, SECRET);
        let refusal = activate(world.root(), &made, &hash).expect_err("it is refused");
        assert_eq!(refusal.kind(), "InvalidArgs");
        assert!(
            refusal.text.contains("another attestation key"),
            "{}",
            refusal.text
        );
        let made = credential(world.machine(), &file, &alices, SECRET);
        gives_the_secret(activate(world.root(), &made, &hash));
    }
    nothing_is_left_in_the_tpm(&world);
}

#[test]
fn what_is_wrong_about_a_credential_is_said() {
    let world = World::new();
    let (_, hash, file) = keys(&identity(&world)).remove(0);
    let file = format!("{file}.pub");
    let made = credential(world.machine(), &file, &name_of(b""), SECRET);
    let nobody = refused(activate(world.root(), &made, &hash));
    assert_eq!(nobody, "NoSuchKey", "alice has no attestation key");
    let name = attestation_key(world.alice());
    let unknown = format!("SHA256:{}", "0".repeat(64));
    for endorsement_key in [&unknown[..], "SHA256:abc", ""] {
        let refusal = refused(activate(world.root(), &made, endorsement_key));
        assert_eq!(refusal, "InvalidArgs", "{endorsement_key}");
    }
    let cut_off = Credential {
        id_object: made.id_object[..9].to_vec(),
        encrypted_secret: made.encrypted_secret.clone(),
    };
    let refusal = refused(activate(world.root(), &cut_off, &hash));
    assert_eq!(refusal, "InvalidArgs");
    let good = credential(world.machine(), &file, &name, SECRET);
    gives_the_secret(activate(world.root(), &good, &hash));
}

#[test]
fn one_certificate_behind_a_password_hides_no_other() {
    let world = World::certified();
    let found = keys(&identity(&world));
    let define = "tpm2_nvdefine -Q -C o -s 8 -p secret \
                  -a authread|authwrite|ownerwrite|no_da 0x01c0000a";
    tool(world.machine(), define).ok();
    let content = world
        .machine()
        .enter(|| std::fs::write("/tmp/nv", "certific"));
    content.expect("a file");
    let write = "tpm2_nvwrite -Q -C o -i /tmp/nv 0x01c0000a";
    tool(world.machine(), write).ok();
    assert_eq!(keys(&identity(&world)), found);
    let counter = world.root().lockout(none()).expect("a lockout");
    assert_eq!(counter["Counter"], 0);
}

#[test]
fn a_password_of_the_endorsement_hierarchy_is_told_and_never_guessed() {
    let world = World::certified();
    let name = attestation_key(world.alice());
    let found = keys(&identity(&world));
    tool(world.machine(), "tpm2_changeauth -Q -c endorsement secret").ok();
    assert_eq!(keys(&identity(&world)), found, "the TPM keeps the keys");
    let [(_, low, low_file), (_, high, high_file)] = &found[..] else {
        panic!("{found:?}");
    };
    let made = |file: &str| credential(world.machine(), &format!("{file}.pub"), &name, SECRET);
    let refusal = activate(world.root(), &made(low_file), low).expect_err("it is refused");
    assert_eq!(refusal.kind(), "TpmOwnerPassword");
    assert!(
        refusal.text.contains("tpm2_changeauth -c"),
        "{}",
        refusal.text
    );
    gives_the_secret(activate(world.root(), &made(high_file), high));
    nothing_is_left_in_the_tpm(&world);
    let counter = world.root().lockout(none()).expect("a lockout");
    assert_eq!(counter["Counter"], 0);
    tool(
        world.machine(),
        "tpm2_changeauth -Q -c endorsement -p secret",
    )
    .ok();
    gives_the_secret(activate(world.root(), &made(low_file), low));
}

#[test]
fn doctor_says_whether_the_machine_can_be_enrolled() {
    let certified = World::certified();
    let said = certified.root().run("sshtpm doctor").stdout;
    let line = said.lines().find(|line| line.contains("attestation"));
    let line = line.unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("this TPM is a program"), "{said}");
    let json = certified.root().run("sshtpm doctor --json").json();
    let checks = json["checks"].as_array().expect("checks");
    let found = checks.iter().find(|check| check["check"] == "attestation");
    let found = found.expect("a check")["found"].as_str().expect("words");
    assert!(found.contains("2 certificates"), "{found}");
}
