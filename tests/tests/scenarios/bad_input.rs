//! What bad input gets over D-Bus: a clear error, nothing lost, and the next request served.

use sshtpm_tests::call::{Argument, Options, bits, none, option, owner, purposes, refused, text};
use sshtpm_tests::signed_data::{certificate, sshsig};
use sshtpm_tests::user::Running;
use sshtpm_tests::verify::verify;
use sshtpm_tests::wait;
use sshtpm_tests::{Request, World};

/// Most bytes that can be signed: what fits into a message of the agent protocol.
const MOST: usize = 256 * 1024;

#[test]
fn data_of_no_bytes_is_refused_and_of_256_kib_is_signed() {
    let world = World::new();
    let alice = world.alice();
    let for_both = purposes(&["sign", "ca"]);
    let key = alice.generate("", "laptop", for_both).expect("a key");
    let fingerprint = text(&key, "Fingerprint");

    assert_eq!(
        refused(alice.sign(&fingerprint, b"", 0, none())),
        "InvalidArgs"
    );
    let data = certificate(&key, MOST);
    let signature = alice
        .sign(&fingerprint, &data, 0, none())
        .expect("a signature");
    verify(&key, &data, &signature);
    let too_much = certificate(&key, MOST + 1);
    assert_eq!(
        refused(alice.sign(&fingerprint, &too_much, 0, none())),
        "InvalidArgs"
    );
    alice
        .sign(&fingerprint, &sshsig("data"), 0, none())
        .expect("the next request is served");
}

#[test]
fn unknown_flags_are_refused() {
    let world = World::new();
    let alice = world.alice();
    let fingerprint = alice.key("laptop");
    for flags in [1, 2, 4, 8, 0x8000_0000, u32::MAX] {
        let answer = alice.sign(&fingerprint, &sshsig("data"), flags, none());
        assert_eq!(refused(answer), "InvalidArgs", "{flags:#x}");
    }
}

#[test]
fn an_unknown_option_is_refused_by_every_method() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let unknown = || option("nonsense", "yes");
    for answer in [
        alice.generate("", "", unknown()),
        alice.list(unknown()),
        alice.sign(&key, &sshsig("data"), 0, unknown()),
        alice.set_comment(&key, "new", unknown()),
        alice.delete(&key, unknown()),
        alice.lockout(unknown()),
    ] {
        let refusal = answer.expect_err("an unknown option");
        assert_eq!(refusal.name, "org.freedesktop.DBus.Error.InvalidArgs");
        assert!(refusal.text.contains("nonsense"), "{refusal:?}");
    }
    assert_eq!(alice.fingerprints(), [key]);
}

#[test]
fn an_option_of_the_wrong_type_is_refused() {
    let world = World::new();
    let wrong_bits = Options::from([("bits".to_owned(), Argument::from("2048"))]);
    let wrong_owner = Options::from([("owner".to_owned(), Argument::from(1001_u32))]);
    let alice = world.alice();
    assert_eq!(
        refused(alice.generate("ssh-rsa", "", wrong_bits)),
        "InvalidArgs"
    );
    assert_eq!(refused(alice.list(wrong_owner)), "InvalidArgs");
}

#[test]
fn unknown_algorithms_and_lengths_are_refused_with_what_there_is() {
    let world = World::new();
    let alice = world.alice();
    for (algorithm, options) in [
        ("ssh-ed25519", bits(512)),
        ("sk-ssh-ed25519@openssh.com", none()),
        ("ssh-dss", none()),
        ("nonsense", none()),
        ("ECDSA-SHA2-NISTP256", none()),
        ("ssh-rsa", bits(1024)),
        ("ssh-rsa", bits(0)),
        ("ssh-rsa", bits(u32::MAX)),
        ("ecdsa-sha2-nistp256", bits(384)),
    ] {
        let kind = refused(alice.generate(algorithm, "", options.clone()));
        assert!(
            ["UnsupportedAlgorithm", "InvalidArgs"].contains(&kind.as_str()),
            "{algorithm} {options:?}: {kind}"
        );
    }
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
}

#[test]
fn an_algorithm_that_this_tpm_does_not_have_is_not_offered() {
    let world = World::new();
    let alice = world.alice();
    let offered = alice.tpm("Algorithms").expect("the algorithms").to_string();
    assert!(!offered.contains("4096"), "{offered}");
    let refusal = alice
        .generate("ssh-rsa", "", bits(4096))
        .expect_err("not with this TPM");
    assert_eq!(refusal.kind(), "UnsupportedAlgorithm");
    assert!(
        refusal.text.contains("3072"),
        "it does not say what there is: {refusal:?}"
    );
}

#[test]
fn comments_that_could_deceive_are_refused() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let too_long = "x".repeat(257);
    for comment in [
        "two\nlines",
        "carriage\rreturn",
        "\u{1b}[31mred",
        "tab\there",
        "\u{7f}",
        "\u{85}",
        "right\u{202e}tfel",
        "isolate\u{2066}",
        "mark\u{200f}",
        "line\u{2028}separator",
        &too_long,
    ] {
        let answer = alice.generate("", comment, none());
        assert_eq!(refused(answer), "InvalidArgs", "{comment:?}");
        let answer = alice.set_comment(&key, comment, none());
        assert_eq!(refused(answer), "InvalidArgs", "{comment:?}");
    }
    assert_eq!(alice.fingerprints(), std::slice::from_ref(&key));

    let longest = "ü".repeat(128);
    alice
        .set_comment(&key, &longest, none())
        .expect("256 bytes are allowed");
    assert_eq!(alice.list(none()).expect("a list")[0]["Comment"], longest);
}

