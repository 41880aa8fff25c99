//! Programs of the user's that ask on behalf of polkit.
//!
//! polkit tells nobody which of them have registered, so this looks for those that are known. An
//! unknown one is missed.
//!
//! May touch: the names of the user's processes below `/proc`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::getuid;

/// Most processes that are looked at: the kernel's usual `pid_max`.
const MAX_PROCESSES: usize = 32_768;

/// Names of such programs, as the kernel cuts them: 15 bytes. Desktops that ask themselves, then
/// programs for others, then polkit's own for terminals.
const NAMES: [&str; 15] = [
    "gnome-shell",
    "cinnamon",
    "phosh",
    "budgie-polkit-d",
    "cosmic-osd",
    "polkit-kde-auth",
    "polkit-gnome-au",
    "polkit-mate-aut",
    "xfce-polkit",
    "lxqt-policykit-",
    "lxpolkit",
    "hyprpolkitagent",
    "polkit-dumb-age",
    "soteria",
    "pkttyagent",
];

/// Whether one of them runs.
pub(crate) fn is_there() -> bool {
    is_in(Path::new("/proc"), getuid().as_raw())
}

fn is_in(processes: &Path, uid: u32) -> bool {
    let entries = fs::read_dir(processes).into_iter().flatten();
    let mut paths = entries
        .take(MAX_PROCESSES)
        .flatten()
        .map(|entry| entry.path());
    paths.any(|path| {
        let is_own = path.metadata().is_ok_and(|process| process.uid() == uid);
        let name = || fs::read_to_string(path.join("comm")).unwrap_or_default();
        is_own && NAMES.contains(&name().trim_end())
    })
}

#[cfg(test)]
mod tests {
    use super::{NAMES, getuid, is_in};

    #[test]
    fn an_agent_is_known_by_its_name_and_its_user() {
        let uid = getuid().as_raw();
        let processes = tempfile::tempdir().unwrap();
        let process = processes.path().join("4711");
        std::fs::create_dir(&process).unwrap();
        std::fs::write(process.join("comm"), "bash\n").unwrap();
        assert!(!is_in(processes.path(), uid));
        std::fs::write(process.join("comm"), "lxpolkit\n").unwrap();
        assert!(is_in(processes.path(), uid));
        assert!(!is_in(processes.path(), uid + 1));
    }

    #[test]
    fn no_name_is_longer_than_the_kernel_keeps() {
        assert!(NAMES.iter().all(|name| name.len() <= 15));
    }
}
