//! Records as accidents, other programs and restored backups leave them.

use sshtpm_fuzz::{Budget, Line, Target};

use super::{Decoded, decode, encode};
use crate::store::fixtures::{
    alice, certificate, from, promoted, record, rsa_key, sealed_key, with_long_restrictions,
};
use sshtpm_core::certificates::Certificates;
use sshtpm_core::key::{KeyRecord, Origin};
use sshtpm_ssh::algorithm::Algorithm;

/// A record is read twice, its version first, and public keys are written to be compared.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 1024,
        per_byte: 1,
    },
    memory: Line {
        fixed: 64 * 1024,
        per_byte: 16,
    },
    ..Budget::PLAIN
}
.trusting_announced_lengths();

fn seeds() -> Vec<String> {
    let plain = record(&alice(), 1);
    let rsa = KeyRecord {
        algorithm: Algorithm::from_name_and_bits("ssh-rsa", 2048).expect("an algorithm"),
        key: rsa_key(),
        ..plain.clone()
    };
    let sealed = KeyRecord {
        algorithm: Algorithm::Ed25519,
        key: sealed_key(1),
        ..plain.clone()
    };
    let persistent = promoted(plain.clone(), 0x8153_5300);
    let blob = certificate(&plain, "key ID");
    let certified = KeyRecord {
        certificates: Certificates::of_record([blob], &plain.key.public).0,
        ..plain.clone()
    };
    let imported = from(plain.clone(), Origin::Imported, true);
    let derived = from(plain.clone(), Origin::Derived, false);
    let records = [
        plain.clone(),
        rsa,
        sealed,
        persistent,
        certified,
        imported,
        derived,
    ];
    records
        .iter()
        .map(|one| encode(one).expect("a text"))
        .collect()
}

#[test]
fn a_record_of_any_content_costs_little_to_read_and_stays_as_it_is() {
    let target = Target::new("key-records").seeds(seeds()).budget(BUDGET);
    let target = target.words([
        "null",
        "1e999",
        "18446744073709551616",
        "\\u0000",
        "{",
        "[",
        "\"",
    ]);
    target.run(|bytes| {
        let read = decode(bytes)
            .map_err(|error| format!("{error:?}").split(' ').take(2).collect::<String>());
        read.map(|Decoded { record, left_out }| {
            let text = encode(&record).expect("what was read can be written");
            let again = decode(text.as_bytes()).expect("what was written can be read");
            assert!(again.record == record, "another record");
            let destinations = record.restrictions.destinations.named().len();
            (destinations, record.certificates.iter().count(), left_out)
        })
    });
}

#[test]
fn the_longest_record_costs_as_much_as_its_length() {
    assert!(encode(&with_long_restrictions(record(&alice(), 1))).is_err());
    let long = " ".repeat(super::MAX_RECORD_BYTES + 1);
    let target = Target::new("key-records").seeds([long]).budget(BUDGET);
    target
        .longest(2 * super::MAX_RECORD_BYTES)
        .run(|bytes| decode(bytes).is_ok());
}
