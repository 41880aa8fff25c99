//! A QR code on paper.
//!
//! Specs: ISO/IEC 18004.

use fast_qr::{ECL, Mode, QRBuilder};

/// A row of dark modules that touch each other: how far from the upper left corner it begins, and
/// how long it is, in modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) length: usize,
}

/// A code.
#[derive(Debug)]
pub(crate) struct Code {
    /// Modules of a side, without the light frame.
    pub(crate) size: usize,
    pub(crate) runs: Vec<Run>,
}

impl Code {
    /// The smallest code with `text`; `None` if the text is longer than any, about 2300 bytes.
    /// Paper gets stains: 15 % of the code can be lost.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut builder = QRBuilder::new(text);
        let code = builder.ecl(ECL::M).mode(Mode::Byte).build().ok()?;
        let rows = code.data.chunks(code.size).take(code.size).enumerate();
        let runs = rows.flat_map(|(row, modules)| {
            let dark: Vec<bool> = modules.iter().map(|module| module.value()).collect();
            runs_of(row, &dark)
        });
        Some(Self {
            size: code.size,
            runs: runs.collect(),
        })
    }
}

fn runs_of(row: usize, dark: &[bool]) -> Vec<Run> {
    let mut column = 0;
    let mut runs = Vec::new();
    for equal in dark.chunk_by(|one, next| one == next) {
        let length = equal.len();
        if equal.first() == Some(&true) {
            runs.push(Run {
                row,
                column,
                length,
            });
        }
        column += length;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::{Code, Run, runs_of};

    #[test]
    fn modules_that_touch_are_one_run() {
        let run = |column, length| Run {
            row: 5,
            column,
            length,
        };
        let found = runs_of(5, &[true, true, false, false, true]);
        assert_eq!(found, [run(0, 2), run(4, 1)]);
        assert_eq!(runs_of(5, &[false, false]), []);
    }

    #[test]
    fn a_finder_pattern_is_in_three_corners() {
        let code = Code::of("-----BEGIN OPENSSH PRIVATE KEY-----").unwrap();
        let edge = |row, column| Run {
            row,
            column,
            length: 7,
        };
        for corner in [edge(0, 0), edge(0, code.size - 7), edge(code.size - 1, 0)] {
            assert!(code.runs.contains(&corner), "{corner:?}");
        }
        assert!(Code::of(&"x".repeat(3000)).is_none());
    }
}
