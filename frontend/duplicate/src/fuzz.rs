//! What another machine sent: its parent, and keys for this one.

use sshtpm_fuzz::{Budget, Line, Target};
use sshtpm_key_file::tss2::Tss2File;

use crate::file::tests::example_file;
use crate::parent::tests::example_area;
use crate::{Duplicate, Parent, PublicHalf};

/// The text is decoded, each part copied twice, and a point computed.
const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 64 * 1024,
        per_byte: 8,
    },
    ..Budget::PLAIN
};

const KEY: &str = include_str!("../../key-file/src/testdata/openssh-ecdsa-256");

#[test]
fn a_parent_of_any_content_costs_little_to_read() {
    let text = Parent::read(&example_area()).unwrap().to_text();
    let target = Target::new("parent-files").seeds([text]).budget(BUDGET);
    target.run(|bytes| Parent::read_file(bytes).map(|parent| parent.name().len()));
}

#[test]
fn a_public_area_of_any_content_costs_little_to_read() {
    let areas = [example_area(), public_area()];
    let target = Target::new("public-halves").seeds(areas).budget(BUDGET);
    target.run(|bytes| {
        let half = PublicHalf::read(bytes)?;
        Ok::<_, crate::NoPublicHalf>((half.key.map(|key| key.algorithm()), half.has_pin))
    });
}

#[test]
fn a_file_from_another_machine_costs_little_to_read() {
    let target = Target::new("duplicate-files")
        .seeds([example_file(KEY, None)])
        .budget(BUDGET);
    target.run(|bytes| {
        let Ok(Tss2File::Importable(file)) = Tss2File::read(bytes) else {
            return None;
        };
        let file = Duplicate::of_file(file).ok()?;
        Some((file.key.algorithm(), file.has_pin))
    });
}

fn public_area() -> Vec<u8> {
    match Tss2File::read(example_file(KEY, None).as_bytes()) {
        Ok(Tss2File::Importable(file)) => file.public,
        other => panic!("{other:?}"),
    }
}
