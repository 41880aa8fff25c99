//! `packaging/install`, run as packagers run it. Its list is tested in `packaging`.
//!
//! May touch: a directory of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `packaging/install` for one part, with nothing of the environment but `PATH`.
fn install(part: &str, destination: &Path) -> Output {
    let built = destination.join("built");
    fs::create_dir_all(&built).expect("a directory");
    fs::write(built.join("libsshtpm_pkcs11.so"), "").expect("a library");
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging/install"));
    command
        .arg(part)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("BUILT", &built)
        .env("DESTDIR", destination)
        .output()
        .expect("packaging/install runs")
}

#[test]
fn p11_kit_is_told_where_the_module_was_installed() {
    let destination = tempfile::tempdir().expect("a directory");
    let output = install("pkcs11", destination.path());
    assert!(output.status.success(), "{output:?}");
    let file = "usr/share/p11-kit/modules/sshtpm.module";
    let registration = fs::read_to_string(destination.path().join(file)).expect(file);
    let module = registration
        .lines()
        .find_map(|line| line.strip_prefix("module: /"));
    let module = module.expect("the whole path of the module");
    assert!(destination.path().join(module).is_file(), "{module}");
}

#[test]
fn a_part_that_is_not_there_is_refused() {
    let destination = tempfile::tempdir().expect("a directory");
    let output = install("pkcs", destination.path());
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("there is no part pkcs"), "{said}");
}
