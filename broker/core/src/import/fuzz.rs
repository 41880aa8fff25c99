//! Public areas as any caller may send them.

use sshtpm_fuzz::{Budget, Target};

use super::PublicArea;
use super::examples::{ed25519, p256, p521, rsa, sealed};
use super::public_key;

#[test]
fn a_public_area_of_anybody_costs_little_to_parse() {
    let areas = [
        p256(&[1; 32], &[2; 32]),
        p521(),
        rsa(2048, 0),
        rsa(4096, 65537),
        sealed(),
    ];
    let target = Target::new("public-areas").seeds(areas.map(|area| area.bytes()));
    target.budget(Budget::PLAIN).run(|bytes| {
        let parsed = PublicArea::parse(bytes, None)?;
        assert_eq!(parsed.bytes(), bytes, "nothing is left out");
        Ok::<_, super::NotImportable>(parsed.contents().clone())
    });
}

#[test]
fn a_public_key_that_anybody_names_costs_little_to_parse() {
    let sealed = PublicArea::parse(&sealed().bytes(), None).expect("a sealed object");
    let target = Target::new("named-public-keys").seeds([ed25519([7; 32])]);
    target.budget(Budget::PLAIN).run(|bytes| {
        let (algorithm, _) = public_key::of(sealed.contents(), Some(bytes))?;
        assert_eq!(bytes.len(), 51, "nothing is left over");
        Ok::<_, super::NotImportable>(algorithm)
    });
}
