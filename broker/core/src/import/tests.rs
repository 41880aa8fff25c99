//! Tests of what may be imported.

use super::examples::{ATTRIBUTES, Area, SIGN, ed25519, p256, p521, rsa, sealed, words};
use super::*;
use crate::key::{Holding, Protection};
use sshtpm_ssh::algorithm::Algorithm;

fn plain() -> Area {
    p256(&[1; 32], &[2; 32])
}

fn parse(area: &Area) -> Result<PublicArea, NotImportable> {
    PublicArea::parse(&area.bytes(), None)
}

fn refused(area: &Area) -> NotImportable {
    parse(area).expect_err("it is refused")
}

#[test]
fn ecdsa_and_rsa_keys_of_ssh_are_taken() {
    for (area, bits) in [
        (plain(), 256),
        (p521(), 521),
        (rsa(2048, 0), 2048),
        (rsa(3072, 0), 3072),
        (rsa(4096, 65537), 4096),
    ] {
        let parsed = parse(&area).expect("a public area");
        let Contents::Signing { algorithm, .. } = parsed.contents() else {
            panic!("{parsed:?} does not sign");
        };
        assert_eq!(algorithm.bits(), bits);
        assert_eq!(parsed.bytes(), area.bytes());
    }
}

#[test]
fn a_p384_key_is_taken_with_the_hash_of_its_curve_alone() {
    let with = |hash| Area {
        parameters: words(&[0x0010, 0x0018, hash, 0x0004, 0x0010]),
        unique: vec![vec![1; 48], vec![2; 48]],
        ..plain()
    };
    assert!(parse(&with(0x000c)).is_ok());
    assert_eq!(refused(&with(0x000b)), NotImportable::Scheme);
}

#[test]
fn a_key_without_no_da_has_a_pin() {
    let with_pin = Area {
        attributes: ATTRIBUTES & !0x400,
        ..plain()
    };
    let protection = |area| parse(area).expect("a public area").protection();
    assert_eq!(protection(&with_pin), Protection::Pin);
    assert_eq!(protection(&plain()), Protection::Nothing);
}

#[test]
fn every_attribute_but_no_da_has_its_one_value() {
    for bit in 0..u32::BITS {
        let changed = Area {
            attributes: ATTRIBUTES ^ (1 << bit),
            ..plain()
        };
        match bit {
            10 => assert!(parse(&changed).is_ok()),
            6 => assert_eq!(refused(&changed), NotImportable::MustBeSet("userWithAuth")),
            18 => assert_eq!(refused(&changed), NotImportable::MustBeSet("sign")),
            _ => assert!(
                matches!(refused(&changed), NotImportable::MustBeClear(_)),
                "{bit}"
            ),
        }
    }
}

#[test]
fn a_key_that_says_it_never_left_a_tpm_is_refused() {
    for (bit, name) in [
        (1, "fixedTPM"),
        (4, "fixedParent"),
        (5, "sensitiveDataOrigin"),
    ] {
        let lies = Area {
            attributes: ATTRIBUTES | 1 << bit,
            ..plain()
        };
        assert_eq!(refused(&lies), NotImportable::MustBeClear(name));
    }
}

#[test]
fn a_key_with_a_policy_is_refused() {
    let with_policy = Area {
        policy: vec![7; 32],
        ..plain()
    };
    assert_eq!(refused(&with_policy), NotImportable::Policy);
}

#[test]
fn a_policy_is_taken_if_pcrs_are_named_and_nothing_else_authorizes() {
    let pcrs = "7".parse().ok();
    let bound = |area: Area| Area {
        attributes: area.attributes & !0x40,
        policy: vec![7; 32],
        ..area
    };
    for area in [bound(plain()), bound(sealed())] {
        let parsed = PublicArea::parse(&area.bytes(), pcrs).expect("a public area");
        let binding = parsed.binding().expect("it is bound");
        assert_eq!((Some(binding.pcrs), binding.policy), (pcrs, [7; 32]));
        assert_eq!(refused(&area), NotImportable::Policy);
    }
    let refused = |area: Area| PublicArea::parse(&area.bytes(), pcrs).expect_err("refused");
    let alone = Area {
        policy: vec![7; 32],
        ..plain()
    };
    let user_with_auth = NotImportable::MustBeClear("userWithAuth");
    assert_eq!(refused(alone), user_with_auth);
    assert_eq!(refused(plain()), NotImportable::NoPolicy);
    let short = Area {
        policy: vec![7; 20],
        ..bound(plain())
    };
    assert_eq!(refused(short), NotImportable::Policy);
}

