//! Hot keys without a resource manager: in the chip itself, on the same connection as everything
//! else.
//!
//! All programs share the chip's few slots then. So only few keys stay, not for long, and the
//! broker makes room before it loads anything else. Any program with access to the TPM can flush
//! what is here, and another object can get its handle after that, so a handle proves nothing. The
//! broker verifies each signature; a wrong one means that the key is gone. A key with a PIN does
//! not stay, since its handle might belong to another program's key by then, and the TPM would
//! count the PIN as wrong.

use std::time::{Duration, Instant};

use tss_esapi::handles::KeyHandle;

use super::super::connection::{Connection, Loaded};
use super::super::failure::{Failure, sort};
use super::super::load::load;
use super::residents::Residents;
use sshtpm_core::key::{KeyBlob, KeyRecord, Protection};
use sshtpm_core::queue::Line;

/// A chip has at least three slots (TPM 2.0 Part 2, MAX_LOADED_OBJECTS of the PC Client profile),
/// and a persistent parent borrows one while it is used.
const MOST: usize = 2;

/// A kept key takes a slot from other programs. Two signatures of one series lie closer together
/// than this.
const IDLE: Duration = Duration::from_secs(10);

/// Keys that are ready.
pub(in crate::tpm) struct Slots(Residents<KeyHandle>);

impl Slots {
    pub(super) fn new() -> Self {
        Self(Residents::new(MOST, IDLE))
    }

    pub(super) fn find<'a>(
        &mut self,
        base: &'a mut Connection,
        blob: &KeyBlob,
        now: Instant,
    ) -> Option<Loaded<'a>> {
        let key = *self.0.find(blob, now)?;
        let connection = base;
        Some(Loaded { connection, key })
    }

    /// `None` if the key has a PIN.
    pub(super) fn load<'a>(
        &mut self,
        base: &'a mut Connection,
        record: &KeyRecord,
        now: Instant,
    ) -> Result<Option<Loaded<'a>>, Failure> {
        if record.key.protection == Protection::Pin {
            return Ok(None);
        }
        let line = Line::of(&record.owner);
        self.make_room(base, Some(line))?;
        let (blob, parent) = (&record.key.blob, &record.key.parent);
        let key = match load(base, blob, parent) {
            Err(Failure::Exhausted(_)) if self.all_leave(base)? => load(base, blob, parent)?,
            loaded => loaded?,
        };
        self.0.add(line, blob.clone(), key, now);
        Ok(self.find(base, blob, now))
    }

    /// Has one slot less in use than may be, for a key of `coming` or for something that does not
    /// stay.
    pub(super) fn make_room(
        &mut self,
        base: &mut Connection,
        coming: Option<Line>,
    ) -> Result<(), Failure> {
        match self.0.take_surplus(coming) {
            Some(key) => flush(base, key),
            None => Ok(()),
        }
    }

    /// All leave but the key of `blob`, if that is there.
    pub(super) fn others_leave(
        &mut self,
        base: &mut Connection,
        blob: &KeyBlob,
    ) -> Result<(), Failure> {
        while let Some(key) = self.0.take_other(blob) {
            flush_if_ours(base, key)?;
        }
        Ok(())
    }

    /// Whether there was one.
    pub(super) fn all_leave(&mut self, base: &mut Connection) -> Result<bool, Failure> {
        let mut left = false;
        while let Some(key) = self.0.take_any() {
            left = true;
            flush_if_ours(base, key)?;
        }
        Ok(left)
    }

    pub(super) fn drop_key(
        &mut self,
        base: &mut Connection,
        blob: &KeyBlob,
    ) -> Result<(), Failure> {
        match self.0.take(blob) {
            Some(key) => flush_if_ours(base, key),
            None => Ok(()),
        }
    }

    pub(super) fn idle_at(&self) -> Option<Instant> {
        self.0.idle_at()
    }

    pub(super) fn drop_idle(&mut self, base: &mut Connection, now: Instant) -> Result<(), Failure> {
        while let Some(key) = self.0.take_idle(now) {
            flush_if_ours(base, key)?;
        }
        Ok(())
    }
}

/// Asks first what is there, as it costs no caller's time: another program's object should not go.
fn flush_if_ours(base: &mut Connection, key: KeyHandle) -> Result<(), Failure> {
    let ours = base.context().tr_get_name(key.into());
    let there = base.context().read_public(key).map(|(_, name, _)| name);
    if ours.is_ok_and(|ours| there.as_ref() == Ok(&ours)) {
        return flush(base, key);
    }
    base.forget(key);
    there_is_a_tpm(there.map(drop), "TPM2_ReadPublic(resident)")
}

fn flush(base: &mut Connection, key: KeyHandle) -> Result<(), Failure> {
    let flushed = base.context().flush_context(key.into());
    if flushed.is_err() {
        base.forget(key);
    }
    there_is_a_tpm(flushed, "TPM2_FlushContext(resident)")
}

/// A key that is no longer there is not a failure.
fn there_is_a_tpm(answer: tss_esapi::Result<()>, command: &'static str) -> Result<(), Failure> {
    match answer.map_err(sort(command)) {
        Err(gone @ Failure::Gone(_)) => Err(gone),
        _ => Ok(()),
    }
}
