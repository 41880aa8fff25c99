//! How long commands of a login take: each operation is one job, and leaves nothing in the TPM.
//!
//! What is measured is a command as the broker sends it: the TPM, the driver, and what libtss2 does
//! for it.
//!
//! Specs: TPM 2.0 Part 3, §30.2 (GetCapability), §11.1 (StartAuthSession), §12.1 and §12.2 (Create,
//! Load), §20.2 (Sign).

use std::time::{Duration, Instant};

use tss_esapi::constants::{PropertyTag, SessionType};

use super::connection::{Connection, Loaded};
use super::create::Create;
use super::device::Device;
use super::failure::{Cause, Failure, sort};
use super::jobs::Operation;
use super::wanted::Wanted;
use super::{TpmThread, capabilities, load, salted};
use sshtpm_core::error::TpmError;
use sshtpm_core::key::TpmKey;
use sshtpm_core::measurement::{TrialKey, Used};
use sshtpm_core::policy::Permit;
use sshtpm_core::ports::Measuring;
use sshtpm_core::queue::Work;
use sshtpm_core::requests::MeasureTpm;
use sshtpm_ssh::algorithm::Algorithm;

impl Measuring for TpmThread {
    fn signature_time(&self) -> Option<Duration> {
        self.pace.median()
    }

    async fn time_round_trip(&self, permit: &Permit<MeasureTpm>) -> Result<Duration, TpmError> {
        let user = &permit.request().caller.owner;
        self.quick(user, RoundTrip).await
    }

    async fn time_session(&self, permit: &Permit<MeasureTpm>) -> Result<Duration, TpmError> {
        let user = &permit.request().caller.owner;
        self.quick(user, Session).await
    }

    async fn time_create(
        &self,
        permit: &Permit<MeasureTpm>,
        algorithm: Algorithm,
    ) -> Result<(TrialKey, Duration), TpmError> {
        let user = &permit.request().caller.owner;
        let limit = self.state.timing().generation;
        let work = Work::to_make(algorithm);
        let made = self.submit(user, work, limit, Make { algorithm }).await;
        made.map(|(key, took)| (TrialKey::new(algorithm, key), took))
    }

    async fn time_use(
        &self,
        permit: &Permit<MeasureTpm>,
        key: &TrialKey,
    ) -> Result<Used, TpmError> {
        let user = &permit.request().caller.owner;
        self.quick(user, Use(key.clone())).await
    }
}

/// TPM2_GetCapability of one property.
struct RoundTrip;

impl Operation for RoundTrip {
    type Output = Duration;

    fn run(&self, device: &mut Device) -> Result<Duration, Failure> {
        let start = Instant::now();
        capabilities::properties(device.context(), PropertyTag::Manufacturer, 1)?;
        Ok(start.elapsed())
    }
}

/// The start of a salted session, which then ends.
struct Session;

impl Operation for Session {
    type Output = Duration;

    fn run(&self, device: &mut Device) -> Result<Duration, Failure> {
        device.with_room(|base| {
            let start = Instant::now();
            let session = salted::start(base, SessionType::Hmac)?;
            let took = start.elapsed();
            salted::flush(base, session);
            Ok(took)
        })
    }
}

/// The making of a key.
struct Make {
    algorithm: Algorithm,
}

impl Operation for Make {
    type Output = (TpmKey, Duration);

    fn run(&self, device: &mut Device) -> Result<Self::Output, Failure> {
        // Keys that have to leave for it leave before.
        device.with_room(|_| Ok(()))?;
        let create = Create {
            algorithm: self.algorithm,
            pin: None,
            pcrs: None,
        };
        let start = Instant::now();
        let key = create.run(device)?;
        Ok((key, start.elapsed()))
    }
}

/// One use of a key that is not loaded.
struct Use(TrialKey);

impl Operation for Use {
    type Output = Used;

    fn run(&self, device: &mut Device) -> Result<Used, Failure> {
        let to_sign = self.0.to_sign().ok_or_else(no_scheme)?;
        let wanted = Wanted { to_sign, pin: None };
        device.with_room(|base| load_and_sign(base, self.0.key(), &wanted))
    }
}

fn load_and_sign(
    connection: &mut Connection,
    key: &TpmKey,
    wanted: &Wanted,
) -> Result<Used, Failure> {
    let start = Instant::now();
    let handle = load::load(connection, &key.blob, &key.parent)?;
    let load = start.elapsed();
    let start = Instant::now();
    let loaded = Loaded {
        connection,
        key: handle,
    };
    let signed = wanted.by(loaded, key);
    let sign = start.elapsed();
    let flushed = connection.context().flush_context(handle.into());
    signed?;
    flushed.map_err(sort("TPM2_FlushContext"))?;
    Ok(Used { load, sign })
}

fn no_scheme() -> Failure {
    let answer = "a key that no scheme signs with".to_owned();
    Failure::Other(Cause {
        command: "TPM2_Sign",
        answer,
    })
}
