//! System calls that the broker no longer needs once it serves.
//!
//! The unit allows what services need, which has to include execve(2): systemd starts the broker
//! with it. Before the first caller is served, the broker gives up what would be of use to an
//! attacker in its process, and to nothing else. That is a list of what is refused, not of what is
//! allowed: the C library loads modules of directory services (nsswitch.conf(5)) into the broker,
//! and nobody knows what they need.
//!
//! A call fails with EPERM, as if root was not allowed to. One of another architecture ends the
//! process.
//!
//! Specs: seccomp(2).

use std::collections::BTreeMap;
use std::process;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Gives them up for all threads, those that there are and those to come.
///
/// # Errors
///
/// The kernel has no seccomp, or a filter forbids to install another one.
pub(super) fn give_up() -> Result<(), seccompiler::Error> {
    seccompiler::apply_filter_all_threads(&program()?)
}

/// Starting another program.
const PROGRAMS: &[i64] = &[libc::SYS_execve, libc::SYS_execveat];

/// The memory and the open files of other processes.
const OTHER_PROCESSES: &[i64] = &[
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_process_madvise,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
];

/// Code in the kernel, and what attacks on it begin with.
const KERNEL: &[i64] = &[
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_delete_module,
    libc::SYS_finit_module,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_perf_event_open,
    libc::SYS_request_key,
    libc::SYS_syslog,
    libc::SYS_userfaultfd,
];

/// What is mounted, and namespaces.
const MOUNTS: &[i64] = &[
    libc::SYS_chroot,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_pivot_root,
    libc::SYS_setns,
    libc::SYS_umount2,
    libc::SYS_unshare,
];

/// The machine itself: its time, its name, its swap, its end.
const MACHINE: &[i64] = &[
    libc::SYS_acct,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_personality,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_vhangup,
];

/// Signals, which the broker may send to itself alone. The first argument is the process.
const SIGNALS: &[i64] = &[
    libc::SYS_kill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_tgkill,
];

fn program() -> Result<BpfProgram, seccompiler::Error> {
    let groups = [PROGRAMS, OTHER_PROCESSES, KERNEL, MOUNTS, MACHINE];
    let refused = groups.into_iter().flatten().map(|call| (*call, Vec::new()));
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = refused.collect();
    for call in SIGNALS {
        rules.insert(*call, vec![to_another_process()?]);
    }
    rules.extend(OF_THIS_ARCHITECTURE.iter().map(|call| (*call, Vec::new())));
    add_x32(&mut rules);
    let permission = libc::EPERM.unsigned_abs();
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(permission),
        ARCHITECTURE,
    )?;
    Ok(filter.try_into()?)
}

fn to_another_process() -> Result<SeccompRule, seccompiler::BackendError> {
    let own = u64::from(process::id());
    let other = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own)?;
    SeccompRule::new(vec![other])
}

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: TargetArch = TargetArch::x86_64;

#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: TargetArch = TargetArch::aarch64;

#[cfg(target_arch = "x86_64")]
const OF_THIS_ARCHITECTURE: &[i64] = &[
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_kexec_file_load,
    libc::SYS_modify_ldt,
];

#[cfg(not(target_arch = "x86_64"))]
const OF_THIS_ARCHITECTURE: &[i64] = &[libc::SYS_kexec_file_load];

/// The same calls by their numbers of x32, which the kernel takes for calls of x86-64, and all that
/// have a number there alone.
#[cfg(target_arch = "x86_64")]
fn add_x32(rules: &mut BTreeMap<i64, Vec<SeccompRule>>) {
    /// `__X32_SYSCALL_BIT` of asm/unistd.h.
    const X32: i64 = 0x4000_0000;
    /// From `rt_sigaction` to `pwritev2`, execve(2) among them (syscall_64.tbl of the kernel).
    const OF_X32: std::ops::RangeInclusive<i64> = 512..=547;
    let numbers: Vec<i64> = rules.keys().copied().chain(OF_X32).collect();
    rules.extend(numbers.into_iter().map(|call| (call | X32, Vec::new())));
}

#[cfg(not(target_arch = "x86_64"))]
fn add_x32(_rules: &mut BTreeMap<i64, Vec<SeccompRule>>) {}

#[cfg(test)]
mod tests;
