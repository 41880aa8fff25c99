//! The functions that C calls, and the pointers that it gives.
//!
//! All `unsafe` of the project is here. Each function checks its pointers, has the core do the
//! work on slices and values, and writes the outcome. Pointers may be unaligned. Memory of the
//! program is only borrowed while its call lasts, and none of it is borrowed when it is written.
//!
//! The state belongs to one process and its users: a child that was forked has none until it
//! initializes the module itself. What its parent left, locks that a thread held there included, is
//! not touched.
//!
//! Must never let a panic out, or read more of the program's memory than `limits` allow.
//!
//! Specs: PKCS #11 2.40, section 5; 3.0, sections 5.4.4 to 5.4.6; section 6.6.1 (`fork`).

use std::ffi::c_void;
use std::ptr::{self, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BBOOL, CK_BYTE, CK_C_INITIALIZE_ARGS, CK_FLAGS, CK_FUNCTION_LIST, CK_INFO,
    CK_INTERFACE, CK_MECHANISM, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_NOTIFY, CK_OBJECT_HANDLE,
    CK_RV, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CK_SLOT_INFO, CK_TOKEN_INFO, CK_ULONG,
    CK_UNAVAILABLE_INFORMATION, CK_USER_TYPE, CK_UTF8CHAR, CK_VERSION, CK_VOID_PTR,
    CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID, CKR_BUFFER_TOO_SMALL, CKR_CRYPTOKI_ALREADY_INITIALIZED,
    CKR_CRYPTOKI_NOT_INITIALIZED, CKR_DATA_LEN_RANGE, CKR_FUNCTION_FAILED,
    CKR_MECHANISM_PARAM_INVALID, CKR_PIN_LEN_RANGE,
};
use nix::libc::{AT_SECURE, getauxval};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};
use sshtpm_pkcs11_core::limits::{
    MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTES, MAX_PARAMETER_BYTES, MAX_PART_BYTES,
    MAX_PIN_ARGUMENT_BYTES, MAX_RANDOM_BYTES,
};
use sshtpm_pkcs11_core::{Attribute, CRYPTOKI_VERSION, Module, Rv, Signed, Template};

use crate::entry::entry;
use crate::identity::Identity;
use crate::{start, unsupported as no};

/// What belongs to one process. It is never freed, because another thread may look at it.
struct Process {
    identity: Identity,
    /// One, and zero in a child that was forked. `None`: the kernel gives no such memory.
    mark: Option<&'static AtomicU8>,
    module: Mutex<Option<Arc<Module>>>,
}

/// That of this process, or of the one from which it was forked.
static PROCESS: AtomicPtr<Process> = AtomicPtr::new(null_mut());

fn process() -> Option<&'static Process> {
    let process = PROCESS.load(Ordering::Acquire);
    // SAFETY: the pointer is null, or comes from `Box::leak` in `own_process`.
    let process = unsafe { process.as_ref() }?;
    let was_forked = process
        .mark
        .is_some_and(|mark| mark.load(Ordering::Relaxed) == 0);
    (!was_forked && Identity::now() == Ok(process.identity)).then_some(process)
}

fn own_process() -> Result<&'static Process, Rv> {
    let before = PROCESS.load(Ordering::Acquire);
    if let Some(process) = process() {
        return Ok(process);
    }
    let made = Box::leak(Box::new(Process {
        identity: Identity::now().map_err(|_| Rv(CKR_FUNCTION_FAILED))?,
        mark: mark(),
        module: Mutex::default(),
    }));
    let order = Ordering::AcqRel;
    match PROCESS.compare_exchange(before, &raw mut *made, order, Ordering::Acquire) {
        Ok(_) => Ok(made),
        // Another thread of this process was first.
        Err(_) => Ok(process().unwrap_or(made)),
    }
}

