//! The interfaces that are served, on the bus and on each channel alike.

use std::sync::Arc;

use sshtpm_dbus::OBJECT_PATH;
use zbus::connection::Builder;

use super::attestation::Attestation;
use super::front_door::FrontDoor;
use super::keys::Keys;
use super::secrets::Secrets;
use super::tpm::{Tpm, TpmPlace};
use sshtpm_core::ports::Ports;
use sshtpm_core::service::Service;

/// What they need.
#[derive(Debug)]
pub(super) struct Interfaces<P: Ports> {
    service: Arc<Service<P>>,
    place: TpmPlace,
    secrets: Secrets,
}

impl<P: Ports> Interfaces<P> {
    pub(super) fn new(service: Arc<Service<P>>, place: TpmPlace) -> Self {
        Self {
            service,
            place,
            secrets: Secrets::default(),
        }
    }

    /// Serves `Keys`, `Tpm` and `Attestation` behind `door`.
    pub(super) fn serve<'a>(&self, builder: Builder<'a>, door: &FrontDoor) -> Builder<'a> {
        let service = || Arc::clone(&self.service);
        let secrets = || self.secrets.clone();
        let keys = Keys::new(door.clone(), service(), secrets());
        let tpm = Tpm::new(door.clone(), service(), self.place.clone(), secrets());
        let attestation = Attestation::new(door.clone(), service());
        builder
            .serve_at(OBJECT_PATH, attestation)
            .serve_at(OBJECT_PATH, keys)
            .serve_at(OBJECT_PATH, tpm)
    }
}
