//! Tests of what the thread does between jobs.

use std::num::NonZeroU16;

use tokio::sync::oneshot;

use super::*;
use crate::tpm::failure::Cause;
use crate::tpm::jobs::Task;
use crate::tpm::let_go::LetGo;
use crate::tpm::sealed::fixtures::{record, seed};
use crate::tpm::timing::Timing;
use sshtpm_core::identity::Uid;
use sshtpm_core::queue::{Line, QueueBounds, Work};

/// Longer than a seed is kept.
const LONG: Duration = Duration::from_secs(60 * 60);

fn worker() -> Worker {
    let bounds = QueueBounds {
        per_user: 8,
        in_all: 8,
        host_per_second: NonZeroU16::MIN,
    };
    let timing = Timing {
        command: LONG,
        generation: LONG,
    };
    let address: Address = "device:/nowhere/tpmrm0".parse().expect("an address");
    let state = State::new(address.to_string(), timing);
    let jobs = Arc::new(Jobs::new(bounds));
    Worker::new(
        address,
        jobs,
        Arc::new(state),
        KeptSeeds::new(),
        Findings::default(),
        KnownPcrs::default(),
    )
}

#[test]
fn an_old_seed_leaves_while_there_is_always_another_job() {
    let mut worker = worker();
    let callers = [(); 3].map(|()| {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task::new(LetGo, LONG, reply));
        let line = Line::User(Uid(1000));
        worker.jobs.push(line, Work::Quick, job).expect("room");
        answer
    });
    let then = Instant::now().checked_sub(LONG).expect("a time");
    let asked = worker.seeds.generation();
    worker.seeds.keep(&record(1), seed(1), asked, then);
    assert!(worker.seeds.idle_at().is_some(), "before");
    worker.turn();
    assert_eq!(worker.seeds.idle_at(), None);
    drop(callers);
}

fn cause() -> Cause {
    let answer = "none".to_owned();
    let command = "TPM2_GetCapability";
    Cause { command, answer }
}

#[test]
fn an_absent_tpm_is_looked_at_soon_and_not_examined_first() {
    let mut worker = worker();
    for _ in 0..3 {
        worker.is_unusable(&Failure::Gone(cause()));
        assert_eq!((worker.retry, worker.examine_first), (RETRY, false));
    }
}

#[test]
fn a_tpm_without_a_parent_is_examined_first_after_an_absence() {
    let mut worker = worker();
    worker.is_unusable(&Failure::NoParent("none".to_owned()));
    worker.is_unusable(&Failure::Gone(cause()));
    assert!(worker.examine_first);
}

#[test]
fn a_tpm_that_goes_at_each_examination_is_looked_at_ever_more_seldom() {
    let mut worker = worker();
    worker.examine_first = true;
    let waits = [(); 7].map(|()| {
        worker.is_unusable(&Failure::Gone(cause()));
        worker.retry.as_secs()
    });
    assert_eq!(waits, [4, 8, 16, 32, 64, 64, 64]);
}