/// Memory with a one, which the kernel clears in each child that is forked. A child can have the
/// number of its parent: each is 1 in a PID namespace of its own, and numbers are used again.
pub(crate) fn mark() -> Option<&'static AtomicU8> {
    let (access, kind) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
    // SAFETY: the kernel chooses the place, so it is memory of nobody else; it is never unmapped,
    // is zero at first, and any byte there is a number.
    unsafe {
        let page = mmap_anonymous(null_mut(), 1, access, kind).ok()?;
        madvise(page, 1, Advice::LinuxWipeOnFork).ok()?;
        let mark = page.cast::<AtomicU8>().as_ref()?;
        mark.store(1, Ordering::Relaxed);
        Some(mark)
    }
}

/// Whether the kernel says that the program has more rights than the user who started it.
fn is_secure() -> bool {
    // SAFETY: it reads what the kernel gave to the process when it began, and is thread-safe.
    unsafe { getauxval(AT_SECURE) != 0 }
}

fn module() -> Result<Arc<Module>, Rv> {
    let kept = process().and_then(|process| {
        let module = process.module.lock();
        module.unwrap_or_else(PoisonError::into_inner).clone()
    });
    kept.ok_or(Rv(CKR_CRYPTOKI_NOT_INITIALIZED))
}

// What the program points at.

/// Reads a value.
///
/// # Safety
///
/// `from` is null, or can be read as a `T`.
unsafe fn look<T>(from: *const T) -> Result<T, Rv> {
    if from.is_null() {
        return Err(Rv(CKR_ARGUMENTS_BAD));
    }
    // SAFETY: it is not null, and the caller vouches for the rest.
    Ok(unsafe { from.read_unaligned() })
}

/// Writes a value.
///
/// # Safety
///
/// `to` is null, or a `T` can be written there.
unsafe fn give<T>(to: *mut T, value: T) -> Result<(), Rv> {
    need(to)?;
    // SAFETY: it is not null, and the caller vouches for the rest.
    unsafe { to.write_unaligned(value) };
    Ok(())
}

/// That there is a place at all, before anything is done of which the outcome belongs there.
fn need<T>(place: *const T) -> Result<(), Rv> {
    match place.is_null() {
        true => Err(Rv(CKR_ARGUMENTS_BAD)),
        false => Ok(()),
    }
}

/// Borrows bytes, at most `most`; more are refused with `beyond`. No bytes need no pointer.
///
/// # Safety
///
/// `from` is null, or `count` bytes there can be read and do not change while they are borrowed.
unsafe fn bytes<'a>(
    from: *const CK_BYTE,
    count: CK_ULONG,
    most: usize,
    beyond: CK_RV,
) -> Result<&'a [u8], Rv> {
    let count = usize::try_from(count).map_err(|_| Rv(beyond))?;
    match count {
        0 => Ok(&[]),
        _ if from.is_null() => Err(Rv(CKR_ARGUMENTS_BAD)),
        _ if count > most => Err(Rv(beyond)),
        // SAFETY: it is not null, `most` is less than `isize::MAX`, and the caller vouches for the
        // rest.
        _ => Ok(unsafe { std::slice::from_raw_parts(from, count) }),
    }
}

/// Borrows a template.
///
/// # Safety
///
/// `from` is null, or can be read as `count` attributes, whose values can be read as long as they
/// say they are; and these do not change while they are borrowed.
unsafe fn template<'a>(from: *const CK_ATTRIBUTE, count: CK_ULONG) -> Result<Template<'a>, Rv> {
    let mut template = Template::default();
    for at in 0..attribute_count(from, count)? {
        // SAFETY: `at` is less than `count`, and the caller vouches for the rest.
        let attribute = unsafe { from.add(at).read_unaligned() };
        let CK_ATTRIBUTE {
            type_: kind,
            pValue: value,
            ulValueLen: length,
        } = attribute;
        // SAFETY: the caller vouches for it.
        let value = unsafe {
            bytes(
                value.cast(),
                length,
                MAX_ATTRIBUTE_BYTES,
                CKR_ATTRIBUTE_VALUE_INVALID,
            )
        }?;
        template.push(kind, value)?;
    }
    Ok(template)
}

