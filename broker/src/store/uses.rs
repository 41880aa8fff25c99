//! The record of use on the disk, beside the keys: `uses/<uid>.jsonl`, `.old.jsonl` and
//! `.counts.json`.
//!
//! A separate thread writes, so that neither a slow disk nor a slow journal delays a signature. A
//! single use is not synced, so a crash may lose the last seconds. Uses that cannot be written are
//! dropped, and the log says so once.
//!
//! Must never keep what was to be signed, nor anything of a client's that is not
//! [`sshtpm_core::uses::Plain`].

mod clerk;
mod line;
mod locked;
mod segments;
mod tallies;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clerk::{Clerk, Job};
use locked::locked;
use segments::Segments;
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::Owner;
use sshtpm_core::places::Places;
use sshtpm_core::policy::Permit;
use sshtpm_core::ports::UseRecord;
use sshtpm_core::requests::GetUses;
use sshtpm_core::uses::{Noted, Outcome, Suppression, Tally, Use};
use sshtpm_ssh::fingerprint::Fingerprint;
use tallies::Tallies;

/// The record of use of all keys.
#[derive(Debug)]
pub(crate) struct UseStore {
    jobs: SyncSender<Job>,
    segments: Arc<Segments>,
    tallies: Arc<Mutex<Tallies>>,
    /// Before the queue, or one user's refusals would fill it, and others' uses find no room.
    suppression: Arc<Mutex<Suppression>>,
    began: Instant,
    /// Uses that found no room in the queue.
    dropped: Arc<AtomicU64>,
    readers: Places,
}

/// Uses that wait to be written down; some 400 bytes each. The TPM makes fewer signatures in a
/// minute, and of refusals few get here.
const QUEUE_LENGTH: usize = 4096;

/// Answers that are read from the disk at a time; each occupies a thread.
const MOST_READERS: usize = 2;

/// Those for one user.
const MOST_READERS_OF_USER: usize = 1;

/// How long a caller waits until earlier uses are written; then it goes on without the rest.
const SETTLED: Duration = Duration::from_secs(2);

/// How long a caller waits for an answer from the disk.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// Most uses in one answer.
const MOST_USES: usize = 1000;

impl UseStore {
    /// Reads how often each key signed, and starts the thread that writes below `state_directory`
    /// and gives each use that is written down to `journal`. What cannot be read counts as
    /// nothing, and is logged.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub(crate) fn start(state_directory: &Path, journal: fn(&Noted)) -> io::Result<Self> {
        let directory = state_directory.join(DIRECTORY);
        let (jobs, waiting) = sync_channel(QUEUE_LENGTH);
        let segments = Arc::new(Segments::new(directory.clone()));
        let tallies = Arc::new(Mutex::new(Tallies::read(&directory)));
        let suppression = Arc::default();
        let began = Instant::now();
        let dropped = Arc::new(AtomicU64::new(0));
        let clerk = Clerk::new(
            Arc::clone(&segments),
            Arc::clone(&tallies),
            (Arc::clone(&suppression), began),
            Arc::clone(&dropped),
            journal,
        );
        std::thread::Builder::new()
            .name("uses".to_owned())
            .spawn(move || clerk.run(&waiting))?;
        Ok(Self {
            jobs,
            segments,
            tallies,
            suppression,
            began,
            dropped,
            readers: Places::new(MOST_READERS, MOST_READERS_OF_USER),
        })
    }

    /// Has everything written that was noted up to now, or that was left out, and how often keys
    /// signed.
    pub(crate) async fn finish(&self) {
        let jobs = self.jobs.clone();
        let finish = move || wait_for(&jobs, Job::Finish);
        let finished = tokio::task::spawn_blocking(finish);
        let finished = tokio::time::timeout(SETTLED, finished).await;
        if !matches!(finished, Ok(Ok(true))) {
            tracing::warn!("the record of use is incomplete: not every entry was written in time");
        }
    }
}

const DIRECTORY: &str = "uses";

impl UseRecord for UseStore {
    fn note(&self, used: Use) {
        if used.outcome == Outcome::Signed && used.asked.subject.is_signed_by_the_key() {
            locked(&self.tallies).count(&used.owner, used.key, used.time);
        }
        let passed = locked(&self.suppression).pass(used, self.began.elapsed());
        let Some(noted) = passed else { return };
        match self.jobs.try_send(Job::Note(Box::new(noted))) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        "the record of use loses entries: the disk or the journal is too slow"
                    );
                }
            }
        }
    }

    fn tally(&self, owner: &Owner, key: Fingerprint) -> Tally {
        locked(&self.tallies).of(owner, key)
    }

    fn forget(&self, owner: &Owner, key: Fingerprint) {
        locked(&self.tallies).forget(owner, key);
        // Without this, the clerk would not look whether there is something to write.
        drop(self.jobs.try_send(Job::Look));
    }

    fn forget_owner(&self, owner: &Owner) {
        locked(&self.tallies).forget_owner(owner);
        if self.jobs.try_send(Job::ForgetOwner(owner.clone())).is_err() {
            tracing::warn!(%owner, "the uses of a user who is gone stay: too many uses wait");
        }
    }

    async fn last(&self, permit: Permit<GetUses>) -> Result<Vec<Noted>, StoreError> {
        let GetUses { caller, key } = permit.into_request();
        let (jobs, segments) = (self.jobs.clone(), Arc::clone(&self.segments));
        let read = async {
            let turn = self.readers.take(caller.owner.uid()).await;
            let read = move || {
                let _turn = turn;
                wait_for(&jobs, Job::Settle);
                segments.last(&caller.owner, key, MOST_USES)
            };
            tokio::task::spawn_blocking(read).await
        };
        match tokio::time::timeout(READ_LIMIT, read).await {
            Ok(Ok(Ok(uses))) => Ok(uses),
            Ok(Ok(Err(error))) => Err(unreadable(&error)),
            Ok(Err(error)) => Err(unreadable(&error)),
            Err(error) => Err(unreadable(&error)),
        }
    }
}

/// Has `job` done after everything before it, and says whether it was done in time.
fn wait_for(jobs: &SyncSender<Job>, job: fn(SyncSender<()>) -> Job) -> bool {
    let (done, wait) = sync_channel(1);
    jobs.try_send(job(done)).is_ok() && wait.recv_timeout(SETTLED).is_ok()
}

fn unreadable(error: &dyn std::error::Error) -> StoreError {
    tracing::error!(%error, "the record of use cannot be read");
    StoreError::RecordUnreadable
}