#[test]
fn other_kinds_of_objects_are_refused() {
    for kind in [0x0000, 0x0025, 0xffff] {
        let other = Area { kind, ..plain() };
        assert_eq!(refused(&other), NotImportable::Type(kind));
    }
    let named = Area {
        name: 0x000c,
        ..plain()
    };
    assert_eq!(refused(&named), NotImportable::NameAlgorithm(0x000c));
}

#[test]
fn a_sealed_object_has_one_shape() {
    let parsed = parse(&sealed()).expect("a public area");
    assert_eq!(parsed.holding(), Holding::Sealed);
    assert_eq!(parsed.contents(), &Contents::Sealed);
    for bit in 0..u32::BITS {
        let changed = Area {
            attributes: sealed().attributes ^ (1 << bit),
            ..sealed()
        };
        match bit {
            10 => assert_eq!(
                parse(&changed).expect("an area").protection(),
                Protection::Pin
            ),
            6 => assert_eq!(refused(&changed), NotImportable::MustBeSet("userWithAuth")),
            _ => assert!(
                matches!(refused(&changed), NotImportable::MustBeClear(_)),
                "{bit}"
            ),
        }
    }
    let with_policy = Area {
        policy: vec![7; 32],
        ..sealed()
    };
    assert_eq!(refused(&with_policy), NotImportable::Policy);
    for scheme in [0x0005, 0x000a] {
        let other = Area {
            parameters: words(&[scheme]),
            ..sealed()
        };
        assert_eq!(refused(&other), NotImportable::Scheme);
    }
    for length in [0, 31, 33, 64] {
        let other = Area {
            unique: vec![vec![1; length]],
            ..sealed()
        };
        assert_eq!(refused(&other), NotImportable::Unique(length));
    }
}

#[test]
fn the_public_key_is_named_for_a_sealed_key_and_no_other() {
    let wrapped = |area: &Area, named: Option<&[u8]>| {
        let wrapped = Wrapped::new(&area.bytes(), &[1], &[1], named, None);
        wrapped.map(|one| one.algorithm())
    };
    let blob = ed25519([7; 32]);
    assert_eq!(wrapped(&sealed(), Some(&blob)), Ok(Algorithm::Ed25519));
    let missing = wrapped(&sealed(), None);
    assert_eq!(missing, Err(NotImportable::NoPublicKey));
    let twice = wrapped(&plain(), Some(&blob));
    assert_eq!(twice, Err(NotImportable::NeedlessPublicKey));
    let longer = [&blob[..], &[0]].concat();
    let token = b"\0\0\0\x1ask-ssh-ed25519@openssh.com\0\0\0\x01x\0\0\0\x01y";
    for other in [&blob[..50], &longer, &[], b"ssh-ed25519 AAAA", token] {
        let refused = wrapped(&sealed(), Some(other));
        assert_eq!(refused, Err(NotImportable::PublicKey), "{other:?}");
    }
}

#[test]
fn a_sealed_object_that_signs_is_another_kind() {
    let hmac = Area {
        attributes: sealed().attributes | SIGN,
        ..sealed()
    };
    assert_eq!(refused(&hmac), NotImportable::MustBeClear("sign"));
}