fn attribute_count(from: *const CK_ATTRIBUTE, count: CK_ULONG) -> Result<usize, Rv> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    match count {
        0 => Ok(0),
        1..=MAX_ATTRIBUTES => need(from).map(|()| count),
        _ => Err(Rv(CKR_ARGUMENTS_BAD)),
    }
}

/// Borrows a mechanism with its parameter.
///
/// # Safety
///
/// `from` is null, or can be read as a mechanism, whose parameter can be read as long as it says it
/// is, and does not change while it is borrowed.
unsafe fn mechanism<'a>(from: *const CK_MECHANISM) -> Result<(CK_MECHANISM_TYPE, &'a [u8]), Rv> {
    // SAFETY: the caller vouches for it.
    let mechanism = unsafe { look(from) }?;
    let (parameter, length) = (mechanism.pParameter, mechanism.ulParameterLen);
    // SAFETY: the caller vouches for it.
    let parameter = unsafe {
        bytes(
            parameter.cast(),
            length,
            MAX_PARAMETER_BYTES,
            CKR_MECHANISM_PARAM_INVALID,
        )
    }?;
    Ok((mechanism.mechanism, parameter))
}

/// The room that a program says there is. No memory has more than `isize::MAX` bytes: such a number
/// is `CK_UNAVAILABLE_INFORMATION`, which an earlier answer left there, and says nothing of room.
fn real_room(said: CK_ULONG) -> usize {
    isize::try_from(said).map_or(0, isize::cast_unsigned)
}

/// Writes `list`, if there is room for it, and its length.
///
/// # Safety
///
/// `count` is null, or can be read and written; `to` is null, or has room for as many elements as
/// `count` says.
unsafe fn give_list<T: Copy>(list: &[T], to: *mut T, count: *mut CK_ULONG) -> Result<(), Rv> {
    // SAFETY: the caller vouches for it.
    let room = real_room(unsafe { look(count) }?);
    let length = CK_ULONG::try_from(list.len()).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?;
    // SAFETY: as before.
    unsafe { give(count, length) }?;
    if to.is_null() {
        return Ok(());
    }
    if room < list.len() {
        return Err(Rv(CKR_BUFFER_TOO_SMALL));
    }
    // Byte by byte: the program's memory may be unaligned.
    // SAFETY: there is room for the list, which is our own memory; the caller vouches for the rest.
    unsafe { ptr::copy_nonoverlapping(list.as_ptr().cast::<u8>(), to.cast(), size_of_val(list)) };
    Ok(())
}

/// The room for a signature; `None`: the program asks for its length alone.
///
/// # Safety
///
/// `length` is null, or can be read.
unsafe fn room(to: *const CK_BYTE, length: *const CK_ULONG) -> Result<Option<usize>, Rv> {
    // SAFETY: the caller vouches for it.
    let room = unsafe { look(length) }?;
    Ok((!to.is_null()).then_some(real_room(room)))
}

