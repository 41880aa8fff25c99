//! Requests of `pam_ssh_agent_auth`.

use super::*;
use crate::signed_data::fixtures::arguments;

fn request() -> Vouching {
    Vouching::with(&key())
}

#[track_caller]
fn words(request: &Vouching) -> String {
    understood(&request.data()).in_words(None).to_string()
}

#[test]
fn user_and_service_are_read() {
    let SignedData::Sudo(read) = understood(&request().data()) else {
        panic!("it is another kind");
    };
    assert_eq!((read.user(), read.service()), ("alice", "sudo"));
}

#[test]
fn people_read_what_the_machine_says() {
    assert_eq!(
        words(&request()),
        concat!(
            r#"vouch for the user "alice" to the service "sudo" of a machine that calls itself "#,
            r#""web1", with the command "sudo" "id" in the directory "/srv""#
        )
    );
    let su = Vouching {
        account: b"root".to_vec(),
        service: b"su".to_vec(),
        command: Vec::new(),
        directory: Vec::new(),
        ..request()
    };
    assert_eq!(
        words(&su),
        concat!(
            r#"vouch for the user "alice" as "root" to the service "su" of a machine that calls "#,
            r#"itself "web1", with a command that it does not name"#
        )
    );
}

#[test]
fn bytes_that_are_no_text_are_shown_as_such() {
    let command = arguments([&b"sudo"[..], b"rm", b"caf\xe9"]);
    let shown = words(&Vouching {
        command,
        ..request()
    });
    assert!(shown.contains("\"rm\" \"caf\u{fffd}\""), "{shown}");
}

#[test]
fn rules_see_its_user_and_service() {
    let entry = |name, value: &str| (name, value.to_owned());
    let expected = [
        entry("purpose", "sudo"),
        entry("user", "alice"),
        entry("service", "sudo"),
    ];
    assert_eq!(understood(&request().data()).details(), expected);
}

#[test]
fn an_rsa_key_is_named_by_its_type_alone() {
    let asked = |algorithm: &str| {
        let request = Vouching {
            algorithm: algorithm.to_owned(),
            ..Vouching::with(&rsa())
        };
        SignedData::parse(&request.data(), &rsa())
    };
    assert!(asked("ssh-rsa").is_ok());
    for other in ["rsa-sha2-256", "rsa-sha2-512", "ecdsa-sha2-nistp256", ""] {
        assert_eq!(asked(other), UNKNOWN, "{other}");
    }
}

#[test]
fn another_key_or_a_certificate_is_refused() {
    is_unknown(&Vouching::with(&rsa()).data());
    let certified = Vouching {
        key: Cert::of(&key(), &ed25519()).blob(),
        ..request()
    };
    is_unknown(&certified.data());
}

#[test]
fn another_form_or_version_is_refused() {
    for wrong in [
        Vouching {
            version: 100,
            ..request()
        },
        Vouching {
            message: 50,
            ..request()
        },
        Vouching {
            names: ["ssh-connection", "publickey"],
            ..request()
        },
        Vouching {
            names: ["pam_ssh_agent_auth", "password"],
            ..request()
        },
        Vouching {
            has_signature: 0,
            ..request()
        },
        Vouching {
            has_signature: 2,
            ..request()
        },
        Vouching {
            asker: b"bob".to_vec(),
            ..request()
        },
    ] {
        is_unknown(&wrong.data());
    }
}

#[test]
fn what_the_module_never_sends_is_refused() {
    let name = vec![b'x'; 257];
    let many = vec!["x"; 256];
    let command = |command: Vec<u8>| Vouching {
        command,
        ..request()
    };
    let wrong = [
        Vouching {
            cookie: vec![7; 15],
            ..request()
        },
        Vouching {
            cookie: vec![7; 256],
            ..request()
        },
        Vouching {
            directory: vec![b'/'; 1024],
            ..request()
        },
        command(arguments([&name])),
        command(arguments(&many)),
        command(arguments::<&str>([])),
        command([arguments(["sudo"]), vec![0]].concat()),
    ];
    for wrong in wrong {
        is_unknown(&wrong.data());
    }
    understood(&command(arguments(&many[1..])).data());
    understood(&command(arguments([&name[1..]])).data());
}

#[test]
fn a_name_that_is_none_is_refused() {
    let long = [b'x'; 257];
    for name in [&b""[..], b"a\nb", b"\x1b[2J", &[0xff], &long] {
        let name = name.to_vec();
        for wrong in [
            Vouching {
                user: name.clone(),
                asker: name.clone(),
                ..request()
            },
            Vouching {
                account: name.clone(),
                ..request()
            },
            Vouching {
                service: name.clone(),
                ..request()
            },
            Vouching {
                machine: name.clone(),
                ..request()
            },
        ] {
            is_unknown(&wrong.data());
        }
    }
}
