//! Keys that stay loaded after they were used, so that the next signature does not load them.
//!
//! Where they stay depends on the device: behind the kernel's resource manager each is on a file
//! of its own ([`files`]), otherwise it is in the chip itself ([`slots`]). A reset of the TPM or
//! another program can remove a kept key at any time, so callers must be able to go on without it.
//! A missing key must never become an error for a user.
//!
//! Specs: TPM 2.0 Part 1, "Object Management"; `drivers/char/tpm/tpm2-space.c` of Linux.

mod files;
pub(super) mod residents;
mod saved;
mod slots;

use std::time::Instant;

use super::address::Address;
use super::connection::{Connection, Loaded};
use super::failure::Failure;
use super::load::check_parent;
use files::Files;
use slots::Slots;
use sshtpm_core::key::{KeyRecord, TpmKey};

/// The keys that are kept ready in one TPM.
pub(super) enum Hot {
    /// Behind a resource manager.
    Files(Files),
    /// Without one.
    Slots(Slots),
}

impl Hot {
    pub(super) fn at(address: &Address) -> Self {
        if address.has_resource_manager() {
            Self::Files(Files::of(address))
        } else {
            Self::Slots(Slots::new())
        }
    }

    pub(super) fn find<'a>(
        &'a mut self,
        base: &'a mut Connection,
        key: &TpmKey,
        now: Instant,
    ) -> Option<Loaded<'a>> {
        match self {
            Self::Files(files) => files.find(&key.blob, now),
            Self::Slots(slots) => slots.find(base, &key.blob, now),
        }
    }

    /// Loads a key so that it stays; `None` if it cannot stay.
    pub(super) fn load<'a>(
        &'a mut self,
        base: &'a mut Connection,
        record: &KeyRecord,
        now: Instant,
    ) -> Result<Option<Loaded<'a>>, Failure> {
        // Check before another key leaves for this one.
        check_parent(base, &record.key.blob, &record.key.parent)?;
        match self {
            Self::Files(files) => files.load(base.parent_name(), record, now),
            Self::Slots(slots) => slots.load(base, record, now),
        }
    }

    /// Makes a key ready that left for another one, if its context was saved. Returns whether it
    /// was.
    pub(super) fn bring_back(
        &mut self,
        base: &mut Connection,
        record: &KeyRecord,
        now: Instant,
    ) -> Result<bool, Failure> {
        match self {
            Self::Files(_) => Ok(false),
            Self::Slots(slots) => slots.bring_back(base, record, now),
        }
    }

    /// A key that is ready is used: another one may be expected after it.
    pub(super) fn is_used(&mut self, record: &KeyRecord) {
        match self {
            Self::Files(_) => {}
            Self::Slots(slots) => slots.is_used(record),
        }
    }

    /// Whether a key is expected for which there is no place.
    pub(super) fn wants_room_ahead(&self) -> bool {
        match self {
            Self::Files(_) => false,
            Self::Slots(slots) => slots.wants_room_ahead(),
        }
    }

    /// Makes a place for it.
    pub(super) fn make_room_ahead(&mut self, base: &mut Connection) -> Result<(), Failure> {
        match self {
            Self::Files(_) => Ok(()),
            Self::Slots(slots) => slots.make_room_ahead(base),
        }
    }

    pub(super) fn drop_key(&mut self, base: &mut Connection, key: &TpmKey) -> Result<(), Failure> {
        match self {
            Self::Files(files) => {
                files.drop_key(&key.blob);
                Ok(())
            }
            Self::Slots(slots) => slots.drop_key(base, &key.blob),
        }
    }

    /// Makes room in the chip for an object that does not stay.
    pub(super) fn make_room(&mut self, base: &mut Connection) -> Result<(), Failure> {
        match self {
            Self::Files(_) => Ok(()),
            Self::Slots(slots) => slots.make_room(base, None),
        }
    }

    /// Makes room in the chip for an object that is used together with `key`.
    pub(super) fn make_room_beside(
        &mut self,
        base: &mut Connection,
        key: &TpmKey,
    ) -> Result<(), Failure> {
        match self {
            Self::Files(_) => Ok(()),
            Self::Slots(slots) => slots.others_leave(base, &key.blob),
        }
    }

    /// Removes all our objects from the chip for other work. Returns whether there were any.
    pub(super) fn all_leave(&mut self, base: &mut Connection) -> Result<bool, Failure> {
        match self {
            Self::Files(_) => Ok(false),
            Self::Slots(slots) => slots.all_leave(base),
        }
    }

    pub(super) fn idle_at(&self) -> Option<Instant> {
        match self {
            Self::Files(files) => files.idle_at(),
            Self::Slots(slots) => slots.idle_at(),
        }
    }

    /// Forgets saved contexts that were idle too long. This sends no command.
    pub(super) fn drop_idle_contexts(&mut self, now: Instant) {
        match self {
            Self::Files(_) => {}
            Self::Slots(slots) => slots.drop_idle_contexts(now),
        }
    }

    pub(super) fn drop_idle(&mut self, base: &mut Connection, now: Instant) -> Result<(), Failure> {
        match self {
            Self::Files(files) => {
                files.drop_idle(now);
                Ok(())
            }
            Self::Slots(slots) => slots.drop_idle(base, now),
        }
    }
}
