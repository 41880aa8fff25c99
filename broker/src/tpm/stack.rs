//! What libtss2 leaves on the stack of its thread: among much else copies of PINs, which it passes
//! from function to function by value.

use std::hint::black_box;

/// How deep it is wiped. libtss2 was seen to leave PINs 40 KB below; the thread's stack has 2 MiB.
const DEPTH: usize = 128 * 1024;

/// Overwrites what is below the caller's part of the stack.
#[inline(never)]
pub(super) fn wipe() {
    black_box(&mut [0_u8; DEPTH]);
}
