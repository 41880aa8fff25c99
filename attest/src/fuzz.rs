//! Statements that anybody may have altered. None that differs from the one that was made is
//! proved.

use sshtpm_fuzz::{Budget, Line, Random, Target};

use crate::examples::{Example, NOW, endorsement, nonce, root};
use crate::{
    Answer, AttestationFile, ChallengeFile, Enrolment, Pending, Statement, certificates_in,
};

/// The file is decoded, the claims are read twice, and each part is copied; a signature is
/// verified.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 2048,
        per_byte: 2,
    },
    memory: Line {
        fixed: 256 * 1024,
        per_byte: 64,
    },
    ..Budget::PLAIN
};

/// Statements that a test alters; more than any check has bytes.
const ALTERED: usize = 10_000;

/// Whether the whole of it is proved, by its chain.
fn is_proved(file: &AttestationFile, enrolment: &Enrolment) -> bool {
    let verified = Statement::read(file).and_then(|one| one.verify(&nonce(), None));
    let bound = verified.and_then(|one| one.bind_by_chain(enrolment, &[root()], NOW));
    bound.is_ok()
}

#[test]
fn a_file_of_any_content_costs_little_and_proves_nothing_else() {
    let made = Example::new().file();
    let enrolment = Example::new().enrolment();
    let target = Target::new("attestations").seeds([made.to_text()]);
    let target = target.longest(8192).budget(BUDGET);
    target.run(|bytes| {
        let file = AttestationFile::read(bytes).map_err(|_| "no file")?;
        let verified = Statement::read(&file).and_then(|one| one.verify(&nonce(), None));
        let verified = verified.map_err(|_| "not verified")?;
        let bound = verified.bind_by_chain(&enrolment, &[root()], NOW);
        assert!(bound.is_err() || file == made, "another one is proved");
        Ok::<_, &str>(bound.is_ok())
    });
}

#[test]
fn ten_thousand_altered_statements_are_not_proved() {
    let made = Example::new().file();
    let enrolment = Example::new().enrolment();
    assert!(is_proved(&made, &enrolment));
    let mut random = Random::new(17);
    let mut altered = 0;
    while altered < ALTERED {
        let mut file = made.clone();
        let parts = [
            &mut file.claims.0,
            &mut file.statement.0,
            &mut file.signature.0,
            &mut file.key_public.0,
            &mut file.attestation_key.0,
        ];
        let part = parts.into_iter().nth(random.below(5)).expect("a part");
        alter(part, &mut random);
        if file != made {
            altered += 1;
            assert!(!is_proved(&file, &enrolment), "{}", file.to_text());
        }
    }
}

/// Changes one to three bits, a byte, or the length.
fn alter(part: &mut Vec<u8>, random: &mut Random) {
    let place = random.below(part.len());
    match random.below(6) {
        0 => part.truncate(place),
        1 => part.insert(place, random.byte()),
        2 => drop(part.remove(place)),
        3 => part[place] = random.byte(),
        _ => {
            for _ in 0..=random.below(3) {
                let place = random.below(part.len());
                part[place] ^= 1 << random.below(8);
            }
        }
    }
}

#[test]
fn a_certificate_of_any_content_costs_little_and_vouches_for_nothing_else() {
    let made = endorsement();
    let certificate = made.certificate.clone().expect("a certificate").0;
    let seeds = [&certificate[..], &root()[..]];
    let target = Target::new("endorsement-certificates").seeds(seeds);
    target.budget(BUDGET).run(|bytes| {
        let mut altered = made.clone();
        altered.certificate = Some(bytes.to_vec().into());
        let known = altered.known_by_chain(&[root()], NOW);
        assert!(
            known.is_err() || certificate == bytes,
            "another one vouches"
        );
        let as_roots = certificates_in(bytes).map(|roots| made.known_by_chain(&roots, NOW));
        (known.is_ok(), as_roots.map(|known| known.is_ok()))
    });
}

#[test]
fn files_of_an_enrolment_cost_little_to_read() {
    let enrolment = Example::new().enrolment().to_text();
    let answer = Answer::new(vec![7; 32]).to_text();
    let target = Target::new("enrolments").seeds([enrolment, answer]);
    target.budget(BUDGET).longest(8192).run(|bytes| {
        (
            Enrolment::read(bytes).map(|one| one.endorsement_hash().is_ok()),
            Answer::read(bytes).is_ok(),
            ChallengeFile::read(bytes).is_ok(),
            Pending::read(bytes).is_ok(),
        )
    });
}
