//! How a module begins: `C_Initialize`.
//!
//! May touch: the environment, and the identity of the process.

use cryptoki_sys::{
    CK_C_INITIALIZE_ARGS, CKF_OS_LOCKING_OK, CKR_ARGUMENTS_BAD, CKR_CANT_LOCK, CKR_FUNCTION_FAILED,
};
use sshtpm_pkcs11_core::{Certificates, Module, Rv};

use crate::identity::has_one_user;

/// A module for this process. `is_secure`: see [`has_one_user`].
///
/// # Errors
///
/// The process has more rights than the user who started it: what the environment names, such as
/// the bus, is not to be trusted then.
pub(crate) fn module(is_secure: bool) -> Result<Module, Rv> {
    if has_one_user(is_secure) != Ok(true) {
        return Err(Rv(CKR_FUNCTION_FAILED));
    }
    // A panic is caught; its message belongs to nobody in a program that never heard of us. The
    // hook is that of the library's own copy of std.
    #[cfg(not(test))]
    std::panic::set_hook(Box::new(|_| {}));
    Ok(Module::new(keys(), Certificates::of_environment()))
}

#[cfg(not(test))]
fn keys() -> Box<dyn sshtpm_pkcs11_core::Keys> {
    Box::new(sshtpm_pkcs11_core::BrokerKeys::default())
}

#[cfg(test)]
fn keys() -> Box<dyn sshtpm_pkcs11_core::Keys> {
    Box::new(crate::test_keys::TestKeys::default())
}

/// Whether threads can be kept apart as the program wants it: with the locks of the operating
/// system.
///
/// # Errors
///
/// The program wants locks of its own used, or its arguments contradict each other.
pub(crate) fn check(arguments: &CK_C_INITIALIZE_ARGS) -> Result<(), Rv> {
    let functions = [
        arguments.CreateMutex.is_some(),
        arguments.DestroyMutex.is_some(),
        arguments.LockMutex.is_some(),
        arguments.UnlockMutex.is_some(),
    ];
    let own_locks = functions.iter().filter(|is_there| **is_there).count();
    let os_locks = arguments.flags & CKF_OS_LOCKING_OK != 0;
    match own_locks {
        _ if !arguments.pReserved.is_null() => Err(Rv(CKR_ARGUMENTS_BAD)),
        0 => Ok(()),
        4 if os_locks => Ok(()),
        4 => Err(Rv(CKR_CANT_LOCK)),
        _ => Err(Rv(CKR_ARGUMENTS_BAD)),
    }
}