#[test]
fn parameters_that_keys_for_ssh_do_not_have_are_refused() {
    let with = |parameters: [u16; 5]| Area {
        parameters: words(&parameters),
        ..plain()
    };
    for (parameters, why) in [
        (
            [0x0006, 0x0018, 0x000b, 3, 0x0010],
            NotImportable::Symmetric,
        ),
        ([0x0010, 0x0010, 0x000b, 3, 0x0010], NotImportable::Scheme),
        ([0x0010, 0x001a, 0x000b, 3, 0x0010], NotImportable::Scheme),
        ([0x0010, 0x0018, 0x0004, 3, 0x0010], NotImportable::Scheme),
        (
            [0x0010, 0x0018, 0x000b, 0x10, 0x0010],
            NotImportable::Curve(0x10),
        ),
        ([0x0010, 0x0018, 0x000b, 3, 0x0020], NotImportable::Kdf),
    ] {
        assert_eq!(refused(&with(parameters)), why);
    }
}

#[test]
fn rsa_keys_have_a_usual_length_exponent_and_modulus() {
    assert_eq!(refused(&rsa(1024, 0)), NotImportable::Bits(1024));
    assert_eq!(
        refused(&rsa(8192, 0)),
        NotImportable::TooLong {
            what: "public area",
            got: 1046,
            at_most: 600,
        }
    );
    for exponent in [1, 3, 65539, u32::MAX] {
        let other = rsa(2048, exponent);
        assert_eq!(refused(&other), NotImportable::Exponent(exponent));
    }
    let modulus = |change: fn(&mut Vec<u8>)| {
        let mut area = rsa(2048, 0);
        change(&mut area.unique[0]);
        area
    };
    for area in [
        modulus(|n| n[255] &= 0xfe),
        modulus(|n| n[0] = 0x7f),
        modulus(|n| n.truncate(255)),
        modulus(|n| n.push(1)),
        modulus(Vec::clear),
    ] {
        assert_eq!(refused(&area), NotImportable::Modulus);
    }
}

#[test]
fn a_point_has_both_coordinates_in_full_length() {
    for (x, y) in [(31, 32), (32, 33), (0, 0), (32, 0), (48, 48)] {
        let area = p256(&vec![1; x], &vec![2; y]);
        assert_eq!(refused(&area), NotImportable::Point, "{x} {y}");
    }
}

#[test]
fn a_public_area_that_ends_early_or_late_is_refused() {
    for area in [plain(), rsa(2048, 0), sealed()] {
        let bytes = area.bytes();
        for length in 0..bytes.len() {
            assert!(
                PublicArea::parse(&bytes[..length], None).is_err(),
                "{length}"
            );
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(
            PublicArea::parse(&longer, None),
            Err(NotImportable::Malformed)
        );
    }
}

#[test]
fn duplicate_and_secret_are_there_and_bounded() {
    let area = plain().bytes();
    let wrapped = |duplicate: usize, secret: usize| {
        Wrapped::new(&area, &vec![1; duplicate], &vec![1; secret], None, None).map(drop)
    };
    assert_eq!(wrapped(2046, 512), Ok(()));
    assert_eq!(wrapped(0, 68), Err(NotImportable::Empty("duplicate")));
    assert_eq!(wrapped(120, 0), Err(NotImportable::Empty("secret")));
    for lengths in [(2047, 68), (120, 513)] {
        let (duplicate, secret) = lengths;
        let refused = wrapped(duplicate, secret);
        assert!(matches!(refused, Err(NotImportable::TooLong { .. })));
    }
}

#[test]
fn a_wrapped_key_is_not_printed() {
    let wrapped = Wrapped::new(&plain().bytes(), b"secret", b"secret", None, None).expect("a key");
    assert_eq!(format!("{wrapped:?}"), "Wrapped { .. }");
}

#[test]
fn a_key_with_a_pin_makes_no_trial_signature() {
    let named = ed25519([7; 32]);
    let trial = |area: &Area| {
        let named = (area.kind == 0x0008).then_some(&named[..]);
        let wrapped = Wrapped::new(&area.bytes(), &[1], &[1], named, None).expect("a key");
        wrapped.trial().is_some()
    };
    assert!(trial(&plain()) && trial(&rsa(2048, 0)) && trial(&sealed()));
    for mut with_pin in [plain(), sealed()] {
        with_pin.attributes &= !0x400;
        assert!(!trial(&with_pin));
    }
    assert!(
        Algorithm::ALL
            .iter()
            .all(|one| { crate::signature::Scheme::choose(*one, 0).is_some() })
    );
}
