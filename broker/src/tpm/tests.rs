//! Tests of what the rest of the broker has done without the thread that owns the TPM.

use std::num::NonZeroU16;
use std::time::Instant;

use super::sealed::fixtures::{record, seed};
use super::*;
use sshtpm_core::ports::Tpm as _;

/// A TPM whose thread takes no job, as if one took for ever, and a seed that is kept.
fn busy() -> TpmThread {
    let bounds = QueueBounds {
        per_user: 1,
        in_all: 1,
        host_per_second: NonZeroU16::MIN,
    };
    let timing = Timing {
        command: Duration::from_secs(60),
        generation: Duration::from_secs(60),
    };
    let seeds = KeptSeeds::new();
    let asked = seeds.generation();
    seeds.keep(&record(1), seed(1), asked, Instant::now());
    TpmThread {
        jobs: Arc::new(Jobs::new(bounds)),
        state: Arc::new(State::new("nowhere".to_owned(), timing)),
        seeds,
        findings: Findings::default(),
        pcrs: KnownPcrs::default(),
        pace: Pace::default(),
    }
}

fn has_seed(tpm: &TpmThread) -> bool {
    let blob = record(1).key.blob;
    tpm.seeds.with(&blob, Instant::now(), |_| ()).is_some()
}

#[test]
fn seeds_are_wiped_while_the_tpm_is_busy() {
    let tpm = busy();
    assert!(has_seed(&tpm), "before");
    tpm.wipe_all();
    assert!(!has_seed(&tpm));
}

#[test]
fn the_seed_of_a_deleted_key_is_wiped_while_the_tpm_is_busy() {
    let tpm = busy();
    tpm.wipe(&Arc::new(record(2)));
    assert!(has_seed(&tpm), "it is that of another key");
    tpm.wipe(&Arc::new(record(1)));
    assert!(!has_seed(&tpm));
}
