//! A TPM whose parent key is known, and the keys that are kept ready in it.

use std::time::Instant;

use tss_esapi::Context;

use super::address::Address;
use super::connection::{Connection, Loaded, connect};
use super::failure::Failure;
use super::hot::Hot;
use super::persistent::places::Places;
use super::{capabilities, parent, sweep};
use sshtpm_core::key::{KeyRecord, ParentName};
use sshtpm_core::tpm_facts::TpmFacts;

/// A TPM that can be used. When it fails with something that a new connection may help, drop it.
pub(super) struct Device {
    address: Address,
    base: Connection,
    hot: Hot,
    places: Places,
    facts: TpmFacts,
}

impl Device {
    /// Connects, cleans up where nobody else does, and finds or makes the parent key.
    ///
    /// # Errors
    ///
    /// There is no TPM, it has no parent and we may not make one, or its parent is `refused`.
    pub(super) fn open(address: &Address, refused: Option<&ParentName>) -> Result<Self, Failure> {
        let mut context = connect(address)?;
        if !address.has_resource_manager() {
            sweep::sweep(&mut context)?;
        }
        let identity = capabilities::identity(&mut context)?;
        let algorithms = capabilities::algorithms(&mut context)?;
        let parent = parent::find_or_make(&mut context)?;
        if refused == Some(&parent.name) {
            return Err(Failure::ParentAuth);
        }
        let facts = TpmFacts {
            manufacturer: identity.manufacturer,
            firmware: identity.firmware,
            algorithms,
            parent: parent.name.clone(),
        };
        Ok(Self {
            hot: Hot::at(address),
            places: Places::default(),
            address: address.clone(),
            base: Connection::new(context, parent),
            facts,
        })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn facts(&self) -> &TpmFacts {
        &self.facts
    }

    pub(super) fn parent_name(&self) -> &ParentName {
        self.base.parent_name()
    }

    /// For what takes no room in the chip; for all else there is [`Self::with_room`].
    pub(super) fn context(&mut self) -> &mut Context {
        self.base.context()
    }

    /// Does what loads or makes something that does not stay. Where another program left no room for
    /// it, everything of ours goes, and it is done again.
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

    /// For what the TPM itself keeps.
    pub(super) fn places(&mut self) -> (&mut Connection, &mut Places) {
        (&mut self.base, &mut self.places)
    }

    /// A key that is ready.
    pub(super) fn ready(&mut self, record: &KeyRecord) -> Option<Loaded<'_>> {
        self.hot.find(&mut self.base, &record.key, Instant::now())
    }

    /// Makes a key ready, if keys like this one can be. Another one may go for it.
    ///
    /// # Errors
    ///
    /// The key cannot be loaded.
    pub(super) fn make_ready(&mut self, record: &KeyRecord) -> Result<Option<Loaded<'_>>, Failure> {
        self.hot.load(&mut self.base, record, Instant::now())
    }

    /// A key is not kept ready any more, if it was.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn drop_ready(&mut self, record: &KeyRecord) -> Result<(), Failure> {
        self.hot.drop_key(&mut self.base, &record.key)
    }

    /// When a key will have been idle for so long that it goes, if nothing else happens.
    pub(super) fn idle_at(&self) -> Option<Instant> {
        self.hot.idle_at()
    }

    /// Lets the keys go that are idle.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn drop_idle(&mut self) -> Result<(), Failure> {
        self.hot.drop_idle(&mut self.base, Instant::now())
    }

    /// Leaves nothing in the TPM that would stay there after us.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn let_go(&mut self) -> Result<(), Failure> {
        self.hot.all_leave(&mut self.base).map(drop)
    }
}
