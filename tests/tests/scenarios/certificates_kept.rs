//! Which certificates the broker keeps with a key, for whom, and how many.

use sshtpm_tests::call::{Answer, none, owner, refused, text};
use sshtpm_tests::{Agent, Authority, Request, User, World, polkit};

use crate::certificates::{CERTIFICATE, Certified, FOR_ALICE, KEY, offered};

#[test]
fn what_is_not_a_certificate_for_users_that_is_valid_is_refused() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    for (words, why) in [
        ("-I old -n alice -V -2h:-1h", "expired"),
        ("-I host -h -n alpha", "for a host"),
    ] {
        let line = certified.issue(authority, words);
        certified.add(&line).fails_with(1).complains(why);
    }
    let line = certified.issue(authority, FOR_ALICE);
    // Its signature is the last thing in it.
    let base64 = line.split(' ').nth(1).expect("base64").trim_end();
    let (start, _) = base64.split_at(base64.len() - 12);
    let forged = format!("{CERTIFICATE} {start}AAAAAAAAAAA=");
    certified
        .add(&forged)
        .fails_with(1)
        .complains("did not sign");
    certified
        .add("ssh-ed25519 AAAA\n")
        .fails_with(1)
        .complains("no OpenSSH certificate");
    assert!(
        certified.alice().list(none()).expect("a list")[0]["Certificates"]
            .as_array()
            .expect("a list")
            .is_empty()
    );
}

fn add_over_bus(user: User<'_>, blob: &[u8], options: sshtpm_tests::call::Options) -> Answer {
    user.call(&Request::keys("AddCertificate").with(blob).with(options))
}

fn blob(line: &str) -> Vec<u8> {
    sshtpm_ssh::certificate::from_line(line).expect("a certificate")
}

#[test]
fn malformed_and_long_certificates_are_invalid_arguments() {
    let world = World::new();
    let long = vec![0; 16 * 1024 + 1];
    for method in ["AddCertificate", "RemoveCertificate"] {
        for blob in [b"".as_slice(), b"nonsense", &long] {
            let request = Request::keys(method).with(blob).with(none());
            assert_eq!(refused(world.alice().call(&request)), "InvalidArgs");
        }
        let known = Request::keys(method).with(b"".as_slice());
        let unknown = known.with(sshtpm_tests::call::option("unknown", true));
        assert_eq!(refused(world.alice().call(&unknown)), "InvalidArgs");
    }
}

#[test]
fn nobody_adds_or_removes_certificates_of_another_users_key() {
    let certified = Certified::new("");
    let line = certified.added(Authority::new(certified.world.root(), "ca"), FOR_ALICE);
    let bob = certified.world.bob();
    let remove = |options| {
        let request = Request::keys("RemoveCertificate").with(blob(&line).as_slice());
        refused(bob.call(&request.with(options)))
    };
    assert_eq!(
        refused(add_over_bus(bob, &blob(&line), none())),
        "NoSuchKey"
    );
    assert_eq!(remove(none()), "NoSuchKey");
    let of_alice = || owner("alice");
    assert_eq!(
        refused(add_over_bus(bob, &blob(&line), of_alice())),
        "InteractiveAuthorizationRequired"
    );
    assert_eq!(remove(of_alice()), "InteractiveAuthorizationRequired");
    assert_eq!(
        offered(&Agent::start(certified.alice())),
        [CERTIFICATE, KEY]
    );
}

#[test]
fn an_administrator_adds_a_certificate_for_another_user() {
    let certified = Certified::new("");
    let root = certified.world.root();
    let authority = Authority::new(root, "ca");
    root.write(
        "/root/alice-cert.pub",
        certified.issue(authority, FOR_ALICE),
    );
    root.run("sshtpm cert add /root/alice-cert.pub --owner alice")
        .ok();
    assert_eq!(
        offered(&Agent::start(certified.alice())),
        [CERTIFICATE, KEY]
    );
}

#[test]
fn a_certificate_of_another_key_is_refused_with_the_key_that_it_names() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    let other = certified
        .world
        .bob()
        .generate("", "", none())
        .expect("a key");
    let line = authority.certify(&text(&other, "PublicKey"), FOR_ALICE);
    let refused = certified.add(&line).fails_with(1);
    assert!(
        refused.stderr.contains(&text(&other, "Fingerprint")),
        "{refused}"
    );
}

#[test]
fn a_key_takes_eight_certificates() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    let alice = certified.alice();
    for number in 0..8 {
        let line = certified.issue(authority, &format!("-I {number} -n alice"));
        add_over_bus(alice, &blob(&line), none()).expect("there is room");
    }
    let line = certified.issue(authority, "-I 8 -n alice");
    let answer = refused(add_over_bus(alice, &blob(&line), none()));
    assert_eq!(answer, "LimitsExceeded");
}

#[test]
fn a_rule_against_certifying_stops_that_and_nothing_else() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    let line = certified.added(authority, FOR_ALICE);
    certified.world.stop_polkit();
    polkit::write_rule(
        certified.world.machine(),
        "polkit.addRule(function(action, subject) {
            if (action.id == 'org.sshtpm.Broker1.certify-own-key') return polkit.Result.NO;
        });",
    );
    certified.world.start_polkit();
    let alice = certified.alice();
    for method in ["AddCertificate", "RemoveCertificate"] {
        let request = Request::keys(method).with(blob(&line).as_slice());
        assert_eq!(refused(alice.call(&request.with(none()))), "NotAuthorized");
    }
    assert_eq!(offered(&Agent::start(alice)), [CERTIFICATE, KEY]);
}
