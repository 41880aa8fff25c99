//! Finds a program that can ask at a desktop, if `SSH_ASKPASS` does not name one.
//!
//! May touch: the names of files, to see whether they are there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

/// A program that asks, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// An askpass program: ssh(1), `SSH_ASKPASS`.
    Askpass(OsString),
    /// A pinentry, which speaks the Assuan protocol.
    Pinentry(PathBuf),
}

/// Askpass programs, the one of the administrator's choice first: Debian's alternative, KDE's,
/// those of Fedora and Arch. GNOME's `gcr-ssh-askpass` is none: it serves its own agent only.
const ASKPASS: [&str; 4] = [
    "usr/bin/ssh-askpass",
    "usr/bin/ksshaskpass",
    "usr/libexec/openssh/ssh-askpass",
    "usr/lib/ssh/ssh-askpass",
];

/// Pinentries, the one of the administrator's choice first. GNOME brings `pinentry-gnome3`, which
/// has the shell ask.
const PINENTRIES: [&str; 5] = [
    "usr/bin/pinentry",
    "usr/bin/pinentry-x11",
    "usr/bin/pinentry-gnome3",
    "usr/bin/pinentry-qt",
    "usr/bin/pinentry-gtk-2",
];

/// Pinentries that need a terminal, by the end of their names.
const AT_TERMINALS: [&str; 2] = ["-curses", "-tty"];

/// The first program that is there.
pub(super) fn find() -> Option<Asker> {
    find_in(Path::new("/"))
}

fn find_in(root: &Path) -> Option<Asker> {
    let mut askpass = ASKPASS.into_iter().map(|name| root.join(name));
    if let Some(program) = askpass.find(|path| is_program(path)) {
        return Some(Asker::Askpass(program.into_os_string()));
    }
    let mut pinentries = PINENTRIES.into_iter().map(|name| root.join(name));
    let pinentry = pinentries.find(|path| is_program(path) && has_a_window(path));
    pinentry.map(Asker::Pinentry)
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, AccessFlags::X_OK).is_ok()
}

/// `pinentry` is a link, mostly of Debian's alternatives.
fn has_a_window(path: &Path) -> bool {
    let program = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = program.to_string_lossy();
    !AT_TERMINALS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::{Asker, find_in};

    fn install(root: &Path, name: &str) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    fn askpass(root: &Path, name: &str) -> Option<Asker> {
        Some(Asker::Askpass(root.join(name).into_os_string()))
    }

    #[test]
    fn an_askpass_program_comes_before_a_pinentry() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        assert_eq!(find_in(root), None);
        install(root, "usr/bin/pinentry-qt");
        let qt = root.join("usr/bin/pinentry-qt");
        assert_eq!(find_in(root), Some(Asker::Pinentry(qt)));
        install(root, "usr/bin/ksshaskpass");
        assert_eq!(find_in(root), askpass(root, "usr/bin/ksshaskpass"));
        install(root, "usr/bin/ssh-askpass");
        assert_eq!(find_in(root), askpass(root, "usr/bin/ssh-askpass"));
    }

    #[test]
    fn a_pinentry_that_needs_a_terminal_is_left_out() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        install(root, "usr/bin/pinentry-curses");
        symlink("pinentry-curses", root.join("usr/bin/pinentry")).unwrap();
        assert_eq!(find_in(root), None);
        install(root, "usr/bin/pinentry-gtk-2");
        let gtk = root.join("usr/bin/pinentry-gtk-2");
        assert_eq!(find_in(root), Some(Asker::Pinentry(gtk)));
    }
}
