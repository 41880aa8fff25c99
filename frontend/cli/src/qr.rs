//! A public key as a QR code on a terminal, for a phone or a console without a mouse.
//!
//! Specs: ISO/IEC 18004. A character shows two modules, one above the other.

use fast_qr::{ECL, Mode, QRBuilder, QRCode};

use super::screen::Screen;

/// Modules around the code that stay light; ISO/IEC 18004, quiet zone.
const QUIET_ZONE: usize = 4;

/// A code that a screen has room for.
#[derive(Debug)]
pub(crate) struct Code {
    dark: Vec<Vec<bool>>,
}

/// Why there is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCode {
    /// The text is longer than any code; about 2900 bytes.
    TooLong,
}

impl Code {
    /// The smallest code with `text` in it.
    ///
    /// # Errors
    ///
    /// The text is too long.
    pub(crate) fn of(text: &str) -> Result<Self, NoCode> {
        let mut builder = QRBuilder::new(text);
        // A screen is neither dirty nor torn, so the least correction does.
        let code = builder.ecl(ECL::L).mode(Mode::Byte).build();
        let code = code.map_err(|_| NoCode::TooLong)?;
        Ok(Self {
            dark: with_quiet_zone(&code),
        })
    }

    /// Columns that it takes.
    pub(crate) fn columns(&self) -> usize {
        self.dark.len()
    }

    /// The code in half blocks: black on white where `screen` has colours. Otherwise light modules
    /// are drawn, as a terminal is usually dark; readers take the inverse, too.
    pub(crate) fn shown_on(&self, screen: Screen) -> String {
        let lines = self.dark.chunks(2).map(|pair| {
            let [upper, lower] = [pair.first(), pair.get(1)];
            let columns = 0..self.columns();
            let line: String = columns
                .map(|column| {
                    let is_dark = |row: Option<&Vec<bool>>| {
                        row.and_then(|row| row.get(column))
                            .copied()
                            .unwrap_or(false)
                    };
                    half_block(!is_dark(upper), !is_dark(lower))
                })
                .collect();
            match screen.is_coloured() {
                true => format!("\u{1b}[38;5;231;48;5;16m{line}\u{1b}[0m"),
                false => line,
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn with_quiet_zone(code: &QRCode) -> Vec<Vec<bool>> {
    let light = || vec![false; code.size + 2 * QUIET_ZONE];
    let around = || std::iter::repeat_with(light).take(QUIET_ZONE);
    let rows = code.data.chunks(code.size).take(code.size).map(|row| {
        let edge = [false; QUIET_ZONE];
        let modules = row.iter().map(|module| module.value());
        edge.into_iter().chain(modules).chain(edge).collect()
    });
    around().chain(rows).chain(around()).collect()
}

fn half_block(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, NoCode, QUIET_ZONE, Screen};

    #[test]
    fn a_code_has_its_modules_and_a_light_frame() {
        let code = Code::of("ecdsa-sha2-nistp256 AAAA ann@host").unwrap();
        let text = code.shown_on(Screen::PLAIN);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), code.columns().div_ceil(2));
        assert!(
            lines
                .iter()
                .all(|line| line.chars().count() == code.columns())
        );
        let frame = QUIET_ZONE / 2;
        assert!(
            lines[..frame]
                .iter()
                .all(|line| line.chars().all(|c| c == '█'))
        );
        // The upper edge of a finder pattern is seven dark modules above a light ring.
        let finder: String = lines[frame].chars().skip(QUIET_ZONE).take(8).collect();
        assert_eq!(finder, " ▄▄▄▄▄ █");
    }

    #[test]
    fn text_that_no_code_can_hold_is_refused() {
        assert_eq!(Code::of(&"x".repeat(3000)).unwrap_err(), NoCode::TooLong);
    }
}
