//! Whether programs that do not speak SSH find the PKCS #11 module.
//!
//! May touch: the names of files, to see whether they are there, and the registration of the module
//! with p11-kit.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sshtpm_ssh::purpose::Purpose;

use super::finding::Finding;
use crate::key_state::is_lost;
use crate::probe::keys::Keys;

/// Where libraries are for which p11-kit needs no path: of Debian in a directory for each
/// architecture, of Arch, and of Fedora.
const LIBRARIES: [&str; 2] = ["usr/lib", "usr/lib64"];

/// Where `packaging/install` puts libraries. p11-kit finds them only by their paths.
const LOCAL_LIBRARIES: [&str; 2] = ["usr/local/lib", "usr/local/lib64"];

/// The module, in a directory of libraries.
const MODULE: &str = "pkcs11/libsshtpm_pkcs11.so";

/// Where packages tell p11-kit about it.
const REGISTRATION: &str = "usr/share/p11-kit/modules/sshtpm.module";

/// Where administrators do, and NixOS. It counts before that of a package: pkcs11.conf(5).
const REGISTRATION_OF_MACHINE: &str = "etc/pkcs11/modules/sshtpm.module";

/// Most directories of architectures that are looked into. A machine has two or three.
const MAX_ARCHITECTURES: usize = 64;

/// Most bytes that are read of a registration. It has two lines.
const MAX_REGISTRATION_BYTES: u64 = 4096;

/// Whether the module is installed below `root`. `None`: no key is for it.
pub(super) fn check(keys: &Keys, root: &Path) -> Option<Finding> {
    let mut keys = keys.as_ref().ok()?.iter();
    let is_raw = |purposes: &[String]| purposes.iter().any(|one| one == Purpose::Raw.name());
    if !keys.any(|key| is_raw(&key.purposes) && !is_lost(key)) {
        return None;
    }
    let known = known_to_p11_kit(root);
    if let Some(module) = &known
        && module.is_file()
    {
        return Some(Finding::ok(format!("{} is there", module.display())));
    }
    let anywhere = [LIBRARIES, LOCAL_LIBRARIES].concat();
    let Some(module) = find(root, &anywhere) else {
        return Some(Finding::warn(
            "you have raw keys, and the PKCS #11 module by which programs use them is missing",
            "Have the administrator install the package sshtpm-pkcs11.",
        ));
    };
    Some(Finding::warn(
        format!("p11-kit does not know {}", module.display()),
        format!(
            "Name the module to each program, or have the administrator put `module: {}` into \
             /{REGISTRATION_OF_MACHINE}.",
            module.display()
        ),
    ))
}

/// The module that p11-kit loads, whether it is there or not.
fn known_to_p11_kit(root: &Path) -> Option<PathBuf> {
    let mut files = [REGISTRATION_OF_MACHINE, REGISTRATION].iter();
    let registered = files.find_map(|file| module_of(&root.join(file)))?;
    match registered.strip_prefix("/") {
        Ok(path) => Some(root.join(path)),
        Err(_) => find(root, &LIBRARIES),
    }
}

/// What a registration says after `module:`.
fn module_of(registration: &Path) -> Option<PathBuf> {
    if !registration.is_file() {
        return None;
    }
    let mut text = String::new();
    let file = File::open(registration).ok()?;
    let mut file = file.take(MAX_REGISTRATION_BYTES);
    file.read_to_string(&mut text).ok()?;
    let mut settings = text.lines().filter_map(|line| line.split_once(':'));
    let (_, module) = settings.find(|(name, _)| name.trim() == "module")?;
    Some(PathBuf::from(module.trim()))
}

/// The module in one of these directories, or in one of an architecture below them.
fn find(root: &Path, libraries: &[&str]) -> Option<PathBuf> {
    let libraries = libraries.iter().map(|directory| root.join(directory));
    let directories = libraries.flat_map(|directory| {
        let of_architectures = architectures(&directory);
        of_architectures.into_iter().chain([directory])
    });
    let mut modules = directories.map(|directory| directory.join(MODULE));
    modules.find(|module| module.is_file())
}

fn architectures(libraries: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(libraries).into_iter().flatten();
    let directories = entries.flatten().map(|entry| entry.path());
    let is_architecture = |path: &PathBuf| path.to_string_lossy().contains("-linux-");
    let architectures = directories.filter(is_architecture);
    architectures.take(MAX_ARCHITECTURES).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{REGISTRATION, REGISTRATION_OF_MACHINE, check};
    use crate::checks::finding::Finding;
    use crate::key_listing::example_key;
    use crate::probe::keys::Keys;

    const MODULE: &str = "usr/lib/x86_64-linux-gnu/pkcs11/libsshtpm_pkcs11.so";

    fn keys(purpose: &str) -> Keys {
        let mut key = example_key();
        key.purposes = vec![purpose.to_owned()];
        Ok(vec![key])
    }

    fn write(root: &Path, name: &str, content: &str) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// What is found with a registration in `file` for `registered`, and the module at `module`.
    fn found(file: &str, registered: &str, module: &str) -> Finding {
        let root = tempfile::tempdir().unwrap();
        let line = format!("# a comment\nmodule: {registered}\n");
        write(root.path(), file, &line);
        write(root.path(), module, "");
        check(&keys("raw"), root.path()).unwrap()
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
        let advises = |word: &str| match found() {
            Some(Finding::Warn(advice)) => advice.next.contains(word),
            _ => false,
        };
        assert!(advises("sshtpm-pkcs11"));
        write(root.path(), MODULE, "");
        assert!(advises(REGISTRATION_OF_MACHINE));
        write(root.path(), REGISTRATION, "module: libsshtpm_pkcs11.so\n");
        assert!(matches!(found(), Some(Finding::Ok(_))));
    }

    #[test]
    fn a_module_that_is_registered_by_its_path_is_found_anywhere() {
        for file in [REGISTRATION, REGISTRATION_OF_MACHINE] {
            let found = found(file, "/nix/store/sshtpm/m.so", "nix/store/sshtpm/m.so");
            assert!(matches!(found, Finding::Ok(_)), "{file}: {found:?}");
        }
    }

    #[test]
    fn a_module_that_is_registered_by_its_name_is_found_on_fedora() {
        let module = "usr/lib64/pkcs11/libsshtpm_pkcs11.so";
        let found = found(REGISTRATION, "libsshtpm_pkcs11.so", module);
        assert!(matches!(found, Finding::Ok(_)), "{found:?}");
    }

    #[test]
    fn p11_kit_does_not_find_a_local_module_by_its_name() {
        let module = "usr/local/lib/pkcs11/libsshtpm_pkcs11.so";
        let found = found(REGISTRATION, "libsshtpm_pkcs11.so", module);
        assert!(matches!(found, Finding::Warn(advice) if advice.next.contains(module)));
    }

    #[test]
    fn a_registered_module_that_is_gone_is_missing() {
        let found = found(REGISTRATION, "/opt/gone.so", "opt/other.so");
        assert!(matches!(found, Finding::Warn(advice) if advice.found.contains("is missing")));
    }
}
