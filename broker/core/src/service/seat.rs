//! What the screen of a key's owner decides: whether a key signs, and whether a PIN is remembered.
//!
//! The answer is of the moment. It is asked for anew each time, and never kept.

use std::sync::Arc;

use super::Service;
use crate::identity::Uid;
use crate::key::KeyRecord;
use crate::pins::{LockedScreen, PinError};
use crate::ports::{Ports, Seats as _};
use crate::restrictions::Screen;
use crate::seat::{self, NotUnlocked};

impl<P: Ports> Service<P> {
    /// Whether the screen of its owner lets a key sign now.
    ///
    /// # Errors
    ///
    /// The key signs in an unlocked session alone, and there is none, or nobody can say.
    pub(super) async fn screen_allows(&self, record: &KeyRecord) -> Result<(), NotUnlocked> {
        match record.restrictions.screen {
            Screen::InAnyState => Ok(()),
            Screen::Unlocked => self.has_unlocked_session(record.owner.uid()).await,
        }
    }

    /// Whether `user` has an unlocked session in the foreground of a seat.
    ///
    /// # Errors
    ///
    /// There is none, or nobody can say.
    pub(super) async fn has_unlocked_session(&self, user: Uid) -> Result<(), NotUnlocked> {
        seat::check(&self.ports.seats().logins(user).await?)
    }

    /// Those of the `records` of `user` that the screen lets sign now. Where nobody can say, those
    /// that depend on it are left out.
    pub(super) async fn let_by_the_screen(
        &self,
        user: Uid,
        mut records: Vec<Arc<KeyRecord>>,
    ) -> Vec<Arc<KeyRecord>> {
        let depends = |record: &Arc<KeyRecord>| record.restrictions.screen == Screen::Unlocked;
        if records.iter().any(depends) && self.has_unlocked_session(user).await.is_err() {
            records.retain(|record| !depends(record));
        }
        records
    }

    /// Whether a PIN of `user` may be remembered, and one that is remembered used. Where a locked
    /// screen has them forgotten, it forgets them if a screen is locked by now: a lock that was not
    /// heard of counts, too.
    ///
    /// # Errors
    ///
    /// It may not, or nobody can say.
    pub(super) async fn screen_leaves_pins(&self, user: Uid) -> Result<(), PinError> {
        match self.pins.limits().locked_screen {
            LockedScreen::LeavesPins => return Ok(()),
            LockedScreen::ForgetsPins => {}
        }
        match self.ports.seats().logins(user).await {
            Ok(logins) if seat::is_locked(&logins) => {
                self.pins.forget_user(user);
                Err(PinError::ScreenLocked)
            }
            Ok(_) => Ok(()),
            Err(_) => Err(PinError::ScreenNotTold),
        }
    }

    /// The screen of a session of `user` was locked.
    pub fn screen_was_locked(&self, user: Uid) {
        match self.pins.limits().locked_screen {
            LockedScreen::LeavesPins => {}
            LockedScreen::ForgetsPins => self.pins.forget_user(user),
        }
    }
}
