//! Hot keys without a resource manager: in the chip itself, on the same connection as everything
//! else.
//!
//! All programs share the chip's few slots then. So only few keys stay, not for long, and the
//! broker makes room before it loads anything else. Any program with access to the TPM can flush
//! what is here, and another object can get its handle after that, so a handle proves nothing. The
//! broker verifies each signature; a wrong one means that the key is gone. A key with a PIN does
//! not stay, since its handle might belong to another program's key by then, and the TPM would
//! count the PIN as wrong.
//!
//! A key that leaves for another one, and comes back, is loaded by its saved context ([`Saved`]).

use std::time::{Duration, Instant};

use tss_esapi::handles::KeyHandle;

use super::super::connection::{Connection, Loaded};
use super::super::failure::{Failure, sort};
use super::super::load::load;
use super::residents::{Resident, Residents};
use super::saved::Saved;
use sshtpm_core::key::{KeyBlob, KeyRecord, Protection};
use sshtpm_core::queue::Line;

/// A chip has at least three slots (TPM 2.0 Part 2, MAX_LOADED_OBJECTS of the PC Client profile),
/// and a persistent parent borrows one while it is used.
const MOST: usize = 2;

/// A kept key takes a slot from other programs. Two signatures of one series lie closer together
/// than this.
const IDLE: Duration = Duration::from_secs(10);

/// Keys that are ready, and contexts of keys that were.
pub(in crate::tpm) struct Slots {
    ready: Residents<KeyHandle>,
    saved: Saved,
    /// The key that left last. If it is the next to come, keys do not take turns.
    left_last: Option<KeyBlob>,
    /// The key that was brought back last, until it is used.
    came_back: Option<KeyBlob>,
    /// Whose key is expected next.
    room_ahead: Option<Line>,
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            ready: Residents::new(MOST, IDLE),
            saved: Saved::new(),
            left_last: None,
            came_back: None,
            room_ahead: None,
        }
    }

    pub(super) fn find<'a>(
        &mut self,
        base: &'a mut Connection,
        blob: &KeyBlob,
        now: Instant,
    ) -> Option<Loaded<'a>> {
        let key = *self.ready.find(blob, now)?;
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
        let (line, blob) = (Line::of(&record.owner), &record.key.blob);
        self.make_room(base, Some(line))?;
        let parent = &record.key.parent;
        let key = match load(base, blob, parent) {
            Err(Failure::Exhausted(_)) if self.all_leave(base)? => load(base, blob, parent)?,
            loaded => loaded?,
        };
        self.ready.add(line, blob.clone(), key, now);
        Ok(self.find(base, blob, now))
    }

    /// Loads the saved context of a key, if there is one that the TPM takes. Returns whether there
    /// was.
    ///
    /// The context proves as little as a handle: another program may have put an object in the
    /// place of the key after the broker looked, and before the TPM saved it.
    pub(super) fn bring_back(
        &mut self,
        base: &mut Connection,
        record: &KeyRecord,
        now: Instant,
    ) -> Result<bool, Failure> {
        let (line, blob) = (Line::of(&record.owner), &record.key.blob);
        if !self.saved.has(blob) {
            return Ok(false);
        }
        self.make_room(base, Some(line))?;
        let key = match self.saved.load(base, blob, now) {
            Ok(Some(key)) => key,
            Ok(None) | Err(Failure::Exhausted(_)) => return Ok(false),
            Err(failure) => return Err(failure),
        };
        self.ready.add(line, blob.clone(), key, now);
        self.came_back = Some(blob.clone());
        Ok(true)
    }

    /// A key that is ready is used. If it was brought back for that, keys take turns, unless it is
    /// the one that left last.
    pub(super) fn is_used(&mut self, record: &KeyRecord) {
        let blob = &record.key.blob;
        if self.came_back.take_if(|back| back == blob).is_some() {
            let took_turns = self.left_last.as_ref() != Some(blob);
            self.room_ahead = took_turns.then(|| Line::of(&record.owner));
        }
    }

    /// Whether another key is expected for which there is no place.
    pub(super) fn wants_room_ahead(&self) -> bool {
        self.room_ahead.is_some()
    }

    /// Makes room for the key that is expected next: the one that came last took turns with others.
    /// No caller waits for this.
    pub(super) fn make_room_ahead(&mut self, base: &mut Connection) -> Result<(), Failure> {
        match self.room_ahead.take() {
            Some(line) => self.make_room(base, Some(line)),
            None => Ok(()),
        }
    }

    /// Has one slot less in use than may be, for a key of `coming` or for something that does not
    /// stay.
    pub(super) fn make_room(
        &mut self,
        base: &mut Connection,
        coming: Option<Line>,
    ) -> Result<(), Failure> {
        match self.ready.take_surplus(coming) {
            Some(leaving) => self.leave(base, leaving, Instant::now()),
            None => Ok(()),
        }
    }

    /// Another key, or something else, takes the place of this one. A caller waits for that, so the
    /// broker asks what is there only before it saves it.
    fn leave(
        &mut self,
        base: &mut Connection,
        leaving: Resident<KeyHandle>,
        now: Instant,
    ) -> Result<(), Failure> {
        let key = leaving.place;
        if self.saved.key_leaves(&leaving, now) {
            if !is_ours(base, key)? {
                base.forget(key);
                return Ok(());
            }
            self.saved.save(base, &leaving, now)?;
        }
        self.left_last = Some(leaving.blob);
        flush(base, key)
    }

    /// All leave but the key of `blob`, if that is there.
    pub(super) fn others_leave(
        &mut self,
        base: &mut Connection,
        blob: &KeyBlob,
    ) -> Result<(), Failure> {
        while let Some(key) = self.ready.take_other(blob) {
            flush_if_ours(base, key)?;
        }
        Ok(())
    }

    /// Whether there was one.
    pub(super) fn all_leave(&mut self, base: &mut Connection) -> Result<bool, Failure> {
        let mut left = false;
        while let Some(key) = self.ready.take_any() {
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
        self.saved.forget(blob);
        match self.ready.take(blob) {
            Some(key) => flush_if_ours(base, key),
            None => Ok(()),
        }
    }

    pub(super) fn idle_at(&self) -> Option<Instant> {
        let both = [self.ready.idle_at(), self.saved.idle_at()];
        both.into_iter().flatten().min()
    }

    /// Forgets contexts that were idle too long. This sends no command.
    pub(super) fn drop_idle_contexts(&mut self, now: Instant) {
        self.saved.drop_idle(now);
    }

    pub(super) fn drop_idle(&mut self, base: &mut Connection, now: Instant) -> Result<(), Failure> {
        self.drop_idle_contexts(now);
        while let Some(key) = self.ready.take_idle(now) {
            flush_if_ours(base, key)?;
        }
        Ok(())
    }
}

/// Asks first what is there, as it costs no caller's time: another program's object should not go.
fn flush_if_ours(base: &mut Connection, key: KeyHandle) -> Result<(), Failure> {
    match is_ours(base, key) {
        Ok(true) => flush(base, key),
        other => {
            base.forget(key);
            other.map(drop)
        }
    }
}

/// Whether the object at a handle is the one that the broker loaded there.
fn is_ours(base: &mut Connection, key: KeyHandle) -> Result<bool, Failure> {
    let ours = base.context().tr_get_name(key.into());
    let there = base.context().read_public(key).map(|(_, name, _)| name);
    let is_ours = ours.is_ok_and(|ours| there.as_ref() == Ok(&ours));
    there_is_a_tpm(there.map(drop), "TPM2_ReadPublic(resident)")?;
    Ok(is_ours)
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
