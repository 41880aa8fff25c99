//! Whether programs that do not speak SSH find the PKCS #11 module.
//!
//! May touch: the names of files, to see whether they are there.

use std::path::{Path, PathBuf};

use sshtpm_ssh::purpose::Purpose;

use super::finding::Finding;
use crate::key_state::is_lost;
use crate::probe::keys::Keys;

/// Where libraries are.
const LIBRARIES: &str = "usr/lib";

/// The module, in the directory of an architecture; and where other distributions have it.
const MODULE: &str = "pkcs11/libsshtpm_pkcs11.so";

/// Where p11-kit finds out about it.
const REGISTRATION: &str = "usr/share/p11-kit/modules/sshtpm.module";

/// Most directories of architectures that are looked into. A machine has two or three.
const MAX_ARCHITECTURES: usize = 64;

/// Whether the module is installed below `root`. `None`: no key is for it.
pub(super) fn check(keys: &Keys, root: &Path) -> Option<Finding> {
    let mut keys = keys.as_ref().ok()?.iter();
    let is_raw = |purposes: &[String]| purposes.iter().any(|one| one == Purpose::Raw.name());
    if !keys.any(|key| is_raw(&key.purposes) && !is_lost(key)) {
        return None;
    }
    let Some(module) = find(root) else {
        return Some(Finding::warn(
            "you have raw keys, and the PKCS #11 module by which programs use them is missing",
            "Have the administrator install the package sshtpm-pkcs11, which `make deb` builds.",
        ));
    };
    if !root.join(REGISTRATION).is_file() {
        return Some(Finding::warn(
            format!("p11-kit does not know {}", module.display()),
            format!(
                "Name the module to each program, or have the administrator put `module: {}` into \
                 /{REGISTRATION}.",
                module.display()
            ),
        ));
    }
    Some(Finding::ok(format!("{} is there", module.display())))
}

fn find(root: &Path) -> Option<PathBuf> {
    let libraries = root.join(LIBRARIES);
    let entries = std::fs::read_dir(&libraries).into_iter().flatten();
    let architectures = entries.flatten().map(|entry| entry.path());
    let is_architecture = |path: &PathBuf| path.to_string_lossy().contains("-linux-");
    let architectures = architectures.filter(is_architecture);
    let directories = architectures.take(MAX_ARCHITECTURES).chain([libraries]);
    let mut modules = directories.map(|directory| directory.join(MODULE));
    modules.find(|module| module.is_file())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{REGISTRATION, check};
    use crate::checks::finding::Finding;
    use crate::key_listing::example_key;
    use crate::probe::keys::Keys;

    const MODULE: &str = "usr/lib/x86_64-linux-gnu/pkcs11/libsshtpm_pkcs11.so";

    fn keys(purpose: &str) -> Keys {
        let mut key = example_key();
        key.purposes = vec![purpose.to_owned()];
        Ok(vec![key])
    }

    fn install(root: &Path, name: &str) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }

    #[test]
    fn a_user_without_raw_keys_needs_no_module() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(check(&keys("auth"), root.path()), None);
    }

    #[test]
    fn a_raw_key_wants_the_module_and_its_registration() {
        let root = tempfile::tempdir().unwrap();
        let found = || check(&keys("raw"), root.path());
        assert!(matches!(found(), Some(Finding::Warn(advice)) if advice.next.contains("make deb")));
        install(root.path(), MODULE);
        assert!(matches!(found(), Some(Finding::Warn(advice)) if advice.next.contains("p11-kit")));
        install(root.path(), REGISTRATION);
        assert!(matches!(found(), Some(Finding::Ok(_))));
    }
}