/// Writes what became of a signature.
///
/// # Safety
///
/// As for [`give_list`].
unsafe fn give_signature(
    signed: &Signed,
    to: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> Result<(), Rv> {
    let give_length = |needed: usize| {
        let needed = CK_ULONG::try_from(needed).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?;
        // SAFETY: the caller vouches for it.
        unsafe { give(length, needed) }
    };
    match signed {
        Signed::HasLength(needed) => give_length(*needed),
        Signed::NeedsRoom(needed) => {
            give_length(*needed)?;
            Err(Rv(CKR_BUFFER_TOO_SMALL))
        }
        // SAFETY: the caller vouches for it.
        Signed::Is(signature) => unsafe { give_list(signature, to, length) },
    }
}

/// Writes the answer to a question for one attribute.
///
/// # Safety
///
/// `to` can be read and written, and has room as it says.
unsafe fn give_attribute(answer: &Attribute, to: *mut CK_ATTRIBUTE) -> Result<(), Rv> {
    // SAFETY: the caller vouches for it.
    let mut asked = unsafe { look(to) }?;
    let outcome = match answer {
        Attribute::Is(value) => {
            let value_at = asked.pValue.cast::<CK_BYTE>();
            // SAFETY: the caller vouches for the room; the length is our own.
            unsafe { give_list(value, value_at, &raw mut asked.ulValueLen) }
        }
        Attribute::Secret => Err(Rv(CKR_ATTRIBUTE_SENSITIVE)),
        Attribute::Missing => Err(Rv(CKR_ATTRIBUTE_TYPE_INVALID)),
    };
    if outcome.is_err() {
        asked.ulValueLen = CK_UNAVAILABLE_INFORMATION;
    }
    // SAFETY: as before.
    unsafe { give(to, asked) }?;
    outcome
}

// The functions. The program vouches for its pointers as the specification has it: each is null, or
// can be read or written as its type and the length beside it say, until the function returns.

unsafe extern "C" fn initialize(arguments: CK_VOID_PTR) -> CK_RV {
    entry(|| {
        if !arguments.is_null() {
            // SAFETY: the program vouches for it.
            start::check(&unsafe { look(arguments.cast::<CK_C_INITIALIZE_ARGS>()) }?)?;
        }
        let module = own_process()?.module.lock();
        let mut module = module.unwrap_or_else(PoisonError::into_inner);
        if module.is_some() {
            return Err(Rv(CKR_CRYPTOKI_ALREADY_INITIALIZED));
        }
        *module = Some(Arc::new(start::module(is_secure())?));
        Ok(())
    })
}

extern "C" fn finalize(reserved: CK_VOID_PTR) -> CK_RV {
    entry(|| {
        if !reserved.is_null() {
            return Err(Rv(CKR_ARGUMENTS_BAD));
        }
        let taken = process().and_then(|process| {
            let module = process.module.lock();
            module.unwrap_or_else(PoisonError::into_inner).take()
        });
        // A thread that is inside a function keeps the module until it returns.
        taken.map(drop).ok_or(Rv(CKR_CRYPTOKI_NOT_INITIALIZED))
    })
}

unsafe extern "C" fn get_info(info: *mut CK_INFO) -> CK_RV {
    // SAFETY: the program vouches for it.
    entry(|| unsafe { give(info, module()?.info()) })
}

unsafe extern "C" fn get_slot_list(
    _token_present: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        need(count)?;
        let list = module.slots(slots.is_null());
        // SAFETY: the program vouches for it.
        unsafe { give_list(&list, slots, count) }
    })
}

unsafe extern "C" fn get_slot_info(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    // SAFETY: the program vouches for it.
    entry(|| unsafe { give(info, module()?.slot_info(slot)?) })
}

unsafe extern "C" fn get_token_info(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    // SAFETY: the program vouches for it.
    entry(|| unsafe { give(info, module()?.token_info(slot)?) })
}

unsafe extern "C" fn get_mechanism_list(
    slot: CK_SLOT_ID,
    mechanisms: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the program vouches for it.
    entry(|| unsafe { give_list(&module()?.mechanisms(slot)?, mechanisms, count) })
}

unsafe extern "C" fn get_mechanism_info(
    slot: CK_SLOT_ID,
    kind: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    // SAFETY: the program vouches for it.
    entry(|| unsafe { give(info, module()?.mechanism_info(slot, kind)?) })
}

unsafe extern "C" fn open_session(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    _application: CK_VOID_PTR,
    _notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        need(session)?;
        // SAFETY: the program vouches for it.
        unsafe { give(session, module.open_session(slot, flags)?) }
    })
}

extern "C" fn close_session(session: CK_SESSION_HANDLE) -> CK_RV {
    entry(|| module()?.close_session(session))
}

extern "C" fn close_all_sessions(slot: CK_SLOT_ID) -> CK_RV {
    entry(|| module()?.close_all_sessions(slot))
}

unsafe extern "C" fn get_session_info(
    session: CK_SESSION_HANDLE,
    info: *mut CK_SESSION_INFO,
) -> CK_RV {
    // SAFETY: the program vouches for it.
    entry(|| unsafe { give(info, module()?.session_info(session)?) })
}

unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        if pin.is_null() {
            return module.login(session, user, None);
        }
        // SAFETY: the program vouches for it.
        let pin = unsafe { bytes(pin, length, MAX_PIN_ARGUMENT_BYTES, CKR_PIN_LEN_RANGE) }?;
        module.login(session, user, Some(pin))
    })
}

extern "C" fn logout(session: CK_SESSION_HANDLE) -> CK_RV {
    entry(|| module()?.logout(session))
}

unsafe extern "C" fn create_object(
    session: CK_SESSION_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    object: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        need(object)?;
        // SAFETY: the program vouches for it.
        let template = unsafe { template(attributes, count) }?;
        let created = module.create_object(session, &template)?;
        // SAFETY: the program vouches for it.
        unsafe { give(object, created) }
    })
}

extern "C" fn destroy_object(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> CK_RV {
    entry(|| module()?.destroy_object(session, object))
}

unsafe extern "C" fn get_attribute_value(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        let places = (0..attribute_count(attributes, count)?).map(|at| attributes.wrapping_add(at));
        let kinds: Result<Vec<_>, Rv> = places
            .clone()
            // SAFETY: there are as many as `count` says; the program vouches for the rest.
            .map(|place| unsafe { look(place) }.map(|asked| asked.type_))
            .collect();
        let answers = module.attributes(session, object, &kinds?)?;
        // Each is answered, whatever becomes of the others.
        let outcomes = places.zip(&answers).map(|(place, answer)| {
            // SAFETY: as before.
            unsafe { give_attribute(answer, place) }
        });
        outcomes.fold(Ok(()), Result::and)
    })
}

unsafe extern "C" fn find_objects_init(
    session: CK_SESSION_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        // SAFETY: the program vouches for it.
        module.find_init(session, &unsafe { template(attributes, count) }?)
    })
}

unsafe extern "C" fn find_objects(
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    most: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        need(objects)?;
        need(count)?;
        let found = module.find(session, usize::try_from(most).unwrap_or(usize::MAX))?;
        let given = CK_ULONG::try_from(found.len()).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?;
        // SAFETY: no more are found than there is room for; the program vouches for the rest.
        unsafe {
            give(count, given)?;
            give_list(&found, objects, count)
        }
    })
}

extern "C" fn find_objects_final(session: CK_SESSION_HANDLE) -> CK_RV {
    entry(|| module()?.find_final(session))
}

unsafe extern "C" fn sign_init(
    session: CK_SESSION_HANDLE,
    way: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        // SAFETY: the program vouches for it.
        let (kind, parameter) = unsafe { mechanism(way) }?;
        module.sign_init(session, kind, parameter, key)
    })
}

/// What the program gave for a signature. If it is bad, the signature has ended, as with any other
/// error (section 5.11).
fn or_end<T>(module: &Module, session: CK_SESSION_HANDLE, given: Result<T, Rv>) -> Result<T, Rv> {
    given.inspect_err(|_| module.sign_cancel(session))
}

/// Borrows data to be signed.
///
/// # Safety
///
/// As for [`bytes`].
unsafe fn data_of<'a>(from: *const CK_BYTE, count: CK_ULONG) -> Result<&'a [u8], Rv> {
    // SAFETY: the caller vouches for it.
    unsafe { bytes(from, count, MAX_PART_BYTES, CKR_DATA_LEN_RANGE) }
}

unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    count: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        // SAFETY: the program vouches for it. The data is not borrowed when the signature is
        // written, so they may be in one place.
        unsafe {
            let room = or_end(&module, session, room(signature, length))?;
            let data = or_end(&module, session, data_of(data, count))?;
            let signed = module.sign(session, data, room)?;
            give_signature(&signed, signature, length)
        }
    })
}

unsafe extern "C" fn sign_update(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    count: CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        // SAFETY: the program vouches for it.
        let part = unsafe { data_of(part, count) };
        module.sign_update(session, or_end(&module, session, part)?)
    })
}

unsafe extern "C" fn sign_final(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        // SAFETY: the program vouches for it.
        unsafe {
            let room = or_end(&module, session, room(signature, length))?;
            let signed = module.sign_final(session, room)?;
            give_signature(&signed, signature, length)
        }
    })
}

