//! Finds the endorsement keys: those of the certificates that the TPM has, or else one that every
//! TPM derives.

use tss_esapi::handles::{KeyHandle, PersistentTpmHandle};
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::Public;
use tss_esapi::traits::Marshall as _;

use super::place::{Kind, Place, Range};
use super::ready::{Ready, leave};
use super::{certificates, persistent, template};
use crate::tpm::connection::Connection;
use crate::tpm::device::Device;
use crate::tpm::failure::{Cause, Failure, sort, sort_with_endorsement};
use sshtpm_ssh::endorsement::EndorsementPublic;

/// An endorsement key that was found. It is not loaded.
pub(super) struct Found {
    pub(super) public: Public,
    /// Its public area, marshalled.
    pub(super) area: Vec<u8>,
    /// The bits by which a certificate names it.
    pub(super) read: EndorsementPublic,
    pub(super) certificate: Option<Vec<u8>>,
    source: Source,
}

/// How a key gets into the TPM.
enum Source {
    /// It is there.
    Persistent(PersistentTpmHandle),
    /// The TPM derives it.
    Template(Box<Public>),
}

/// The keys that have a certificate, or else the one by whose hash the machine can be enrolled. The
/// search ends with the key that `is_last`, as a slow chip derives an RSA key in half a minute.
pub(super) fn find(
    device: &mut Device,
    is_last: impl Fn(&Found) -> bool,
) -> Result<Vec<Found>, Failure> {
    let certificates = certificates::of_keys(device.context())?;
    device.with_room(|connection| {
        let persistent = match certificates.is_empty() {
            true => Vec::new(),
            false => persistent::find(connection)?,
        };
        let mut found = Vec::new();
        for (place, certificate) in &certificates {
            if found.last().is_some_and(&is_last) {
                break;
            }
            match certified(connection, place, certificate, &persistent)? {
                Some(key) => found.push(key),
                None => tracing::warn!(
                    index = format!("{:#010x}", place.index),
                    "the TPM has no endorsement key for this certificate; it is left out"
                ),
            }
        }
        if found.is_empty() {
            found.push(uncertified(connection)?);
        }
        Ok(found)
    })
}

/// The key of a certificate: one that is there, or the one of the template.
fn certified(
    connection: &mut Connection,
    place: &Place,
    certificate: &[u8],
    persistent: &[(PersistentTpmHandle, Public)],
) -> Result<Option<Found>, Failure> {
    for (handle, public) in persistent {
        let key = named(public.clone(), Source::Persistent(*handle))?;
        if let Some(key) = key.filter(|key| names(certificate, key)) {
            return Ok(Some(key.with(certificate)));
        }
    }
    let derived = derived(connection, place.kind, place.range)?;
    let derived = derived.filter(|key| names(certificate, key));
    Ok(derived.map(|key| key.with(certificate)))
}

/// Without certificates, P-256 is the one: every machine derives it in a moment, and so always the
/// same key is hashed.
fn uncertified(connection: &mut Connection) -> Result<Found, Failure> {
    for kind in [Kind::P256, Kind::Rsa2048] {
        if let Some(found) = derived(connection, kind, Range::Low)? {
            return Ok(found);
        }
    }
    Err(Failure::Other(Cause {
        command: "TPM2_CreatePrimary(endorsement)",
        answer: "the TPM makes no key of the TCG's templates".to_owned(),
    }))
}

/// The public half of the key that the TPM derives from a template, if it makes such keys.
fn derived(
    connection: &mut Connection,
    kind: Kind,
    range: Range,
) -> Result<Option<Found>, Failure> {
    let template = template::of(kind, range).map_err(sort("template"))?;
    let (key, public) = match create(connection, template.clone()) {
        Err(Failure::Other(cause)) => {
            tracing::info!(%cause, ?kind, ?range, "the TPM makes no such endorsement key");
            return Ok(None);
        }
        created => created?,
    };
    let flushed = connection.context().flush_context(key.into());
    flushed.map_err(sort("TPM2_FlushContext(endorsement)"))?;
    named(public, Source::Template(Box::new(template)))
}

fn create(connection: &mut Connection, template: Public) -> Result<(KeyHandle, Public), Failure> {
    let context = connection.context();
    let created = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.create_primary(Hierarchy::Endorsement, template, None, None, None, None)
    });
    let created = created.map_err(sort_with_endorsement("TPM2_CreatePrimary(endorsement)"))?;
    Ok((created.key_handle, created.out_public))
}

/// `None`: it is a key of a kind that no endorsement key has.
fn named(public: Public, source: Source) -> Result<Option<Found>, Failure> {
    let area = public.marshall().map_err(sort("TPMT_PUBLIC"))?;
    Ok(EndorsementPublic::read(&area).map(|read| Found {
        public,
        area,
        read,
        certificate: None,
        source,
    }))
}

/// Whether the bits of the key are in the certificate. They are 65 bytes or more that nobody hits
/// by chance, and nothing depends on it but which key is shown beside which certificate.
fn names(certificate: &[u8], key: &Found) -> bool {
    let bits = key.read.key_bits();
    certificate.windows(bits.len()).any(|part| part == bits)
}

impl Found {
    fn with(self, certificate: &[u8]) -> Self {
        let certificate = Some(certificate.to_vec());
        Self {
            certificate,
            ..self
        }
    }

    /// Makes the key usable.
    pub(super) fn load(&self, connection: &mut Connection) -> Result<Ready, Failure> {
        match &self.source {
            Source::Persistent(handle) => persistent::open(connection, *handle),
            Source::Template(template) => {
                let (key, public) = create(connection, (**template).clone())?;
                let ready = Ready {
                    key,
                    is_persistent: false,
                };
                if public == self.public {
                    return Ok(ready);
                }
                leave(connection, ready)?;
                let answer = "another key than a moment ago".to_owned();
                Err(Failure::Other(Cause {
                    command: "TPM2_CreatePrimary(endorsement)",
                    answer,
                }))
            }
        }
    }
}
