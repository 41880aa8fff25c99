//! Persistent keys, as the administrator makes them and as any program with the TPM sees them.

use crate::call::{Answer, Options, none, owner};
use crate::output::Output;
use crate::signed_data::sshsig;
use crate::swtpm::tool;
use crate::verify::verify;
use crate::{Request, User, World};

/// The first of the handles that the broker uses.
pub const FIRST: u32 = 0x8153_5300;

/// How many handles the broker uses.
pub const MOST: u32 = 16;

/// Calls `SetPersistent`.
pub fn set(user: User<'_>, key: &str, persistent: bool, options: Options) -> Answer {
    let request = Request::keys("SetPersistent").with(key).with(persistent);
    user.call(&request.with(options))
}

/// Makes a key of alice's persistent.
///
/// # Panics
///
/// The broker refuses.
#[track_caller]
pub fn promote(world: &World, key: &str) {
    set(world.root(), key, true, owner("alice")).expect("root may");
}

/// Makes a key of alice's no longer persistent.
///
/// # Panics
///
/// The broker refuses.
#[track_caller]
pub fn demote(world: &World, key: &str) {
    set(world.root(), key, false, owner("alice")).expect("root may");
}

/// Signs with a key of `user`, and verifies the signature.
///
/// # Panics
///
/// The key is not listed, or does not sign.
#[track_caller]
pub fn sign(user: User<'_>, key: &str) {
    let keys = user.list(none()).expect("a list");
    let keys = keys.as_array().expect("a list");
    let listed = keys.iter().find(|one| one["Fingerprint"] == key);
    let signature = user.sign(key, &sshsig("data"), 0, none());
    let signature = signature.expect("a signature");
    verify(listed.expect("it is listed"), &sshsig("data"), &signature);
}

/// The broker's handles that are in use, as any program sees them.
///
/// # Panics
///
/// The TPM does not answer.
pub fn kept(world: &World) -> Vec<u32> {
    let told = tool(world.machine(), "tpm2_getcap handles-persistent").ok();
    let handles = told.stdout.lines();
    handles
        .filter_map(|line| u32::from_str_radix(line.strip_prefix("- 0x")?, 16).ok())
        .filter(|handle| (FIRST..FIRST + MOST).contains(handle))
        .collect()
}

/// Takes the object at `handle` out of the TPM, as another program with the TPM can.
///
/// # Panics
///
/// There is none.
pub fn evict(world: &World, handle: u32) {
    tool(
        world.machine(),
        &format!("tpm2_evictcontrol -Q -C o -c {handle:#x}"),
    )
    .ok();
}

/// Another program makes a key of its own, without a password.
///
/// # Panics
///
/// The TPM refuses.
pub fn others_key(world: &World) {
    let create = "tpm2_createprimary -Q -G ecc256:ecdsa-sha256 -c /tmp/others \
                  -a sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth";
    tool(world.machine(), create).ok();
    tool(world.machine(), "tpm2_flushcontext -t").ok();
}

/// Another program puts the key that it made ([`others_key`]) at `handle`.
pub fn others_put(world: &World, handle: u32) -> Output {
    let machine = world.machine();
    let keep = format!("tpm2_evictcontrol -Q -C o -c /tmp/others {handle:#x}");
    let kept = tool(machine, &keep);
    tool(machine, "tpm2_flushcontext -t").ok();
    kept
}

/// Another program makes a key and puts it at `handle`.
///
/// # Panics
///
/// The TPM refuses.
pub fn others_keep(world: &World, handle: u32) {
    others_key(world);
    others_put(world, handle).ok();
}

/// Whether the object at `handle` signs for a program that has the TPM and nothing else.
pub fn anybody_signs(world: &World, handle: u32) -> bool {
    let machine = world.machine();
    machine.root().write("/tmp/data", "data");
    let signed = tool(
        machine,
        &format!("tpm2_sign -Q -c {handle:#x} -g sha256 -o /tmp/signature /tmp/data"),
    );
    signed.code() == 0
}
