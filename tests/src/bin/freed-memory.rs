//! A program that looks at memory that it has freed.
//!
//! `freed-memory` fills and frees as many bytes as libtss2 does for a TPM2B_SENSITIVE_DATA, and
//! prints how many bytes are in its memory still where a seed would have been.

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;

const BYTES: usize = 258;
const FILLING: u8 = 0x5a;

/// After its length.
const SEED: std::ops::Range<usize> = 2..34;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let memory = File::open("/proc/self/mem")?;
    let mut now = [0; BYTES];
    let filled = black_box(vec![FILLING; BYTES]);
    let address = u64::try_from(filled.as_ptr().addr())?;
    drop(filled);
    memory.read_exact_at(&mut now, address)?;
    let left = now[SEED].iter().filter(|byte| **byte == FILLING);
    let left = left.count();
    println!("{left}");
    Ok(())
}
