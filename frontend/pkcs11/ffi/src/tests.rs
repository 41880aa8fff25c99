//! The functions as C calls them, with pointers that are wrong in every way but a wild one.
//!
//! One module serves a process, so one test has it at a time.

use std::ptr::{null, null_mut};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_C_INITIALIZE_ARGS, CK_FUNCTION_LIST, CK_INTERFACE, CK_MECHANISM,
    CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_SLOT_ID, CK_ULONG,
    CK_UNAVAILABLE_INFORMATION, CK_VERSION, CKA_CLASS, CKA_EC_POINT, CKA_LABEL, CKA_VALUE,
    CKF_OS_LOCKING_OK, CKF_RW_SESSION, CKF_SERIAL_SESSION, CKM_ECDSA, CKO_PRIVATE_KEY,
    CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_VALUE_INVALID, CKR_BUFFER_TOO_SMALL,
    CKR_CANT_LOCK, CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_DATA_LEN_RANGE, CKR_FUNCTION_NOT_SUPPORTED, CKR_MECHANISM_PARAM_INVALID, CKR_OK,
    CKR_PIN_LEN_RANGE, CKU_USER,
};
use nix::libc::_exit;
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Uid, fork, geteuid, setresuid};

use crate::boundary::{get_function_list, get_interface, get_interface_list, mark};

/// Calls a function of the list: `call!(functions, C_Login, session, …)`.
macro_rules! call {
    ($functions:expr, $name:ident $(, $argument:expr)* $(,)?) => {
        // SAFETY: the test has memory where it says that there is some.
        unsafe { $functions.$name.unwrap()($($argument),*) }
    };
}
pub(crate) use call;

static TURN: Mutex<()> = Mutex::new(());

/// The functions, and the turn of the test that has them.
pub(crate) struct Loaded {
    pub(crate) functions: &'static CK_FUNCTION_LIST,
    _turn: MutexGuard<'static, ()>,
}

impl Loaded {
    pub(crate) fn new() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list = null_mut();
        // SAFETY: the list goes to a place of ours, and is never freed.
        let functions = unsafe {
            assert_eq!(get_function_list(&raw mut list), CKR_OK);
            &*list
        };
        call!(functions, C_Finalize, null_mut());
        Self {
            functions,
            _turn: turn,
        }
    }

    pub(crate) fn initialized() -> Self {
        let loaded = Self::new();
        assert_eq!(call!(loaded.functions, C_Initialize, null_mut()), CKR_OK);
        loaded
    }

    pub(crate) fn slots(&self) -> Vec<CK_SLOT_ID> {
        let mut slots = [0; 8];
        let mut count = 8;
        let listed = call!(self.functions, C_GetSlotList, 1, null_mut(), &raw mut count);
        assert_eq!(listed, CKR_OK);
        let at = slots.as_mut_ptr();
        assert_eq!(
            call!(self.functions, C_GetSlotList, 1, at, &raw mut count),
            CKR_OK
        );
        slots[..usize::try_from(count).unwrap()].to_vec()
    }

    pub(crate) fn session(&self, slot: CK_SLOT_ID) -> CK_SESSION_HANDLE {
        let flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
        let mut session = 0;
        let opened = call!(
            self.functions,
            C_OpenSession,
            slot,
            flags,
            null_mut(),
            None,
            &raw mut session
        );
        assert_eq!(opened, CKR_OK);
        session
    }

    pub(crate) fn private_key(&self, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
        let mut class = CKO_PRIVATE_KEY;
        let mut template = [CK_ATTRIBUTE {
            type_: CKA_CLASS,
            pValue: (&raw mut class).cast(),
            ulValueLen: size_of::<CK_ULONG>().try_into().unwrap(),
        }];
        let at = template.as_mut_ptr();
        let functions = self.functions;
        assert_eq!(call!(functions, C_FindObjectsInit, session, at, 1), CKR_OK);
        let (mut key, mut count) = (0, 0);
        let found = call!(
            functions,
            C_FindObjects,
            session,
            &raw mut key,
            1,
            &raw mut count
        );
        assert_eq!((found, count), (CKR_OK, 1));
        assert_eq!(call!(functions, C_FindObjectsFinal, session), CKR_OK);
        key
    }

    fn begin(&self, session: CK_SESSION_HANDLE, kind: CK_MECHANISM_TYPE) -> u64 {
        let key = self.private_key(session);
        let mut way = plain(kind);
        call!(self.functions, C_SignInit, session, &raw mut way, key)
    }
}

