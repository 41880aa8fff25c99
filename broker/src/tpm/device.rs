//! A TPM whose parent key is known, and the keys that are kept ready in it.

use std::time::Instant;

use tss_esapi::Context;

use super::address::Address;
use super::connection::{Connection, Loaded, connect};
use super::examination::Examination;
use super::failure::Failure;
use super::findings::Findings;
use super::hot::Hot;
use super::persistent::places::Places;
use super::sealed::{Generation, KeptSeeds, Seed};
use super::{load, parent, sweep};
use sshtpm_core::key::{KeyRecord, ParentName};
use sshtpm_core::ports::Found;
use sshtpm_core::tpm_facts::TpmFacts;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A TPM that can be used. Drop it after a failure that a new connection may cure.
pub(super) struct Device {
    address: Address,
    base: Connection,
    hot: Hot,
    seeds: KeptSeeds,
    findings: Findings,
    places: Places,
    examined: Examined,
}

/// How far it is known what the TPM says about itself.
enum Examined {
    Partly(Examination),
    Wholly(TpmFacts),
}

impl Device {
    /// Connects, cleans up if no resource manager does, and finds or makes the parent key.
    ///
    /// # Errors
    ///
    /// There is no TPM, it has no parent and we may not make one, or its parent is `refused`.
    pub(super) fn open(
        address: &Address,
        refused: Option<&ParentName>,
        (seeds, findings): (KeptSeeds, Findings),
    ) -> Result<Self, Failure> {
        let mut context = connect(address)?;
        if !address.has_resource_manager() {
            sweep::sweep(&mut context)?;
        }
        let parent = parent::find_or_make(&mut context)?;
        if refused == Some(&parent.name) {
            return Err(Failure::ParentAuth);
        }
        Ok(Self {
            hot: Hot::at(address),
            seeds,
            findings,
            places: Places::default(),
            address: address.clone(),
            base: Connection::new(context, parent),
            examined: Examined::Partly(Examination::new()),
        })
    }

    /// Why something failed, if the reason is that the TPM has no parent, which was not looked at
    /// before, or that the TPM is gone by now. A wrong PIN is told as it is: its try has to be
    /// counted.
    pub(super) fn explain(&mut self, failure: Failure) -> Failure {
        match (&self.examined, &failure) {
            (Examined::Wholly(_), _)
            | (_, Failure::Gone(_) | Failure::GoneInTry(_) | Failure::WrongPin(_)) => failure,
            (Examined::Partly(_), _) => match self.examine() {
                Err(reason @ (Failure::NoParent(_) | Failure::Gone(_))) => reason,
                _ => failure,
            },
        }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// What the TPM says about itself, once it was asked.
    pub(super) fn facts(&self) -> Option<&TpmFacts> {
        match &self.examined {
            Examined::Partly(_) => None,
            Examined::Wholly(facts) => Some(facts),
        }
    }

    /// Asks the TPM one thing more about itself, unless all is known.
    ///
    /// # Errors
    ///
    /// The TPM is gone, or what it has in the place of its parent key is none.
    pub(super) fn examine_further(&mut self) -> Result<(), Failure> {
        if let Examined::Partly(examination) = &mut self.examined
            && let Some(facts) = examination.step(&mut self.base)?
        {
            self.examined = Examined::Wholly(facts);
        }
        Ok(())
    }

    /// Asks the TPM all that is not known about itself.
    ///
    /// # Errors
    ///
    /// Those of [`Self::examine_further`].
    pub(super) fn examine(&mut self) -> Result<TpmFacts, Failure> {
        loop {
            match self.facts() {
                Some(facts) => return Ok(facts.clone()),
                None => self.examine_further()?,
            }
        }
    }

    pub(super) fn parent_name(&self) -> &ParentName {
        self.base.parent_name()
    }

    /// Whether a key can be used under the parent there is. That needs no command.
    ///
    /// # Errors
    ///
    /// The key is lost.
    pub(super) fn check_parent(&self, record: &KeyRecord) -> Result<(), Failure> {
        load::check_parent(&self.base, &record.key.blob, &record.key.parent)
    }

    /// For commands that need no room in the chip; [`Self::with_room`] is for all others.
    pub(super) fn context(&mut self) -> &mut Context {
        self.base.context()
    }

    /// Runs `work`, which loads or makes an object that does not stay. If other programs left no
    /// room for it, removes all our objects and runs `work` again.
    ///
    /// # Errors
    ///
    /// Those of `work`, or the TPM is gone.
    pub(super) fn with_room<T>(
        &mut self,
        mut work: impl FnMut(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.hot.make_room(&mut self.base)?;
        match work(&mut self.base) {
            Err(Failure::Exhausted(_)) if self.hot.all_leave(&mut self.base)? => {
                work(&mut self.base)
            }
            done => done,
        }
    }

    /// The connection and the places of the keys that the TPM itself keeps.
    pub(super) fn places(&mut self) -> (&mut Connection, &mut Places) {
        (&mut self.base, &mut self.places)
    }

    /// A key that is ready.
    pub(super) fn ready(&mut self, record: &KeyRecord) -> Option<Loaded<'_>> {
        self.hot.find(&mut self.base, &record.key, Instant::now())
    }

    /// Makes a key ready, if keys of this kind can be. Another key may leave for it.
    ///
    /// # Errors
    ///
    /// The key cannot be loaded.
    pub(super) fn make_ready(&mut self, record: &KeyRecord) -> Result<Option<Loaded<'_>>, Failure> {
        self.hot.load(&mut self.base, record, Instant::now())
    }

