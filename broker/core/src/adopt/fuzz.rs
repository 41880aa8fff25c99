//! Public areas of other programs, as any caller may send them.

use sshtpm_fuzz::{Budget, Target};

use super::Loadable;
use super::examples::{p256, p521, rsa};

#[test]
fn a_public_area_of_another_program_costs_little_to_parse() {
    let areas = [p256(&[1; 32], &[2; 32]), p521(), rsa(2048), rsa(4096)];
    let target = Target::new("adopted-areas").seeds(areas.map(|area| area.bytes()));
    target.budget(Budget::PLAIN).run(|bytes| {
        let parsed = Loadable::new(bytes, &[1])?;
        assert_eq!(&parsed.blob().public[2..], bytes, "nothing is left out");
        Ok::<_, super::NotAdoptable>(parsed.algorithm())
    });
}
