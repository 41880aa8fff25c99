//! Files of anybody: what came from another machine.

use sshtpm_fuzz::{Budget, Line, Target};

use super::fields::LABEL;
use super::tests::{LOADABLE, inside, whole};
use super::{Loadable, NotLoadable, Tss2Error, Tss2File};
use crate::armor;

/// The text is decoded, and each part copied twice.
const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 64 * 1024,
        per_byte: 8,
    },
    ..Budget::PLAIN
};

#[test]
fn a_file_with_a_key_of_a_tpm_costs_little_to_read() {
    let target = Target::new("tss2-files")
        .seeds([LOADABLE.to_owned(), whole().to_text().unwrap()])
        .budget(BUDGET);
    let target = target.words([
        "-----BEGIN TPM2B_PUBLIC-----",
        "-----BEGIN PUBLIC KEY-----",
        "-----END ",
        "=\n",
    ]);
    target.run(read);
}

#[test]
fn the_inside_of_a_file_with_a_key_of_a_tpm_costs_little_to_read() {
    let seeds = [inside(LOADABLE), inside(&whole().to_text().unwrap())];
    let target = Target::new("tss2-file-insides").seeds(seeds).budget(BUDGET);
    target.run(|bytes| {
        let text = armor::text(LABEL, bytes).unwrap();
        read(text.as_bytes())
    });
}

fn read(file: &[u8]) -> Result<bool, std::mem::Discriminant<Tss2Error>> {
    match Tss2File::read(file) {
        Ok(Tss2File::Importable(key)) => {
            let again = key.to_text().unwrap();
            let read = Tss2File::read(again.as_bytes());
            assert_eq!(read, Ok(Tss2File::Importable(key)), "another key");
            Ok(true)
        }
        Ok(Tss2File::Loadable) => Ok(false),
        Err(error) => Err(std::mem::discriminant(&error)),
    }
}

#[test]
fn a_key_that_a_tpm_made_for_another_program_costs_little_to_read() {
    let seeds = [inside(LOADABLE), inside(&whole().to_text().unwrap())];
    let target = Target::new("tss2-loadable-keys")
        .seeds(seeds)
        .budget(BUDGET);
    target.run(|bytes| {
        let text = armor::text(LABEL, bytes).unwrap();
        let key = Loadable::read(text.as_bytes());
        let key = key.map_err(|why: NotLoadable| std::mem::discriminant(&why))?;
        assert!(!key.public.is_empty() && !key.private.is_empty());
        Ok::<_, std::mem::Discriminant<NotLoadable>>(key.has_password)
    });
}
