//! What each function does around its work.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cryptoki_sys::{CK_RV, CKR_GENERAL_ERROR, CKR_OK};
use sshtpm_pkcs11_core::Rv;

/// Does `work`, and returns its outcome to C. A panic must not unwind into the program.
pub(crate) fn entry(work: impl FnOnce() -> Result<(), Rv>) -> CK_RV {
    // What a panic leaves behind is a lock, and each lock is taken without regard to that.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => CKR_OK,
        Ok(Err(Rv(reason))) => reason,
        Err(payload) => {
            // Dropping it could panic again.
            std::mem::forget(payload);
            CKR_GENERAL_ERROR
        }
    }
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::CKR_GENERAL_ERROR;

    use super::entry;

    #[test]
    fn a_panic_becomes_an_error() {
        assert_eq!(entry(|| panic!("meant")), CKR_GENERAL_ERROR);
    }
}
