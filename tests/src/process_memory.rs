//! The memory of a process, as root can read it (proc_pid_mem(5)).

use std::fs::{File, read_to_string};
use std::os::unix::fs::FileExt as _;

/// How often `bytes` are in the memory of the process `pid`.
///
/// # Panics
///
/// There is no such process, or it is not ours to read.
pub fn count(pid: u32, bytes: &[u8]) -> usize {
    let maps = read_to_string(format!("/proc/{pid}/maps")).expect("a process has maps");
    let memory = File::open(format!("/proc/{pid}/mem")).expect("root may read it");
    let regions = maps.lines().filter_map(region);
    regions
        .map(|(start, end)| count_in(&memory, start, end, bytes))
        .sum()
}

/// Memory of a process that is in the machine's memory, in kilobytes.
///
/// # Panics
///
/// There is no such process.
pub fn resident_kb(pid: u32) -> usize {
    let status = read_to_string(format!("/proc/{pid}/status"));
    let status = status.expect("everyone may read it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|kb| kb.parse().ok()).expect("a number")
}

/// From where to where a line of `maps` says that there is memory, if it can be read.
fn region(line: &str) -> Option<(u64, u64)> {
    let (addresses, rest) = line.split_once(' ')?;
    let (start, end) = addresses.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    rest.starts_with('r')
        .then_some((number(start)?, number(end)?))
}

fn count_in(memory: &File, start: u64, end: u64, bytes: &[u8]) -> usize {
    let length = usize::try_from(end - start).expect("it is mapped");
    let mut content = vec![0; length];
    // What the kernel alone maps, such as `[vvar]`, cannot be read.
    match memory.read_exact_at(&mut content, start) {
        Ok(()) => content
            .windows(bytes.len())
            .filter(|window| *window == bytes)
            .count(),
        Err(_) => 0,
    }
}
