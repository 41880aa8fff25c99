//! Public areas as any caller may send them.

use sshtpm_fuzz::{Budget, Target};

use super::examples::{p256, p521, rsa};
use super::{Contents, PublicArea};

#[test]
fn a_public_area_of_anybody_costs_little_to_parse() {
    let areas = [
        p256(&[1; 32], &[2; 32]),
        p521(),
        rsa(2048, 0),
        rsa(4096, 65537),
    ];
    let target = Target::new("public-areas").seeds(areas.map(|area| area.bytes()));
    target.budget(Budget::PLAIN).run(|bytes| {
        let parsed = PublicArea::parse(bytes)?;
        assert_eq!(parsed.bytes(), bytes, "nothing is left out");
        let Contents::Signing { algorithm, .. } = parsed.contents();
        Ok::<_, super::NotImportable>(*algorithm)
    });
}
