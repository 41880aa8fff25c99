//! The thread that writes each noted use to the journal and to the user's file, in order.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{io, iter, mem};

use super::locked::locked;
use super::segments::Segments;
use super::tallies::Tallies;
use sshtpm_core::identity::Owner;
use sshtpm_core::uses::{Noted, Suppression};

/// What the thread is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Write down a use.
    Note(Box<Noted>),
    /// Look what has to be written.
    Look,
    /// Delete what is written down of this user.
    ForgetOwner(Owner),
    /// Say when everything before this was done.
    Settle(SyncSender<()>),
    /// Write everything that is kept back, too, and say when it was done.
    Finish(SyncSender<()>),
}

/// The shortest time between two writings of the counts.
const SAVE_PERIOD: Duration = Duration::from_secs(5);

/// How long the thread lets uses gather. Otherwise it would work on one signature while the next
/// is made; so it writes those of a busy moment in one go, and is out of the way.
const GATHERING: Duration = Duration::from_millis(10);

/// Most jobs that are carried out together; some 400 bytes each.
const MOST_AT_ONCE: usize = 256;

/// How often the thread checks whether kept-back uses are due. It does not check while there are
/// none.
const STEP: Duration = Duration::from_secs(1);

/// Everything that the thread has.
#[derive(Debug)]
pub(super) struct Clerk {
    segments: Arc<Segments>,
    tallies: Arc<Mutex<Tallies>>,
    dropped: Arc<AtomicU64>,
    journal: fn(&Noted),
    suppression: Arc<Mutex<Suppression>>,
    /// From when its time is counted.
    began: Instant,
    saved: Instant,
    uses: Writing,
    counts: Writing,
}

/// Whether the last attempt to write something failed, which is said once.
#[derive(Debug)]
struct Writing {
    what: &'static str,
    fails: bool,
}

impl Clerk {
    pub(super) fn new(
        segments: Arc<Segments>,
        tallies: Arc<Mutex<Tallies>>,
        (suppression, began): (Arc<Mutex<Suppression>>, Instant),
        dropped: Arc<AtomicU64>,
        journal: fn(&Noted),
    ) -> Self {
        Self {
            segments,
            tallies,
            dropped,
            journal,
            suppression,
            began,
            saved: Instant::now(),
            uses: Writing::of("uses of keys"),
            counts: Writing::of("counts of signatures"),
        }
    }

    /// Works until all senders are gone.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let job = if self.has_kept_back() {
                jobs.recv_timeout(STEP)
            } else {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match job {
                Ok(job) => self.carry_out_with_more(job, jobs),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return self.finish(),
            }
        }
    }

    fn has_kept_back(&self) -> bool {
        !locked(&self.suppression).is_empty() || locked(&self.tallies).are_changed()
    }

    /// Carries out `first` and what has come since, in order.
    fn carry_out_with_more(&mut self, first: Job, jobs: &Receiver<Job>) {
        if matches!(first, Job::Note(_)) {
            std::thread::sleep(GATHERING);
        }
        self.look();
        let mut uses = Vec::new();
        for job in iter::once(first).chain(jobs.try_iter().take(MOST_AT_ONCE - 1)) {
            match job {
                Job::Note(noted) => uses.push(*noted),
                other => {
                    self.write(&mem::take(&mut uses));
                    self.carry_out(other);
                }
            }
        }
        self.write(&uses);
    }

    fn carry_out(&mut self, job: Job) {
        match job {
            Job::Note(noted) => self.write(&[*noted]),
            Job::Look => {}
            Job::ForgetOwner(owner) => self.forget(&owner),
            // The caller may no longer be waiting.
            Job::Settle(done) => done.try_send(()).unwrap_or_default(),
            Job::Finish(done) => {
                self.finish();
                done.try_send(()).unwrap_or_default();
            }
        }
    }

    fn look(&mut self) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(uses = dropped, "the record of use lost entries");
        }
        let ended = locked(&self.suppression).ended(self.began.elapsed());
        self.write(&ended);
        if self.saved.elapsed() >= SAVE_PERIOD {
            self.save();
        }
    }

    fn finish(&mut self) {
        let kept = locked(&self.suppression).finish();
        self.write(&kept);
        self.save();
    }

    /// Those of one user in a row are written to the disk together.
    fn write(&mut self, uses: &[Noted]) {
        for of_user in uses.chunk_by(|one, next| one.used.owner.uid() == next.used.owner.uid()) {
            of_user.iter().for_each(self.journal);
            let appended = self.segments.append(of_user);
            self.uses.report(appended, self.segments.directory());
        }
    }

    fn forget(&self, owner: &Owner) {
        if let Err(error) = self.segments.forget(owner) {
            let path = self.segments.directory().display();
            tracing::warn!(%path, %error, %owner, "the uses of a user who is gone stay");
        }
    }

    fn save(&mut self) {
        self.saved = Instant::now();
        let changed = locked(&self.tallies).take_changed();
        for counts in changed {
            let written = counts.write(self.segments.directory());
            if written.is_err() {
                locked(&self.tallies).not_written(counts.uid);
            }
            self.counts.report(written, self.segments.directory());
        }
    }
}

impl Writing {
    fn of(what: &'static str) -> Self {
        Self { what, fails: false }
    }

    /// Logs that it fails, or works again.
    fn report(&mut self, written: io::Result<()>, directory: &Path) {
        let path = directory.display();
        let what = self.what;
        match written {
            Ok(()) if self.fails => tracing::info!(%path, "the broker can write {what} again"),
            Err(ref error) if !self.fails => tracing::warn!(
                %path, %error,
                "cannot write {what}, which are lost here; the log has each use"
            ),
            _ => {}
        }
        self.fails = written.is_err();
    }
}
