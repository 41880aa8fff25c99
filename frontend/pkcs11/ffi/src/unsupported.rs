//! The functions that a token which only signs does not have.
//!
//! Specs: PKCS #11 2.40, section 5: a library has every function, and returns
//! `CKR_FUNCTION_NOT_SUPPORTED` from those that it does not support.

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BYTE, CK_FLAGS, CK_MECHANISM, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE,
    CK_SLOT_ID, CK_ULONG, CK_UTF8CHAR, CK_VOID_PTR, CKR_FUNCTION_NOT_PARALLEL,
    CKR_FUNCTION_NOT_SUPPORTED, CKR_RANDOM_SEED_NOT_SUPPORTED,
};

/// Functions that look at no argument, and return one value. They cannot panic.
macro_rules! functions {
    ($value:ident: $($name:ident ( $($argument:ty),* );)*) => {
        $(
            pub(crate) extern "C" fn $name($(_: $argument),*) -> CK_RV {
                $value
            }
        )*
    };
}

type Session = CK_SESSION_HANDLE;
type Object = CK_OBJECT_HANDLE;
type Way = *mut CK_MECHANISM;
type Attributes = *mut CK_ATTRIBUTE;
type Bytes = *mut CK_BYTE;
type Count = CK_ULONG;
type CountAt = *mut CK_ULONG;
type ObjectAt = *mut CK_OBJECT_HANDLE;

functions! {
    CKR_FUNCTION_NOT_SUPPORTED:
    init_token(CK_SLOT_ID, *mut CK_UTF8CHAR, Count, *mut CK_UTF8CHAR);
    init_pin(Session, *mut CK_UTF8CHAR, Count);
    set_pin(Session, *mut CK_UTF8CHAR, Count, *mut CK_UTF8CHAR, Count);
    get_operation_state(Session, Bytes, CountAt);
    set_operation_state(Session, Bytes, Count, Object, Object);
    copy_object(Session, Object, Attributes, Count, ObjectAt);
    get_object_size(Session, Object, CountAt);
    set_attribute_value(Session, Object, Attributes, Count);
    encrypt_init(Session, Way, Object);
    encrypt(Session, Bytes, Count, Bytes, CountAt);
    encrypt_update(Session, Bytes, Count, Bytes, CountAt);
    encrypt_final(Session, Bytes, CountAt);
    decrypt_init(Session, Way, Object);
    decrypt(Session, Bytes, Count, Bytes, CountAt);
    decrypt_update(Session, Bytes, Count, Bytes, CountAt);
    decrypt_final(Session, Bytes, CountAt);
    digest_init(Session, Way);
    digest(Session, Bytes, Count, Bytes, CountAt);
    digest_update(Session, Bytes, Count);
    digest_key(Session, Object);
    digest_final(Session, Bytes, CountAt);
    sign_recover_init(Session, Way, Object);
    sign_recover(Session, Bytes, Count, Bytes, CountAt);
    verify_init(Session, Way, Object);
    verify(Session, Bytes, Count, Bytes, Count);
    verify_update(Session, Bytes, Count);
    verify_final(Session, Bytes, Count);
    verify_recover_init(Session, Way, Object);
    verify_recover(Session, Bytes, Count, Bytes, CountAt);
    digest_encrypt_update(Session, Bytes, Count, Bytes, CountAt);
    decrypt_digest_update(Session, Bytes, Count, Bytes, CountAt);
    sign_encrypt_update(Session, Bytes, Count, Bytes, CountAt);
    decrypt_verify_update(Session, Bytes, Count, Bytes, CountAt);
    generate_key(Session, Way, Attributes, Count, ObjectAt);
    wrap_key(Session, Way, Object, Object, Bytes, CountAt);
    unwrap_key(Session, Way, Object, Bytes, Count, Attributes, Count, ObjectAt);
    derive_key(Session, Way, Object, Attributes, Count, ObjectAt);
    wait_for_slot_event(CK_FLAGS, *mut CK_SLOT_ID, CK_VOID_PTR);
}

functions! {
    CKR_RANDOM_SEED_NOT_SUPPORTED:
    seed_random(Session, Bytes, Count);
}

functions! {
    CKR_FUNCTION_NOT_PARALLEL:
    get_function_status(Session);
    cancel_function(Session);
}