fn plain(kind: CK_MECHANISM_TYPE) -> CK_MECHANISM {
    CK_MECHANISM {
        mechanism: kind,
        pParameter: null_mut(),
        ulParameterLen: 0,
    }
}

fn asked(kind: u64, value: &mut [u8]) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE {
        type_: kind,
        pValue: value.as_mut_ptr().cast(),
        ulValueLen: value.len().try_into().unwrap(),
    }
}

#[test]
fn nothing_works_before_it_is_initialized() {
    let loaded = Loaded::new();
    let functions = loaded.functions;
    let mut count = 0;
    let listed = call!(functions, C_GetSlotList, 1, null_mut(), &raw mut count);
    assert_eq!(listed, CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_eq!(call!(functions, C_Logout, 1), CKR_CRYPTOKI_NOT_INITIALIZED);
    let signed = call!(functions, C_Sign, 1, null_mut(), 0, null_mut(), null_mut());
    assert_eq!(signed, CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_eq!(
        call!(functions, C_Finalize, null_mut()),
        CKR_CRYPTOKI_NOT_INITIALIZED
    );
}

#[test]
fn a_module_is_initialized_once_until_it_is_finalized() {
    let functions = Loaded::initialized();
    let functions = functions.functions;
    let initialize = || call!(functions, C_Initialize, null_mut());
    assert_eq!(initialize(), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    let mut something = 0;
    let reserved = (&raw mut something).cast();
    assert_eq!(call!(functions, C_Finalize, reserved), CKR_ARGUMENTS_BAD);
    assert_eq!(call!(functions, C_Finalize, null_mut()), CKR_OK);
    assert_eq!(initialize(), CKR_OK);
}

#[test]
fn locks_of_the_program_are_used_by_nobody() {
    extern "C" fn lock(_: *mut std::ffi::c_void) -> u64 {
        CKR_OK
    }
    extern "C" fn make(_: *mut *mut std::ffi::c_void) -> u64 {
        CKR_OK
    }
    let loaded = Loaded::new();
    let mut arguments = CK_C_INITIALIZE_ARGS {
        CreateMutex: Some(make),
        DestroyMutex: Some(lock),
        LockMutex: Some(lock),
        ..CK_C_INITIALIZE_ARGS::default()
    };
    let initialize = |arguments: &mut CK_C_INITIALIZE_ARGS| {
        let arguments = (&raw mut *arguments).cast();
        call!(loaded.functions, C_Initialize, arguments)
    };
    assert_eq!(initialize(&mut arguments), CKR_ARGUMENTS_BAD);
    arguments.UnlockMutex = Some(lock);
    assert_eq!(initialize(&mut arguments), CKR_CANT_LOCK);
    arguments.flags = CKF_OS_LOCKING_OK;
    arguments.pReserved = (&raw mut arguments.flags).cast();
    assert_eq!(initialize(&mut arguments), CKR_ARGUMENTS_BAD);
    arguments.pReserved = null_mut();
    assert_eq!(initialize(&mut arguments), CKR_OK);
}

#[test]
fn a_null_pointer_is_refused_by_each_function() {
    let loaded = Loaded::initialized();
    let functions = loaded.functions;
    let session = loaded.session(loaded.slots()[0]);
    let key = loaded.private_key(session);
    let refused = [
        call!(functions, C_GetInfo, null_mut()),
        call!(functions, C_GetFunctionList, null_mut()),
        call!(functions, C_GetSlotList, 1, null_mut(), null_mut()),
        call!(functions, C_GetSlotInfo, 1, null_mut()),
        call!(functions, C_GetTokenInfo, 1, null_mut()),
        call!(functions, C_GetMechanismList, 1, null_mut(), null_mut()),
        call!(functions, C_GetMechanismInfo, 1, CKM_ECDSA, null_mut()),
        call!(functions, C_OpenSession, 1, 4, null_mut(), None, null_mut()),
        call!(functions, C_GetSessionInfo, session, null_mut()),
        call!(
            functions,
            C_CreateObject,
            session,
            null_mut(),
            1,
            null_mut()
        ),
        call!(functions, C_GetAttributeValue, session, key, null_mut(), 1),
        call!(functions, C_FindObjectsInit, session, null_mut(), 1),
        call!(functions, C_FindObjects, session, null_mut(), 1, null_mut()),
        call!(functions, C_SignInit, session, null_mut(), key),
        call!(
            functions,
            C_Sign,
            session,
            null_mut(),
            0,
            null_mut(),
            null_mut()
        ),
        call!(functions, C_SignFinal, session, null_mut(), null_mut()),
        call!(functions, C_SignUpdate, session, null_mut(), 1),
        call!(functions, C_GenerateRandom, session, null_mut(), 1),
        call!(
            functions,
            C_GenerateKeyPair,
            session,
            null_mut(),
            null_mut(),
            0,
            null_mut(),
            0,
            null_mut(),
            null_mut()
        ),
    ];
    for (at, rv) in refused.into_iter().enumerate() {
        assert_eq!(rv, CKR_ARGUMENTS_BAD, "the function at {at}");
    }
}

#[test]
fn an_absurd_count_is_refused_before_anything_is_read() {
    let loaded = Loaded::initialized();
    let functions = loaded.functions;
    let session = loaded.session(1);
    let key = loaded.private_key(session);
    let mut byte = 0_u8;
    let (mut one, mut created) = ([asked(CKA_LABEL, &mut [])], 0);
    // So many attributes that their size in bytes is one attribute's, or none.
    let wraps = CK_ULONG::MAX / 8 + 1;
    for count in [1_000_000, 1 << 32, wraps, wraps + 1, CK_ULONG::MAX] {
        let at = one.as_mut_ptr();
        let refused = [
            call!(functions, C_FindObjectsInit, session, at, count),
            call!(functions, C_GetAttributeValue, session, key, at, count),
            call!(
                functions,
                C_CreateObject,
                session,
                at,
                count,
                &raw mut created
            ),
            call!(
                functions,
                C_GenerateRandom,
                session,
                &raw mut byte,
                count.max(1 << 24)
            ),
        ];
        assert_eq!(refused, [CKR_ARGUMENTS_BAD; 4]);
        let login = call!(functions, C_Login, session, CKU_USER, &raw mut byte, count);
        assert_eq!(login, CKR_PIN_LEN_RANGE);
        let mut way = plain(CKM_ECDSA);
        way.pParameter = (&raw mut byte).cast();
        way.ulParameterLen = count;
        let begun = call!(functions, C_SignInit, session, &raw mut way, key);
        assert_eq!(begun, CKR_MECHANISM_PARAM_INVALID);
    }
    one[0].pValue = (&raw mut byte).cast();
    one[0].ulValueLen = CK_ULONG::MAX;
    let found = call!(functions, C_FindObjectsInit, session, one.as_mut_ptr(), 1);
    assert_eq!(found, CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn a_length_that_no_memory_has_is_no_room() {
    let loaded = Loaded::initialized();
    let functions = loaded.functions;
    let session = loaded.session(1);
    let key = loaded.private_key(session);
    // What a program leaves in place that asked before, and had too little room.
    let none = CK_UNAVAILABLE_INFORMATION;
    let mut memory = [0xee_u8; 8];
    let mut label = asked(CKA_LABEL, &mut memory[..3]);
    label.ulValueLen = none;
    let read = call!(
        functions,
        C_GetAttributeValue,
        session,
        key,
        &raw mut label,
        1
    );
    assert_eq!((read, label.ulValueLen), (CKR_BUFFER_TOO_SMALL, none));
    assert_eq!(loaded.begin(session, CKM_ECDSA), CKR_OK);
    let (at, mut length) = (memory.as_mut_ptr(), none);
    let signed = call!(functions, C_Sign, session, at, 8, at, &raw mut length);
    assert_eq!((signed, length), (CKR_BUFFER_TOO_SMALL, 64));
    assert_eq!(memory, [0xee; 8]);
}

#[test]
fn a_search_gives_what_it_has_whatever_is_wanted() {
    let loaded = Loaded::initialized();
    let functions = loaded.functions;
    let session = loaded.session(1);
    let (mut objects, mut count) = ([0; 8], 0);
    let at = objects.as_mut_ptr();
    for (wanted, given) in [(0, 0), (1, 1), (CK_ULONG::MAX, 3), (CK_ULONG::MAX, 0)] {
        if wanted == 0 {
            let begun = call!(functions, C_FindObjectsInit, session, null_mut(), 0);
            assert_eq!(begun, CKR_OK);
        }
        let found = call!(
            functions,
            C_FindObjects,
            session,
            at,
            wanted,
            &raw mut count
        );
        assert_eq!((found, count), (CKR_OK, given));
    }
}

#[test]
fn nothing_is_written_beyond_a_short_buffer() {
    let loaded = Loaded::initialized();
    let functions = loaded.functions;
    let session = loaded.session(1);
    let key = loaded.private_key(session);
    let mut memory = [0xee_u8; 8];
    let mut attributes = [
        asked(CKA_LABEL, &mut memory[..3]),
        asked(CKA_EC_POINT, &mut []),
    ];
    attributes[1].pValue = null_mut();
    let at = attributes.as_mut_ptr();
    let read = call!(functions, C_GetAttributeValue, session, key, at, 2);
    assert_eq!(read, CKR_BUFFER_TOO_SMALL);
    assert_eq!(attributes[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_eq!(attributes[1].ulValueLen, 67);
    assert_eq!(memory, [0xee; 8]);

    assert_eq!(loaded.begin(session, CKM_ECDSA), CKR_OK);
    let mut digest = [7; 32];
    let mut signature = [0xee; 70];
    let mut sign = |mut length: CK_ULONG| {
        let (data, to) = (digest.as_mut_ptr(), signature.as_mut_ptr());
        let signed = call!(functions, C_Sign, session, data, 32, to, &raw mut length);
        (signed, length, signature)
    };
    let (signed, length, memory) = sign(63);
    assert_eq!((signed, length), (CKR_BUFFER_TOO_SMALL, 64));
    assert_eq!(memory, [0xee; 70]);
    let (signed, length, memory) = sign(70);
    assert_eq!((signed, length), (CKR_OK, 64));
    assert_eq!(
        memory[60..],
        [7, 7, 7, 7, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee]
    );
}

#[test]
fn bad_arguments_end_a_signature() {
    let loaded = Loaded::initialized();
    let functions = loaded.functions;
    let session = loaded.session(1);
    let (mut memory, mut length) = ([7_u8; 64], 64);
    let (at, long) = (memory.as_mut_ptr(), 1 << 40);
    let length = &raw mut length;
    let calls: [&dyn Fn() -> u64; 6] = [
        &|| call!(functions, C_Sign, session, null_mut(), 32, at, length),
        &|| call!(functions, C_Sign, session, at, long, at, length),
        &|| call!(functions, C_Sign, session, at, 32, at, null_mut()),
        &|| call!(functions, C_SignUpdate, session, null_mut(), 32),
        &|| call!(functions, C_SignUpdate, session, at, long),
        &|| call!(functions, C_SignFinal, session, at, null_mut()),
    ];
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(loaded.begin(session, CKM_ECDSA), CKR_OK, "before {number}");
        let expected = match number {
            1 | 4 => CKR_DATA_LEN_RANGE,
            _ => CKR_ARGUMENTS_BAD,
        };
        assert_eq!(call(), expected, "{number}");
    }
    assert_eq!(loaded.begin(session, CKM_ECDSA), CKR_OK);
}

#[test]
fn each_attribute_is_answered_in_its_own_place() {
    let loaded = Loaded::initialized();
    let session = loaded.session(1);
    let key = loaded.private_key(session);
    let mut label = [0; 16];
    let mut attributes = [asked(CKA_VALUE, &mut []), asked(CKA_LABEL, &mut label)];
    let at = attributes.as_mut_ptr();
    let read = call!(loaded.functions, C_GetAttributeValue, session, key, at, 2);
    assert_eq!(read, CKR_ATTRIBUTE_SENSITIVE);
    assert_eq!(attributes[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_eq!(attributes[1].ulValueLen, 5);
    assert_eq!(label[..6], *b"key 0\0");
}

#[test]
fn data_and_signature_may_be_in_one_place() {
    let loaded = Loaded::initialized();
    let session = loaded.session(1);
    assert_eq!(loaded.begin(session, CKM_ECDSA), CKR_OK);
    let mut memory = [9; 64];
    let mut length = 64;
    let at = memory.as_mut_ptr();
    let signed = call!(
        loaded.functions,
        C_Sign,
        session,
        at,
        32,
        at,
        &raw mut length
    );
    assert_eq!((signed, length, memory), (CKR_OK, 64, [7; 64]));
}

#[test]
fn memory_may_be_unaligned() {
    let loaded = Loaded::initialized();
    let mut memory = [0_u8; 1 + size_of::<CK_ULONG>()];
    let at = memory[1..].as_mut_ptr().cast();
    let listed = call!(loaded.functions, C_GetSlotList, 1, null_mut(), at);
    assert_eq!((listed, memory[1]), (CKR_OK, 2));
}

#[test]
fn a_parameter_that_is_not_wanted_is_refused() {
    let loaded = Loaded::initialized();
    let session = loaded.session(1);
    let key = loaded.private_key(session);
    let mut byte = 0_u8;
    let mut way = plain(CKM_ECDSA);
    way.pParameter = (&raw mut byte).cast();
    way.ulParameterLen = 1;
    let begun = call!(loaded.functions, C_SignInit, session, &raw mut way, key);
    assert_eq!(begun, CKR_MECHANISM_PARAM_INVALID);
}

#[test]
fn a_function_that_there_is_not_says_so() {
    let loaded = Loaded::initialized();
    let session = loaded.session(1);
    let mut way = plain(CKM_ECDSA);
    let functions = loaded.functions;
    let begun = call!(functions, C_VerifyInit, session, &raw mut way, 1);
    assert_eq!(begun, CKR_FUNCTION_NOT_SUPPORTED);
    let begun = call!(functions, C_DecryptInit, session, &raw mut way, 1);
    assert_eq!(begun, CKR_FUNCTION_NOT_SUPPORTED);
}

#[test]
fn the_interface_is_that_of_the_function_list() {
    let _loaded = Loaded::new();
    let mut interface: *mut CK_INTERFACE = null_mut();
    let mut get = |name: *const u8, version: *const CK_VERSION, flags| {
        let (name, version) = (name.cast_mut(), version.cast_mut());
        // SAFETY: the pointers are null, or lead to what the test has.
        unsafe { get_interface(name, version, &raw mut interface, flags) }
    };
    let (known, newer) = (
        CK_VERSION {
            major: 2,
            minor: 40,
        },
        CK_VERSION { major: 3, minor: 0 },
    );
    assert_eq!(get(null(), null(), 0), CKR_OK);
    assert_eq!(get(c"PKCS 11".as_ptr().cast(), &raw const known, 0), CKR_OK);
    let refused = [
        get(c"PKCS 1".as_ptr().cast(), null(), 0),
        get(c"PKCS 112".as_ptr().cast(), null(), 0),
        get(null(), &raw const newer, 0),
        get(null(), null(), 1),
    ];
    assert_eq!(refused, [CKR_ARGUMENTS_BAD; 4]);
    let mut list = null_mut();
    // SAFETY: the interface was given above, and is never freed.
    let functions = unsafe {
        get_function_list(&raw mut list);
        (*interface).pFunctionList
    };
    assert_eq!(functions, list.cast());
    let mut count = 0;
    // SAFETY: the count goes to a place of ours.
    let listed = unsafe { get_interface_list(null_mut(), &raw mut count) };
    assert_eq!((listed, count), (CKR_OK, 1));
}

#[test]
fn a_finalized_module_forgets_its_sessions() {
    let loaded = Loaded::initialized();
    let session = loaded.session(loaded.slots()[0]);
    call!(loaded.functions, C_Finalize, null_mut());
    call!(loaded.functions, C_Initialize, null_mut());
    let closed = call!(loaded.functions, C_CloseSession, session);
    assert_ne!(closed, CKR_OK);
}

/// What `work` comes to in a child that is forked.
fn in_child(work: impl FnOnce() -> u8) -> u8 {
    // SAFETY: the child takes no lock but that of malloc, which is free in a child, and those of a
    // module of its own.
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => match waitpid(child, None).unwrap() {
            WaitStatus::Exited(_, status) => status.try_into().unwrap(),
            other => panic!("{other:?}"),
        },
        ForkResult::Child => {
            let outcome = work();
            // SAFETY: it ends the child, without what the parent would do at its end.
            unsafe { _exit(outcome.into()) }
        }
    }
}

#[test]
fn a_forked_child_has_nothing_of_its_parent() {
    let mark = mark().expect("the kernel clears memory at a fork");
    let marked = || mark.load(Ordering::Relaxed);
    assert_eq!((marked(), in_child(marked), marked()), (1, 0, 1));
    let loaded = Loaded::initialized();
    let close = || call!(loaded.functions, C_CloseSession, 1) == CKR_CRYPTOKI_NOT_INITIALIZED;
    assert!(!close());
    assert_eq!(in_child(|| close().into()), 1);
}

#[test]
fn a_process_that_became_another_user_has_nothing_of_before() {
    let functions = Loaded::new().functions;
    let ended = in_child(|| {
        let mut count = 0;
        let mut list = || call!(functions, C_GetSlotList, 1, null_mut(), &raw mut count);
        let begun = call!(functions, C_Initialize, null_mut()) == CKR_OK && list() == CKR_OK;
        // Root becomes nobody. In a user namespace without a map, everybody is.
        let nobody = Uid::from_raw(65534);
        let changed = match geteuid().is_root() {
            true => setresuid(nobody, nobody, nobody),
            false => unshare(CloneFlags::CLONE_NEWUSER),
        };
        let is_forgotten = list() == CKR_CRYPTOKI_NOT_INITIALIZED;
        let again = call!(functions, C_Initialize, null_mut()) == CKR_OK && list() == CKR_OK;
        (begun && changed.is_ok() && is_forgotten && again).into()
    });
    assert_eq!(ended, 1);
}
