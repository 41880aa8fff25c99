//! In threads of their own, which end with what they gave up.

use std::io::{Error, ErrorKind, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Command;

use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, getpid, getppid};

use super::*;

/// Does `work` in a thread that has given up what the broker gives up.
fn confined<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let confined = scope.spawn(|| {
            seccompiler::apply_filter(&program().expect("a program")).expect("it is installed");
            work()
        });
        confined.join().expect("no panic")
    })
}

fn start() -> Result<(), ErrorKind> {
    let started = Command::new("/bin/true").status();
    started.map(drop).map_err(|error| error.kind())
}

#[test]
fn no_program_can_be_started() {
    assert_eq!(start(), Ok(()), "by others it can");
    assert_eq!(confined(start), Err(ErrorKind::PermissionDenied));
    let in_a_new_thread = || confined_thread(start);
    assert_eq!(confined(in_a_new_thread), Err(ErrorKind::PermissionDenied));
}

/// What a thread inherits.
fn confined_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"))
}

#[test]
fn no_namespace_can_be_made() {
    // Of one's own files, which every process may have.
    assert_eq!(confined_thread(|| unshare(CloneFlags::CLONE_FILES)), Ok(()));
    let refused = confined(|| unshare(CloneFlags::CLONE_FILES));
    assert_eq!(refused, Err(Errno::EPERM));
}

#[test]
fn signals_go_to_the_process_itself_alone() {
    let signal = |to: Pid| confined(move || kill(to, None::<Signal>));
    assert_eq!(signal(getpid()), Ok(()));
    for other in [getppid(), Pid::from_raw(0), Pid::from_raw(-1)] {
        assert_eq!(signal(other), Err(Errno::EPERM), "{other}");
    }
}

#[test]
fn what_the_broker_does_still_works() {
    let work = || -> Result<(), Error> {
        assert!(User::from_uid(getuid()).is_ok(), "the user database");
        let file = tempfile::NamedTempFile::new()?;
        file.as_file().sync_all()?;
        file.persist(tempfile::tempdir()?.path().join("file"))?;
        let (mut one, _other) = UnixStream::pair()?;
        one.write_all(b"x")?;
        confined_thread(|| ());
        Ok(())
    };
    confined(work).expect("it works");
}

fn getuid() -> nix::unistd::Uid {
    nix::unistd::getuid()
}