#[test]
fn a_text_that_is_not_a_fingerprint_is_refused() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let (upper, padded, dotted) = (key.to_uppercase(), format!("{key}="), format!("../{key}"));
    let long = "A".repeat(100_000);
    for wrong in [
        "",
        "SHA256:",
        "MD5:00",
        "laptop",
        &key[7..],
        &upper,
        &padded,
        &dotted,
        &long,
    ] {
        let kind = refused(alice.sign(wrong, &sshsig("data"), 0, none()));
        assert!(
            ["InvalidArgs", "NoSuchKey"].contains(&kind.as_str()),
            "{wrong}: {kind}"
        );
    }
}

#[test]
fn owners_that_do_not_exist_are_named() {
    let world = World::new();
    for name in ["nosuchuser", "", "0", "../alice", "al\nice"] {
        let refusal = world.root().list(owner(name)).expect_err("no such user");
        assert_eq!(refusal.kind(), "NoSuchUser", "{refusal:?}");
    }
}

#[test]
fn wrong_arguments_wrong_methods_and_wrong_objects_are_refused() {
    let world = World::new();
    let alice = world.alice();
    let without_options = Request::keys("List");
    let swapped = Request::keys("Sign")
        .with(0_u32)
        .with("data")
        .with("0")
        .with(none());
    let unknown = Request::keys("Export").with("SHA256:").with(none());
    let mut elsewhere = Request::keys("List").with(none());
    "/org/sshtpm/Broker1/alice".clone_into(&mut elsewhere.path);
    let mut other_interface = Request::keys("List").with(none());
    "org.sshtpm.Broker2.Keys".clone_into(&mut other_interface.interface);
    for request in [
        without_options,
        swapped,
        unknown,
        elsewhere,
        other_interface,
    ] {
        let refusal = alice.call(&request).expect_err(&request.member);
        assert!(
            refusal.name.starts_with("org.freedesktop.DBus.Error."),
            "{refusal:?}"
        );
    }
    alice.key("the next request is served");
}

#[test]
fn a_caller_that_disappears_midway_does_not_disturb_others() {
    let world = World::new();
    let alice = world.alice();
    let request = Request::keys("Generate")
        .with("ssh-rsa")
        .with("gone")
        .with(bits(3072));
    let request = serde_json::to_vec(&request).expect("JSON");
    for _ in 0..4 {
        alice.command("bus-call").stdin(&request).start().kill();
        let started = alice.command("bus-call").stdin(&request).start();
        world.bob().list(none()).expect("a list");
        started.kill();
    }
    let key = world.bob().key("laptop");
    world
        .bob()
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
    for fingerprint in alice.fingerprints() {
        alice
            .sign(&fingerprint, &sshsig("data"), 4, none())
            .expect("what is listed is usable");
    }
}

#[test]
fn a_generation_whose_caller_left_is_carried_to_its_end_and_counts() {
    let world = World::with_config("[limits]\nkeys-per-user = 1");
    let alice = world.alice();
    let request = Request::keys("Generate").with("").with("left").with(none());
    let request = serde_json::to_vec(&request).expect("JSON");
    let start = || alice.command("bus-call").stdin(&request).start();
    world.freeze_tpm();
    let mut callers = [start(), start()];
    // The refused caller came second: the other one has the only place, and waits for the TPM.
    wait::until("the second to be refused", wait::COMMAND, || {
        callers.iter_mut().any(Running::has_ended).then_some(())
    });
    callers.into_iter().for_each(Running::kill);
    world.thaw_tpm();
    wait::until("the key", wait::EFFECT, || {
        (alice.fingerprints().len() == 1).then_some(())
    });
    assert_eq!(refused(alice.generate("", "", none())), "LimitsExceeded");
}

#[test]
fn an_option_that_fills_a_message_is_refused_before_it_is_decoded() {
    const LARGE: usize = 2 * 1024 * 1024;
    const MOST_MEMORY_KIB: u64 = 100 * 1024;
    let world = World::new();
    let large = Options::from([("owner".to_owned(), Argument::Bytes(vec![0; LARGE]))]);
    let answer = world.alice().list(large);
    assert_eq!(refused(answer), "InvalidArgs");
    let peak = world
        .root()
        .command("sh -c")
        .arg("grep VmHWM /proc/$(pidof sshtpm-broker)/status")
        .run();
    let peak = peak.ok().stdout.split_whitespace().nth(1).map(str::parse);
    let peak: u64 = peak.expect("a number").expect("a number");
    assert!(peak < MOST_MEMORY_KIB, "the broker took {peak} KiB");
}

#[test]
fn file_descriptors_do_not_get_past_the_bus() {
    let world = World::new();
    let alice = world.alice();
    let call = Request::keys("List").with(Argument::Descriptor);
    let refusal = alice
        .call(&call)
        .expect_err("the broker takes no descriptors");
    assert_eq!(refusal.name, "org.freedesktop.DBus.Error.AccessDenied");
    alice.list(none()).expect("a list");
}

#[test]
fn one_users_flood_of_requests_leaves_room_for_others() {
    const FLOOD: usize = 40;
    let world = World::with_config("[limits]\nrequests-per-user = 4");
    let request = Request::keys("Generate")
        .with("ssh-rsa")
        .with("flood")
        .with(bits(2048));
    let request = serde_json::to_vec(&request).expect("JSON");
    let alice = world.alice();
    let flood: Vec<_> = (0..FLOOD)
        .map(|_| alice.command("bus-call").stdin(&request).start())
        .collect();
    world.bob().key("bob is served");
    let refused = flood
        .into_iter()
        .map(|one| one.finish(wait::COMMAND).ok().stdout)
        .filter(|answer| answer.contains("LimitsExceeded"))
        .count();
    assert!(refused > 0, "no connection was refused");
    assert_eq!(alice.fingerprints().len(), FLOOD - refused);
}
