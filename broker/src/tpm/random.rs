//! Random bytes from the kernel (getrandom(2)).

use rustix::rand::{GetRandomFlags, getrandom};
use zeroize::Zeroizing;

use super::failure::{Cause, Failure};

/// `BYTES` of them, at most 256: the kernel gives as many at once.
///
/// # Errors
///
/// The kernel gives fewer, or none.
pub(super) fn random<const BYTES: usize>() -> Result<Zeroizing<[u8; BYTES]>, Failure> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    match getrandom(&mut bytes[..], GetRandomFlags::empty()) {
        Ok(drawn) if drawn == BYTES => Ok(bytes),
        Ok(fewer) => Err(cause(format!("{fewer} bytes"))),
        Err(error) => Err(cause(error.to_string())),
    }
}

fn cause(answer: String) -> Failure {
    Failure::Other(Cause {
        command: "getrandom",
        answer,
    })
}