unsafe extern "C" fn generate_key_pair(
    session: CK_SESSION_HANDLE,
    way: *mut CK_MECHANISM,
    public: *mut CK_ATTRIBUTE,
    public_count: CK_ULONG,
    private: *mut CK_ATTRIBUTE,
    private_count: CK_ULONG,
    public_key: *mut CK_OBJECT_HANDLE,
    private_key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        need(public_key)?;
        need(private_key)?;
        // SAFETY: the program vouches for it.
        unsafe {
            let (kind, parameter) = mechanism(way)?;
            let public = template(public, public_count)?;
            let private = template(private, private_count)?;
            let made = module.generate_key_pair(session, kind, parameter, &public, &private)?;
            give(public_key, made.0)?;
            give(private_key, made.1)
        }
    })
}

unsafe extern "C" fn generate_random(
    session: CK_SESSION_HANDLE,
    to: *mut CK_BYTE,
    count: CK_ULONG,
) -> CK_RV {
    entry(|| {
        let module = module()?;
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        if wanted > MAX_RANDOM_BYTES {
            return Err(Rv(CKR_ARGUMENTS_BAD));
        }
        need(to)?;
        let mut random = vec![0; wanted];
        module.random(session, &mut random)?;
        let mut room = count;
        // SAFETY: the program vouches for it.
        unsafe { give_list(&random, to, &raw mut room) }
    })
}

static FUNCTIONS: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
    version: CRYPTOKI_VERSION,
    C_Initialize: Some(initialize),
    C_Finalize: Some(finalize),
    C_GetInfo: Some(get_info),
    C_GetFunctionList: Some(get_function_list),
    C_GetSlotList: Some(get_slot_list),
    C_GetSlotInfo: Some(get_slot_info),
    C_GetTokenInfo: Some(get_token_info),
    C_GetMechanismList: Some(get_mechanism_list),
    C_GetMechanismInfo: Some(get_mechanism_info),
    C_InitToken: Some(no::init_token),
    C_InitPIN: Some(no::init_pin),
    C_SetPIN: Some(no::set_pin),
    C_OpenSession: Some(open_session),
    C_CloseSession: Some(close_session),
    C_CloseAllSessions: Some(close_all_sessions),
    C_GetSessionInfo: Some(get_session_info),
    C_GetOperationState: Some(no::get_operation_state),
    C_SetOperationState: Some(no::set_operation_state),
    C_Login: Some(login),
    C_Logout: Some(logout),
    C_CreateObject: Some(create_object),
    C_CopyObject: Some(no::copy_object),
    C_DestroyObject: Some(destroy_object),
    C_GetObjectSize: Some(no::get_object_size),
    C_GetAttributeValue: Some(get_attribute_value),
    C_SetAttributeValue: Some(no::set_attribute_value),
    C_FindObjectsInit: Some(find_objects_init),
    C_FindObjects: Some(find_objects),
    C_FindObjectsFinal: Some(find_objects_final),
    C_EncryptInit: Some(no::encrypt_init),
    C_Encrypt: Some(no::encrypt),
    C_EncryptUpdate: Some(no::encrypt_update),
    C_EncryptFinal: Some(no::encrypt_final),
    C_DecryptInit: Some(no::decrypt_init),
    C_Decrypt: Some(no::decrypt),
    C_DecryptUpdate: Some(no::decrypt_update),
    C_DecryptFinal: Some(no::decrypt_final),
    C_DigestInit: Some(no::digest_init),
    C_Digest: Some(no::digest),
    C_DigestUpdate: Some(no::digest_update),
    C_DigestKey: Some(no::digest_key),
    C_DigestFinal: Some(no::digest_final),
    C_SignInit: Some(sign_init),
    C_Sign: Some(sign),
    C_SignUpdate: Some(sign_update),
    C_SignFinal: Some(sign_final),
    C_SignRecoverInit: Some(no::sign_recover_init),
    C_SignRecover: Some(no::sign_recover),
    C_VerifyInit: Some(no::verify_init),
    C_Verify: Some(no::verify),
    C_VerifyUpdate: Some(no::verify_update),
    C_VerifyFinal: Some(no::verify_final),
    C_VerifyRecoverInit: Some(no::verify_recover_init),
    C_VerifyRecover: Some(no::verify_recover),
    C_DigestEncryptUpdate: Some(no::digest_encrypt_update),
    C_DecryptDigestUpdate: Some(no::decrypt_digest_update),
    C_SignEncryptUpdate: Some(no::sign_encrypt_update),
    C_DecryptVerifyUpdate: Some(no::decrypt_verify_update),
    C_GenerateKey: Some(no::generate_key),
    C_GenerateKeyPair: Some(generate_key_pair),
    C_WrapKey: Some(no::wrap_key),
    C_UnwrapKey: Some(no::unwrap_key),
    C_DeriveKey: Some(no::derive_key),
    C_SeedRandom: Some(no::seed_random),
    C_GenerateRandom: Some(generate_random),
    C_GetFunctionStatus: Some(no::get_function_status),
    C_CancelFunction: Some(no::cancel_function),
    C_WaitForSlotEvent: Some(no::wait_for_slot_event),
};

