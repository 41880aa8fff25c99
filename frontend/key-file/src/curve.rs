//! Points of the NIST curves.
//!
//! Specs: SEC 1 §2.3.3 (points as bytes); FIPS 186-4 D.1.2.

use p256::elliptic_curve::sec1::{FromEncodedPoint, ModulusSize, ToEncodedPoint};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytesSize, SecretKey};
use ssh_key::EcdsaCurve;
use zeroize::Zeroizing;

/// Bytes of a coordinate, and of a scalar.
pub(crate) fn field_bytes(curve: EcdsaCurve) -> usize {
    match curve {
        EcdsaCurve::NistP256 => 32,
        EcdsaCurve::NistP384 => 48,
        EcdsaCurve::NistP521 => 66,
    }
}

/// `number` without leading zeros beyond the length of the field, or with as many as it takes:
/// exactly [`field_bytes`] bytes. `None` if it is too large.
pub(crate) fn padded(curve: EcdsaCurve, number: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let length = field_bytes(curve);
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..)?;
    let start = length.checked_sub(digits.len())?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    bytes.get_mut(start..)?.copy_from_slice(digits);
    Some(bytes)
}

/// The public point of `scalar`, uncompressed: `04`, x and y. `None` if the scalar is 0 or not
/// less than the order of the curve.
pub(crate) fn public_point(curve: EcdsaCurve, scalar: &[u8]) -> Option<Vec<u8>> {
    match curve {
        EcdsaCurve::NistP256 => point::<p256::NistP256>(scalar),
        EcdsaCurve::NistP384 => point::<p384::NistP384>(scalar),
        EcdsaCurve::NistP521 => point::<p521::NistP521>(scalar),
    }
}

fn point<C>(scalar: &[u8]) -> Option<Vec<u8>>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
{
    let secret = SecretKey::<C>::from_slice(scalar).ok()?;
    let point = secret.public_key().to_encoded_point(false);
    Some(point.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{padded, public_point};
    use ssh_key::EcdsaCurve;

    #[test]
    fn a_scalar_has_the_length_of_its_curve_however_it_is_written() {
        let curve = EcdsaCurve::NistP521;
        for written in [&[7][..], &[0, 7], &[0; 80]] {
            assert_eq!(padded(curve, written).unwrap().len(), 66);
        }
        assert!(padded(curve, &[1; 67]).is_none());
    }

    #[test]
    fn a_scalar_outside_of_the_order_has_no_point() {
        for curve in [
            EcdsaCurve::NistP256,
            EcdsaCurve::NistP384,
            EcdsaCurve::NistP521,
        ] {
            let zero = padded(curve, &[]).unwrap();
            assert_eq!(public_point(curve, &zero), None);
            let all = vec![0xff; zero.len()];
            assert_eq!(public_point(curve, &all), None);
            let one = padded(curve, &[1]).unwrap();
            assert_eq!(public_point(curve, &one).unwrap().len(), 1 + 2 * one.len());
        }
    }
}