    /// Makes a key ready that left for another one, if its context was saved. Returns whether it
    /// was.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn bring_back(&mut self, record: &KeyRecord) -> Result<bool, Failure> {
        self.hot.bring_back(&mut self.base, record, Instant::now())
    }

    /// A key that is ready is used: another one may be expected after it.
    pub(super) fn is_used(&mut self, record: &KeyRecord) {
        self.hot.is_used(record);
    }

    /// Whether a key is expected for which there is no place in the chip.
    pub(super) fn wants_room_ahead(&self) -> bool {
        self.hot.wants_room_ahead()
    }

    /// Makes a place for it, so that its signature does not wait for that.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn make_room_ahead(&mut self) -> Result<(), Failure> {
        self.hot.make_room_ahead(&mut self.base)
    }

    /// Has the chip take an object that is used together with the key of `record`, and the parent
    /// that is borrowed while it is loaded: without a resource manager, all other keys leave.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn make_room_beside(&mut self, record: &KeyRecord) -> Result<(), Failure> {
        self.hot.make_room_beside(&mut self.base, &record.key)
    }

    /// Runs `work` with a sealed key, if it is ready.
    pub(super) fn with_kept_seed<T>(
        &self,
        record: &KeyRecord,
        work: impl FnOnce(&Seed) -> T,
    ) -> Option<T> {
        // A key whose parent is gone is lost, and said to be.
        let parent = &record.key.parent;
        (parent == self.base.parent_name()).then_some(())?;
        self.seeds.with(&record.key.blob, Instant::now(), work)
    }

    /// Keeps a sealed key ready, if it has no PIN and none was wiped since `asked`. Another one may
    /// leave for it.
    pub(super) fn keep_seed(&self, record: &KeyRecord, seed: Seed, asked: Generation) {
        self.seeds.keep(record, seed, asked, Instant::now());
    }

    /// Remembers what `derived` says of a derived key.
    pub(super) fn note_derived<T>(&self, record: &KeyRecord, derived: &Result<T, Failure>) {
        let found = match derived {
            Ok(_) => Found::TheKey,
            Err(Failure::KeyLost(_)) => Found::AnotherKey,
            Err(_) => return,
        };
        if record.key.derivation().is_some() {
            self.findings.note(record.fingerprint(), found);
        }
    }

    /// Remembers that the TPM derives this key.
    pub(super) fn note_new(&self, key: Fingerprint) {
        self.findings.note(key, Found::TheKey);
    }

    /// No longer keeps a key ready, if it was.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn drop_ready(&mut self, record: &KeyRecord) -> Result<(), Failure> {
        self.seeds.drop_seed(&record.key.blob);
        self.hot.drop_key(&mut self.base, &record.key)
    }

    /// When the next idle key has to leave.
    pub(super) fn idle_at(&self) -> Option<Instant> {
        let both = [self.hot.idle_at(), self.seeds.idle_at()];
        both.into_iter().flatten().min()
    }

    /// Forgets saved contexts that were idle too long. This sends no command.
    pub(super) fn drop_idle_contexts(&mut self, now: Instant) {
        self.hot.drop_idle_contexts(now);
    }

    /// Removes keys that have been idle too long.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn drop_idle(&mut self) -> Result<(), Failure> {
        let now = Instant::now();
        self.seeds.drop_idle(now);
        self.hot.drop_idle(&mut self.base, now)
    }

    /// Removes everything from the TPM that would outlive the process, and what was unsealed.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn let_go(&mut self) -> Result<(), Failure> {
        self.seeds.wipe_all();
        self.hot.all_leave(&mut self.base).map(drop)
    }
}
