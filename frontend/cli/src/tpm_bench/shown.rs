//! What was measured, for people.

use std::time::Duration;

use sshtpm_ssh::measured::Measured;
use sshtpm_ssh::text::printable;

use super::chips::PUBLISHED;
use super::figures::Figures;
use super::login::Login;
use super::tpm::Tpm;
use crate::screen::Screen;
use crate::table::{Cell, Table};

/// Everything, in lines for `screen`.
pub(super) fn lines(tpm: &Tpm, figures: &Figures, screen: Screen) -> String {
    let name = [&tpm.manufacturer, &tpm.firmware, &tpm.device].map(|part| printable(part));
    let [manufacturer, firmware, device] = name;
    let parts = [
        format!("TPM: {manufacturer}, firmware {firmware}, {device}"),
        commands(figures).shown_on(screen),
        login(figures, screen),
        format!(
            "{}\nOther chips: means, as published (README of wolfTPM; AMD: \
             hackmd.io/@nemoz/BkjT3ygh9).",
            chips(figures).shown_on(screen)
        ),
    ];
    parts.join("\n\n")
}

fn commands(figures: &Figures) -> Table<3> {
    let mut table = Table::new(["COMMAND", "MEDIAN", "SLOWEST"], &[]);
    for figure in figures.all() {
        let name = Cell::from(title(figure.measured).to_owned());
        table.add([name, ms(figure.median), ms(figure.slowest)]);
    }
    table
}

fn title(measured: Measured) -> &'static str {
    match measured {
        Measured::RoundTrip => "shortest command (TPM2_GetCapability)",
        Measured::Session => "salted session (TPM2_StartAuthSession)",
        Measured::CreateP256 => "P-256: TPM2_Create",
        Measured::LoadP256 => "P-256: TPM2_Load",
        Measured::SignP256 => "P-256: TPM2_Sign",
        Measured::CreateRsa2048 => "RSA 2048: TPM2_Create",
        Measured::LoadRsa2048 => "RSA 2048: TPM2_Load",
        Measured::SignRsa2048 => "RSA 2048: TPM2_Sign",
    }
}

/// What a login with P-256 keys takes.
fn login(figures: &Figures, screen: Screen) -> String {
    let Some(login) = Login::of(figures) else {
        return "This TPM does not support P-256.".to_owned();
    };
    let mut table = Table::new(["OF A LOGIN WITH P-256 KEYS, THE TPM TAKES", "FOR"], &[]);
    for (what, time) in [
        ("your key, used lately", login.in_use),
        ("your key, first use", login.first_use),
        ("your key, with a PIN that is remembered", login.with_pin),
        ("the host key of sshd", login.host_key),
    ] {
        table.add([Cell::from(what.to_owned()), ms(time)]);
    }
    let table = table.shown_on(screen);
    let per_second = login.host_keys_per_second();
    format!(
        "{table}\nWith sshd's host key alone, this TPM can sign for at most {per_second:.0} \
         logins a second."
    )
}

/// TPM2_Sign, beside other chips.
fn chips(figures: &Figures) -> Table<3> {
    let mut table = Table::new(["TPM2_SIGN OF CHIPS", "P-256", "RSA 2048"], &[]);
    let or_nothing = |time: Option<Duration>| time.map_or_else(|| Cell::from("-".to_owned()), ms);
    let sign = |measured| or_nothing(figures.median(measured));
    let own = Cell::from("this TPM".to_owned());
    table.add([own, sign(Measured::SignP256), sign(Measured::SignRsa2048)]);
    for chip in PUBLISHED {
        let name = Cell::from(chip.name.to_owned());
        let sign_rsa2048 = ms(chip.sign_rsa2048);
        table.add([name, or_nothing(chip.sign_p256), sign_rsa2048]);
    }
    table
}

/// In milliseconds, with a digit behind the point.
fn ms(time: Duration) -> Cell {
    Cell::from(format!("{:.1} ms", time.as_secs_f64() * 1000.0))
}

#[cfg(test)]
mod tests {
    use super::super::figures::example;
    use super::*;

    fn shown(medians: &[(Measured, u32)]) -> String {
        let tpm = Tpm {
            manufacturer: "IFX".to_owned(),
            firmware: "7.85.0.0".to_owned(),
            device: "device:/dev/tpmrm0".to_owned(),
        };
        lines(&tpm, &example(medians), Screen::PLAIN)
    }

    #[test]
    fn a_login_and_other_chips_are_beside_what_was_measured() {
        let text = shown(&[
            (Measured::RoundTrip, 2),
            (Measured::Session, 12),
            (Measured::LoadP256, 9),
            (Measured::SignP256, 70),
        ]);
        for part in [
            "IFX, firmware 7.85.0.0",
            "your key, first use                        79.0 ms",
            "can sign for at most 14 logins a second",
            "this TPM                         70.0 ms   -",
            "Infineon SLB9670                 68.9 ms   163.2 ms",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_tpm_without_p256_is_said_to_be_one() {
        let text = shown(&[(Measured::RoundTrip, 2)]);
        assert!(text.contains("does not support P-256"), "{text}");
    }
}
