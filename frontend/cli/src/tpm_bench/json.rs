//! What was measured, for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use sshtpm_ssh::word::Word as _;

use super::chips::{Chip, PUBLISHED};
use super::figures::Figures;
use super::login::Login;
use super::tpm::Tpm;

/// What `--json` prints. The names are stable; new ones may be added. Times are in microseconds.
#[derive(Debug, Serialize)]
pub(super) struct BenchJson<'a> {
    manufacturer: &'a str,
    firmware: &'a str,
    device: &'a str,
    /// By the words of `Measure` in org.sshtpm.Broker1(5).
    commands: BTreeMap<&'static str, CommandJson>,
    /// `null` if the TPM has no P-256.
    login: Option<LoginJson>,
    published: Vec<ChipJson>,
}

#[derive(Debug, Serialize)]
struct CommandJson {
    median: u64,
    slowest: u64,
    count: usize,
}

#[derive(Debug, Serialize)]
struct LoginJson {
    in_use: u64,
    first_use: u64,
    with_pin: u64,
    host_key: u64,
}

#[derive(Debug, Serialize)]
struct ChipJson {
    name: &'static str,
    /// `null` if it was not published.
    sign_p256: Option<u64>,
    sign_rsa2048: u64,
}

impl<'a> BenchJson<'a> {
    pub(super) fn new(tpm: &'a Tpm, figures: &Figures) -> Self {
        let commands = figures.all().iter().map(|figure| {
            let command = CommandJson {
                median: micros(figure.median),
                slowest: micros(figure.slowest),
                count: figure.count,
            };
            (figure.measured.word(), command)
        });
        Self {
            manufacturer: &tpm.manufacturer,
            firmware: &tpm.firmware,
            device: &tpm.device,
            commands: commands.collect(),
            login: Login::of(figures).map(LoginJson::from),
            published: PUBLISHED.iter().map(ChipJson::from).collect(),
        }
    }
}

impl From<Login> for LoginJson {
    fn from(login: Login) -> Self {
        Self {
            in_use: micros(login.in_use),
            first_use: micros(login.first_use),
            with_pin: micros(login.with_pin),
            host_key: micros(login.host_key),
        }
    }
}

impl From<&Chip> for ChipJson {
    fn from(chip: &Chip) -> Self {
        Self {
            name: chip.name,
            sign_p256: chip.sign_p256.map(micros),
            sign_rsa2048: micros(chip.sign_rsa2048),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
