//! Tests of what may be adopted: above all of what may not.

use super::examples::{ATTRIBUTES, p256, p521, rsa};
use super::*;
use crate::import::examples::{self as ours, Area};
use crate::key::PrivatePart;

fn plain() -> Area {
    p256(&[1; 32], &[2; 32])
}

fn parse(area: &Area) -> Result<Loadable, NotAdoptable> {
    Loadable::new(&area.bytes(), &[7; 3])
}

fn refused(area: &Area) -> NotAdoptable {
    parse(area).expect_err("it is refused")
}

fn with(attributes: u32) -> Area {
    Area {
        attributes,
        ..plain()
    }
}

#[test]
fn keys_of_other_programs_are_taken_with_their_blob() {
    for (area, bits) in [
        (plain(), 256),
        (p521(), 521),
        (rsa(2048), 2048),
        (rsa(3072), 3072),
    ] {
        let parsed = parse(&area).expect("a key");
        assert_eq!(parsed.algorithm().bits(), bits);
        assert_eq!(parsed.blob().public[2..], area.bytes());
        let private = PrivatePart::from(Box::from([0, 3, 7, 7, 7]));
        assert!(parsed.blob().private == private);
        assert!(parsed.trial().is_some());
    }
}

#[test]
fn a_blob_of_our_own_shape_is_refused_whatever_else_it_has() {
    // Generated and imported keys, with and without a PIN.
    for attributes in [0x0004_0472, 0x0004_0072, 0x0004_0440, 0x0004_0040] {
        for area in [ours::p256(&[1; 32], &[2; 32]), plain(), rsa(2048)] {
            let own = Area { attributes, ..area };
            assert_eq!(refused(&own), NotAdoptable::OurShape, "{attributes:#x}");
        }
    }
    // Sealed keys.
    let sealed = refused(&ours::sealed());
    assert_eq!(sealed, NotImportable::Type(0x0008).into());
}

#[test]
fn every_attribute_that_could_do_harm_is_refused() {
    for bit in 0..u32::BITS {
        let changed = parse(&with(ATTRIBUTES ^ (1 << bit)));
        let why = changed.map(|key| key.protects_pin());
        match bit {
            10 => assert_eq!(why, Ok(false), "noDA"),
            1 | 4 => assert_eq!(why, Err(NotAdoptable::HalfFixed)),
            5 | 6 | 18 => assert!(
                matches!(why, Err(NotAdoptable::Area(NotImportable::MustBeSet(_)))),
                "{bit}: {why:?}"
            ),
            17 => assert_eq!(why, Err(NotAdoptable::OurShape)),
            _ => assert!(
                matches!(why, Err(NotAdoptable::Area(NotImportable::MustBeClear(_)))),
                "{bit}: {why:?}"
            ),
        }
    }
}

#[test]
fn a_key_that_was_wrapped_for_the_tpm_may_be_adopted() {
    for attributes in [0x0006_0040, 0x0006_0060, 0x0006_0440] {
        assert!(parse(&with(attributes)).is_ok(), "{attributes:#x}");
    }
}

#[test]
fn a_key_with_a_policy_is_refused() {
    let with_policy = Area {
        policy: vec![7; 32],
        ..plain()
    };
    assert_eq!(refused(&with_policy), NotImportable::Policy.into());
}

#[test]
fn other_objects_and_other_parameters_are_refused() {
    for kind in [0x0000, 0x0008, 0x0025, 0xffff] {
        let other = Area { kind, ..plain() };
        assert_eq!(refused(&other), NotImportable::Type(kind).into());
    }
    let named = Area {
        name: 0x000c,
        ..plain()
    };
    assert_eq!(refused(&named), NotImportable::NameAlgorithm(0x000c).into());
    let bound = Area {
        attributes: ATTRIBUTES,
        ..ours::p256(&[1; 32], &[2; 32])
    };
    assert_eq!(refused(&bound), NotAdoptable::Scheme);
    assert_eq!(refused(&rsa(1024)), NotImportable::Bits(1024).into());
}

#[test]
fn a_coordinate_may_lack_its_leading_zeros_and_no_more() {
    let short = parse(&p256(&[1; 31], &[2; 32])).expect("a key");
    let full = parse(&p256(&[&[0][..], &[1; 31]].concat(), &[2; 32])).expect("a key");
    assert_eq!(short.public_key(), full.public_key());
    for (x, y) in [(0, 32), (33, 32), (32, 0), (32, 48)] {
        let area = p256(&vec![1; x], &vec![2; y]);
        assert_eq!(refused(&area), NotImportable::Point.into(), "{x} {y}");
    }
}

#[test]
fn a_public_area_that_ends_early_or_late_is_refused() {
    for area in [plain(), rsa(2048)] {
        let bytes = area.bytes();
        for length in 0..bytes.len() {
            assert!(Loadable::new(&bytes[..length], &[1]).is_err(), "{length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        let malformed = NotImportable::Malformed.into();
        assert_eq!(Loadable::new(&longer, &[1]), Err(malformed));
    }
}

#[test]
fn the_private_part_is_there_and_bounded() {
    let area = plain().bytes();
    let new = |length: usize| Loadable::new(&area, &vec![1; length]).map(drop);
    assert_eq!(new(2046), Ok(()));
    assert_eq!(new(0), Err(NotImportable::Empty("private area").into()));
    assert!(new(2047).is_err());
}

#[test]
fn a_key_to_be_adopted_is_not_printed() {
    assert_eq!(format!("{:?}", parse(&plain())), "Ok(Loadable { .. })");
}
