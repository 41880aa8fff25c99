//! Claims as a broker writes them, and what is none.

use super::*;
use crate::purpose::Purpose;

/// Claims of a key with every rule.
pub(super) fn restricted() -> Claims {
    let key = |public_key: &str| ClaimedHostKey {
        public_key: public_key.to_owned(),
        authority: false,
    };
    let host = |name: &str| ClaimedHost {
        host: name.to_owned(),
        keys: vec![key("ssh-ed25519 AAAA")],
    };
    Claims {
        namespaces: vec!["git".to_owned()],
        destinations: vec![ClaimedDestination {
            from: Some(host("alpha")),
            user: Some("git".to_owned()),
            to: host("beta"),
        }],
        forwarding: false,
        pcrs: Some("7".parse().expect("PCRs")),
        ..open()
    }
}

/// Claims of a key without rules.
pub(super) fn open() -> Claims {
    let name = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    Claims {
        version: Version::One,
        nonce: Nonce::new([7; 32]).expect("a nonce"),
        owner: ClaimedOwner {
            uid: 1000,
            name: "alice".to_owned(),
        },
        fingerprint: name.parse().expect("a fingerprint"),
        origin: Origin::Generated,
        holding: Holding::Tpm,
        backed_up: false,
        purposes: Purposes::of([Purpose::Auth, Purpose::Sign]).expect("purposes"),
        namespaces: Vec::new(),
        destinations: Vec::new(),
        forwarding: true,
        confirm: false,
        pin: false,
        while_unlocked: false,
        pcrs: None,
        created: 1_800_000_000,
    }
}

/// `claims` as JSON, with `name` changed.
fn with(name: &str, value: serde_json::Value) -> Vec<u8> {
    let mut json = serde_json::to_value(open()).expect("JSON");
    json[name] = value;
    json.to_string().into_bytes()
}

#[test]
fn claims_read_as_they_are_written() {
    for claims in [open(), restricted()] {
        let bytes = claims.to_bytes().expect("bytes");
        assert_eq!(Claims::parse(&bytes), Ok(claims));
    }
}

#[test]
fn the_names_are_the_documented_ones() {
    let json = serde_json::to_value(restricted()).expect("JSON");
    let names: Vec<_> = json.as_object().expect("an object").keys().collect();
    let mut names: Vec<_> = names.into_iter().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "backed-up",
            "confirm",
            "created",
            "destinations",
            "fingerprint",
            "forwarding",
            "holding",
            "namespaces",
            "nonce",
            "origin",
            "owner",
            "pcrs",
            "pin",
            "purposes",
            "version",
            "while-unlocked"
        ]
    );
    assert_eq!(json["pcrs"], "7:sha256");
    assert_eq!(json["version"], 1);
}

#[test]
fn an_unknown_name_is_not_skipped() {
    let read = Claims::parse(&with("anything", true.into()));
    assert!(matches!(read, Err(NotClaims::Form(_))), "{read:?}");
}

#[test]
fn a_name_that_comes_twice_is_an_error() {
    let once = open().to_bytes().expect("bytes");
    let twice = [&b"{\"pin\":true,"[..], &once[1..]].concat();
    assert!(Claims::parse(&twice).is_err());
}

#[test]
fn bytes_behind_the_claims_are_an_error() {
    let bytes = open().to_bytes().expect("bytes");
    assert!(Claims::parse(&[&bytes[..], b"{}"].concat()).is_err());
}

#[test]
fn another_version_is_told_from_what_is_no_claims() {
    let newer = Claims::parse(&with("version", 2.into()));
    assert_eq!(newer, Err(NotClaims::Version(2)));
    assert!(matches!(Claims::parse(b"{}"), Err(NotClaims::Form(_))));
}

#[test]
fn what_stands_for_nothing_is_an_error() {
    for (name, value) in [
        ("origin", "found".into()),
        ("holding", "".into()),
        ("purposes", serde_json::json!([])),
        ("purposes", serde_json::json!(["raw", "auth"])),
        ("fingerprint", "SHA256:".into()),
        ("pcrs", "".into()),
        ("nonce", "AAAA".into()),
        ("nonce", "!".repeat(24).into()),
    ] {
        assert!(Claims::parse(&with(name, value)).is_err(), "{name}");
    }
}

#[test]
fn claims_beyond_their_limit_are_neither_written_nor_read() {
    let long = Claims {
        namespaces: vec!["x".repeat(MAX_CLAIMS_BYTES)],
        ..open()
    };
    assert_eq!(long.to_bytes(), Err(NotClaims::TooLong));
    let spaces = vec![b' '; MAX_CLAIMS_BYTES + 1];
    assert_eq!(Claims::parse(&spaces), Err(NotClaims::TooLong));
}

#[test]
fn a_nonce_has_sixteen_to_sixty_four_bytes() {
    for (bytes, fits) in [(15, false), (16, true), (64, true), (65, false)] {
        assert_eq!(Nonce::new(vec![0; bytes]).is_ok(), fits, "{bytes}");
    }
}

#[test]
fn the_hash_depends_on_each_byte_and_is_of_nothing_else() {
    let bytes = open().to_bytes().expect("bytes");
    let spaced = [&bytes[..], b" "].concat();
    assert_ne!(qualifying_data(&bytes), qualifying_data(&spaced));
    let plain: [u8; 32] = Sha256::digest(&bytes).into();
    assert_ne!(qualifying_data(&bytes), plain);
}

#[test]
fn a_nonce_is_read_as_people_give_it() {
    let nonce = Nonce::new(*b"chosen by a test").expect("a nonce");
    for text in [
        "63686f73656e20627920612074657374",
        "63686F73656E20627920612074657374",
        "Y2hvc2VuIGJ5IGEgdGVzdA==",
        "Y2hvc2VuIGJ5IGEgdGVzdA",
    ] {
        assert_eq!(text.parse().as_ref(), Ok(&nonce), "{text}");
    }
    for (text, why) in [
        ("", NotANonce::Length(0)),
        ("0011", NotANonce::Length(2)),
        ("Y2hv", NotANonce::Length(3)),
        ("chosen by a test", NotANonce::Text),
    ] {
        assert_eq!(text.parse::<Nonce>(), Err(why), "{text}");
    }
}
