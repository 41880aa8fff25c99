//! Keeping what is counted of users, so that a restart of the broker is no way to begin anew.

use super::Service;
use crate::counts::{Counts, Kept};
use crate::identity::Uid;
use crate::ports::{Clock as _, CountRecord as _, Ports, StoreError};

/// Tries that a user is taken to have made if nobody can read how many there were: more than any
/// chip leaves to one user, and few beside those of all users that are remembered.
const MOST_TRIES: usize = 64;

impl<P: Ports> Service<P> {
    /// Goes on with what was counted before the broker started. The limits have to be set by now.
    pub fn restore_counts(&self, kept: Vec<(Uid, Kept)>) {
        let now = self.ports.clock().since_boot();
        let mut restored = Vec::new();
        for (uid, kept) in kept {
            let counts = match kept {
                Kept::Unreadable => self.at_the_limits(),
                Kept::Counts(counts, written) => {
                    self.on_disk.put(uid, counts.clone());
                    counts.seen(written, now)
                }
            };
            self.generated.restore(uid, counts.generated.clone());
            restored.push((uid, counts));
        }
        self.pins.restore(&restored);
    }

    /// Brings what is counted to the disk where the disk has something else: because time has
    /// passed, or because it could not be written before.
    pub async fn keep_changed_counts(&self) {
        let now = self.ports.clock().since_boot();
        let mut users = self.on_disk.users();
        users.extend(self.pins.users());
        users.extend(self.generated.users(now));
        for uid in users {
            self.keep_counts_if_possible(uid).await;
        }
    }

    /// Brings what is counted of `uid` to the disk, unless it is there.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    pub(super) async fn keep_counts(&self, uid: Uid) -> Result<(), StoreError> {
        if self.on_disk.has(uid, &self.counts_of(uid)) {
            return Ok(());
        }
        let kept = self
            .ports
            .counts()
            .keep(uid, || self.counts_of(uid))
            .await?;
        self.on_disk.put(uid, kept);
        Ok(())
    }

    /// The same where nothing depends on it: what is too much on the disk is corrected later.
    pub(super) async fn keep_counts_if_possible(&self, uid: Uid) {
        // The adapter logs the cause.
        self.keep_counts(uid).await.unwrap_or_default();
    }

    fn counts_of(&self, uid: Uid) -> Counts {
        let now = self.ports.clock().since_boot();
        Counts {
            generated: self.generated.times_of(uid, now),
            ..self.pins.counts_of(uid, now)
        }
    }

    fn at_the_limits(&self) -> Counts {
        let now = self.ports.clock().since_boot();
        Counts {
            tries: vec![now; self.pins.limits().tries_per_user.min(MOST_TRIES)],
            forgot: now,
            generated: vec![now; self.limits().keys_generated_per_hour],
            ..Counts::default()
        }
    }
}
