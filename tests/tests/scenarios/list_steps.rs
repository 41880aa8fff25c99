//! What it may cost to find out which keys are listed for a session.

use ssh_key::PrivateKey;
use ssh_key::certificate::{Builder, CertType};
use ssh_key::private::Ed25519Keypair;
use sshtpm_dbus::{Destination, HostKey};
use sshtpm_ssh::limits::{MAX_DESTINATIONS, MAX_NAME_BYTES};
use sshtpm_ssh::session::Binding;
use sshtpm_tests::call::{none, option};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, User, World, wait};

/// Names that it takes long to compare with the host of [`slow_session`], each its own.
fn slow_destinations(key: usize) -> Vec<Destination> {
    let authority = HostKey {
        blob: private_key(9).public_key().to_bytes().expect("a blob"),
        is_authority: true,
    };
    let to = |number: usize| Destination {
        from_host: String::new(),
        from_keys: Vec::new(),
        to_user: String::new(),
        to_host: format!("{}{key:02}{number:02}", "a".repeat(MAX_NAME_BYTES - 4)),
        to_keys: vec![authority.clone()],
    };
    (0..MAX_DESTINATIONS).map(to).collect()
}

/// A session with a certificate for hosts whose names end otherwise.
fn slow_session() -> Binding {
    let host = private_key(1);
    let mut builder = Builder::new(
        [3; 16],
        host.public_key().key_data().clone(),
        0,
        u64::MAX / 2,
    )
    .expect("a certificate");
    builder.cert_type(CertType::Host).expect("a type");
    let pattern = format!("*{}b", "a".repeat(126));
    for _ in 0..16 {
        builder.valid_principal(&pattern).expect("a name");
    }
    let certificate = builder.sign(&private_key(9)).expect("it is signed");
    Binding {
        host_key: certificate.to_bytes().expect("a blob"),
        session_id: vec![7; 32],
        signature: Vec::new(),
        is_forwarding: false,
    }
}

fn private_key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

#[test]
fn lists_that_take_too_much_end_and_keep_nobody_from_signing() {
    const KEYS: usize = 20;
    const LISTS: usize = 10;
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let alices = alice.key("alice's");
    for key in 0..KEYS {
        let slow = option("destinations", slow_destinations(key));
        bob.generate("", &key.to_string(), slow).expect("a key");
    }
    let list = Request::keys("List").with(option("sessions", vec![slow_session()]));
    let list = serde_json::to_vec(&list).expect("JSON");
    let start = |user: User<'_>| user.command("bus-call").stdin(&list).start();
    let lists: Vec<_> = (0..LISTS).map(|_| start(bob)).collect();
    let signed = alice.sign(&alices, &sshsig("data"), 0, none());
    signed.expect("a signature");
    for list in lists {
        let answer = list.finish(wait::COMMAND).ok().stdout;
        assert!(answer.contains("LimitsExceeded"), "{answer}");
        assert!(answer.contains("sshtpm restrict"), "{answer}");
    }
    assert_eq!(
        bob.fingerprints().len(),
        KEYS,
        "without sessions he sees all"
    );
}
