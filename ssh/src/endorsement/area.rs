//! Reads a public area.

use super::public::{Curve, EndorsementPublic};

// TCG Algorithm Registry.
const RSA: u16 = 0x0001;
const ECC: u16 = 0x0023;
const NULL: u16 = 0x0010;
const NIST_P256: u16 = 0x0003;
const NIST_P384: u16 = 0x0004;
const NIST_P521: u16 = 0x0005;

/// TPMA_OBJECT: restricted, decrypt (TPM 2.0 Part 2, §8.3).
const RESTRICTED_AND_DECRYPTS: u32 = 1 << 16 | 1 << 17;

/// The usual exponent, for which 0 stands: Part 2, `TPMS_RSA_PARMS`.
const USUAL_EXPONENT: u32 = 65537;

pub(super) fn read(area: &[u8]) -> Option<EndorsementPublic> {
    let mut reader = Reader(area);
    let kind = reader.uint16()?;
    let _name_algorithm = reader.uint16()?;
    let attributes = reader.uint32()?;
    if attributes & RESTRICTED_AND_DECRYPTS != RESTRICTED_AND_DECRYPTS {
        return None;
    }
    let _policy = reader.sized()?;
    let _symmetric = [reader.uint16()?, reader.uint16()?, reader.uint16()?];
    // A key that decrypts and is restricted has no scheme: Part 2, `TPMT_ASYM_SCHEME`.
    (reader.uint16()? == NULL).then_some(())?;
    let public = match kind {
        RSA => rsa(&mut reader)?,
        ECC => ecc(&mut reader)?,
        _ => return None,
    };
    reader.0.is_empty().then_some(public)
}

fn rsa(reader: &mut Reader<'_>) -> Option<EndorsementPublic> {
    let bits = usize::from(reader.uint16()?);
    let exponent = match reader.uint32()? {
        0 => USUAL_EXPONENT,
        exponent => exponent,
    };
    let modulus = reader.sized()?.to_vec();
    let is_whole = modulus.len() * 8 == bits && modulus.first().is_some_and(|&first| first != 0);
    is_whole.then_some(EndorsementPublic::Rsa { modulus, exponent })
}

fn ecc(reader: &mut Reader<'_>) -> Option<EndorsementPublic> {
    let curve = match reader.uint16()? {
        NIST_P256 => Curve::P256,
        NIST_P384 => Curve::P384,
        NIST_P521 => Curve::P521,
        _ => return None,
    };
    (reader.uint16()? == NULL).then_some(())?;
    let x = padded(reader.sized()?, curve)?;
    let y = padded(reader.sized()?, curve)?;
    Some(EndorsementPublic::Ecc { curve, x, y })
}

/// Some TPMs leave leading zeros out.
fn padded(number: &[u8], curve: Curve) -> Option<Vec<u8>> {
    let missing = curve.coordinate_bytes().checked_sub(number.len())?;
    Some([&vec![0; missing], number].concat())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn uint16(&mut self) -> Option<u16> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*number))
    }

    fn uint32(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.uint16()?);
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}
