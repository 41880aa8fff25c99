//! `sshtpm tpm bench`: how fast this machine's TPM is, what a login takes of its time, and what is
//! published of other chips.
//!
//! May touch: the broker, which measures. Must never send the TPM anything itself.
//!
//! docs/PERFORMANCE.md says how the figures are to be read.

pub(crate) mod chips;
mod figures;
mod json;
mod login;
mod shown;
mod tpm;

use std::collections::HashMap;

use sshtpm_dbus::{Error, option};
use zbus::Variant;

use self::figures::Figures;
use self::json::BenchJson;
use self::tpm::Tpm;
use super::args::BenchArgs;
use super::error::Failure;
use super::output::{print, print_json};
use super::screen::Screen;
use super::session::{Options, Session};

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, or the TPM fails.
pub(crate) async fn run(session: &Session, args: &BenchArgs) -> Result<(), Failure> {
    let figures = Figures::of(&measure(session, args.rsa).await?);
    let tpm = name(session).await?;
    if args.json.json {
        return print_json(&BenchJson::new(&tpm, &figures));
    }
    print(&shown::lines(&tpm, &figures, Screen::of_stdout()))
}

async fn measure(session: &Session, rsa: bool) -> Result<HashMap<String, Vec<u32>>, Failure> {
    let what = "cannot measure the TPM";
    let call = async |broker: &sshtpm_client::Broker| -> Result<_, Error> {
        let options = Options::from([(option::RSA, Variant::from(rsa))]);
        Ok(broker.tpm().measure(&options).await?)
    };
    let answer = session.attempt_at_tpm(what, call).await?;
    answer.map_err(|error| Failure::from_broker(what, &error))
}

async fn name(session: &Session) -> Result<Tpm, Failure> {
    let failed = |error: zbus::Error| {
        Failure::from_broker("cannot ask which TPM this is", &Error::from(error))
    };
    let tpm = session.tpm().await?;
    Ok(Tpm {
        manufacturer: tpm.manufacturer().await.map_err(failed)?,
        firmware: tpm.firmware().await.map_err(failed)?,
        device: tpm.device().await.map_err(failed)?,
    })
}
