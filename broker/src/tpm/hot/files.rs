//! Hot keys behind the kernel's resource manager: each on an open file of its own.
//!
//! The kernel keeps a space for each open file, and loads that space into the chip only for the
//! length of one command: around every command it loads and saves everything that the file holds.
//! Two keys on one file would therefore cost each other, and every other command, three more
//! commands. A file with one key costs three commands when that key is used, and otherwise none;
//! closing it costs none.
//!
//! After a reset of the TPM the kernel cannot load what it saved and fails the command (EFAULT,
//! EINVAL or ENOENT, and from libtss2 an error of the TCTI's layer): a TPM that is gone, for the
//! program that owns the connections.

use std::time::{Duration, Instant};

use tss_esapi::handles::KeyHandle;

use super::super::address::Address;
use super::super::connection::{Connection, Loaded};
use super::super::failure::Failure;
use super::super::load::load;
use super::residents::Residents;
use sshtpm_core::key::{KeyBlob, KeyRecord, ParentName};
use sshtpm_core::queue::Line;

/// Each is an open file and some 20 KiB, half of that in the kernel. A machine that uses more keys
/// at the same time waits for the signatures rather than for the loading.
const MOST: usize = 32;

/// An idle key keeps no other program from anything, so it may stay over a coffee; but an unused
/// one should not stay for days.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// Keys that are ready.
pub(in crate::tpm) struct Files {
    address: Address,
    residents: Residents<OwnFile>,
}

/// A loaded key, and the connection on which nothing else is.
struct OwnFile {
    connection: Connection,
    key: KeyHandle,
}

impl OwnFile {
    fn loaded(&mut self) -> Loaded<'_> {
        Loaded {
            connection: &mut self.connection,
            key: self.key,
        }
    }
}

impl Drop for OwnFile {
    /// The kernel drops the saved key when the file is closed. `tss_esapi` would flush the key
    /// first, and the kernel would have to load it for that.
    fn drop(&mut self) {
        self.connection.forget(self.key);
    }
}

impl Files {
    pub(super) fn of(address: &Address) -> Self {
        Self {
            address: address.clone(),
            residents: Residents::new(MOST, IDLE),
        }
    }

    pub(super) fn find(&mut self, blob: &KeyBlob, now: Instant) -> Option<Loaded<'_>> {
        self.residents.find(blob, now).map(OwnFile::loaded)
    }

    /// `None` if no further connection can be opened. If the TPM is gone, the next command on the
    /// base connection says so.
    pub(super) fn load(
        &mut self,
        parent: &ParentName,
        record: &KeyRecord,
        now: Instant,
    ) -> Result<Option<Loaded<'_>>, Failure> {
        let line = Line::of(&record.owner);
        drop(self.residents.take_surplus(Some(line)));
        let mut connection = match Connection::further(&self.address, parent) {
            Ok(connection) => connection,
            Err(changed @ Failure::ParentChanged(_)) => return Err(changed),
            Err(failure) => {
                tracing::debug!(%failure, "no connection for a key of its own");
                return Ok(None);
            }
        };
        let key = load(&mut connection, &record.key.blob, &record.key.parent)?;
        let file = OwnFile { connection, key };
        let blob = &record.key.blob;
        self.residents.add(line, blob.clone(), file, now);
        Ok(self.find(blob, now))
    }

    pub(super) fn drop_key(&mut self, blob: &KeyBlob) {
        drop(self.residents.take(blob));
    }

    pub(super) fn idle_at(&self) -> Option<Instant> {
        self.residents.idle_at()
    }

    pub(super) fn drop_idle(&mut self, now: Instant) {
        while let Some(file) = self.residents.take_idle(now) {
            drop(file);
        }
    }
}