/// The name of the interface of the specification itself.
const INTERFACE_NAME: &[u8] = b"PKCS 11\0";

/// The interface that `C_GetInterface` gives. Programs only read it.
struct Interface(CK_INTERFACE);

// SAFETY: its pointers lead to memory that is never written or freed.
unsafe impl Sync for Interface {}

static INTERFACE: Interface = Interface(CK_INTERFACE {
    pInterfaceName: INTERFACE_NAME.as_ptr().cast_mut(),
    pFunctionList: (&raw const FUNCTIONS).cast_mut().cast::<c_void>(),
    // Not CKF_INTERFACE_FORK_SAFE: a child initializes anew.
    flags: 0,
});

/// The functions of 2.40.
///
/// # Safety
///
/// `list` is null, or a pointer can be written there.
#[unsafe(export_name = "C_GetFunctionList")]
pub(crate) unsafe extern "C" fn get_function_list(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    // SAFETY: the program vouches for it.
    entry(|| unsafe { give(list, (&raw const FUNCTIONS).cast_mut()) })
}

/// The one interface, as 3.0 lists them.
///
/// # Safety
///
/// `count` is null, or can be read and written; `list` is null, or has room as `count` says.
#[unsafe(export_name = "C_GetInterfaceList")]
pub(crate) unsafe extern "C" fn get_interface_list(
    list: *mut CK_INTERFACE,
    count: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the program vouches for it.
    entry(|| unsafe { give_list(&[INTERFACE.0], list, count) })
}

/// The one interface, if its name, version and flags are wanted, or none in particular.
///
/// # Safety
///
/// `name` is null or ends with a zero byte; `version` is null or can be read; `interface` is null,
/// or a pointer can be written there.
#[unsafe(export_name = "C_GetInterface")]
pub(crate) unsafe extern "C" fn get_interface(
    name: *mut CK_UTF8CHAR,
    version: *mut CK_VERSION,
    interface: *mut *mut CK_INTERFACE,
    flags: CK_FLAGS,
) -> CK_RV {
    entry(|| {
        // SAFETY: the program vouches for it; reading ends at the first byte that differs.
        let is_name = name.is_null()
            || (0..INTERFACE_NAME.len())
                .all(|at| INTERFACE_NAME.get(at) == Some(&unsafe { *name.add(at) }));
        let is_version = version.is_null() || {
            // SAFETY: the program vouches for it.
            let CK_VERSION { major, minor } = unsafe { look(version) }?;
            (major, minor) == (CRYPTOKI_VERSION.major, CRYPTOKI_VERSION.minor)
        };
        if !is_name || !is_version || flags != 0 {
            return Err(Rv(CKR_ARGUMENTS_BAD));
        }
        // SAFETY: the program vouches for it.
        unsafe { give(interface, (&raw const INTERFACE.0).cast_mut()) }
    })
}
