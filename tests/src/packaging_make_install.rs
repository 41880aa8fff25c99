//! `make install` and `make uninstall`, in a directory of their own instead of the machine's root.
//!
//! May touch: that directory.

mod root;

use std::fs;

use self::root::{Root, said};

const CONFIGURATION: &str = "etc/sshtpm/broker.toml";
const UNIT: &str = "usr/lib/systemd/system/sshtpm-broker.service";
const PROFILE: &str = "etc/apparmor.d/sshtpm-broker";

/// The paths of our programs in a line, below the root.
fn programs_of(line: &str) -> impl Iterator<Item = &str> {
    let paths = line
        .split(['=', ' ', '"'])
        .filter_map(|word| word.strip_prefix('/'));
    paths.filter(|path| path.contains("bin/sshtpm"))
}

#[test]
fn what_is_installed_and_uninstalled_leaves_nothing() {
    let root = Root::new();
    root.install();
    assert!(root.files().len() > 40, "{:?}", root.files());
    root.uninstall();
    let left = fs::read_dir(root.destination()).expect("a directory");
    assert_eq!(left.count(), 0);
}

#[test]
fn units_and_services_run_programs_that_are_installed() {
    for (init, services) in [
        ("systemd", "usr/lib/systemd"),
        ("openrc", "etc/init.d"),
        ("dinit", "etc/dinit.d"),
    ] {
        let root = Root::new();
        let output = root.run("make-install", &[("INIT", init)]);
        assert!(output.status.success(), "{output:?}");
        let mut found = 0;
        for file in root
            .files()
            .iter()
            .filter(|file| file.starts_with(services))
        {
            let text = root.text(file);
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            for program in lines.flat_map(programs_of) {
                assert!(root.path(program).is_file(), "{file} names /{program}");
                found += 1;
            }
        }
        assert!(found >= 3, "{init}: {found}");
    }
}

#[test]
fn changed_configuration_stays_and_the_new_one_is_beside_it() {
    let root = Root::new();
    root.install();
    let shipped = root.text(CONFIGURATION);
    root.append(CONFIGURATION);
    let changed = root.text(CONFIGURATION);
    root.install();
    assert_eq!(root.text(CONFIGURATION), changed);
    assert_eq!(root.text(&format!("{CONFIGURATION}.new")), shipped);
    let output = root.uninstall();
    assert!(output.contains(CONFIGURATION), "{output}");
    assert_eq!(root.files(), [CONFIGURATION]);
}

#[test]
fn a_unit_that_was_changed_by_hand_is_not_overwritten() {
    let root = Root::new();
    root.install();
    root.append(UNIT);
    let output = root.run("make-install", &[]);
    assert_eq!(output.status.code(), Some(73));
    let said = said(&output.stderr);
    assert!(said.contains(UNIT), "{said}");
    assert!(root.text(UNIT).contains("# changed"));
}

#[test]
fn a_file_that_something_else_wrote_keeps_all_from_being_installed() {
    let root = Root::new();
    let policy = "usr/share/polkit-1/actions/org.sshtpm.Broker1.policy";
    let parent = root.path(policy);
    fs::create_dir_all(parent.parent().expect("a parent")).expect("a directory");
    fs::write(root.path(policy), "of a package").expect("a file");
    let output = root.run("make-install", &[]);
    assert_eq!(output.status.code(), Some(73));
    assert_eq!(root.files(), [policy]);
}

#[test]
fn installing_again_removes_what_is_no_longer_installed() {
    let root = Root::new();
    let output = root.run("make-install", &[("INIT", "openrc")]);
    assert!(output.status.success(), "{output:?}");
    assert!(root.path("etc/init.d/sshtpm-broker").exists());
    root.install();
    assert!(!root.path("etc/init.d/sshtpm-broker").exists());
    root.uninstall();
    assert_eq!(root.files(), [""; 0]);
}

#[test]
fn keys_stay_when_programs_are_uninstalled() {
    let root = Root::new();
    root.install();
    let key = "var/lib/sshtpm/keys/1001/key.json";
    let path = root.path(key);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, "{}").expect("a file");
    let output = root.uninstall();
    assert!(output.contains("/var/lib/sshtpm"), "{output}");
    assert_eq!(root.files(), [key]);
}

#[test]
fn nothing_is_uninstalled_while_sshd_needs_it() {
    let root = Root::new();
    root.install();
    let before = root.files().len();
    let drop_in = root.path("etc/ssh/sshd_config.d/50-sshtpm.conf");
    fs::create_dir_all(drop_in.parent().expect("a parent")).expect("a directory");
    fs::write(drop_in, "").expect("a file");
    let output = root.run("make-uninstall", &[]);
    assert_eq!(output.status.code(), Some(75));
    let said = said(&output.stderr);
    assert!(said.contains("sshtpm host-keys disable"), "{said}");
    assert_eq!(root.files().len(), before + 1);
}

#[test]
fn uninstalling_with_another_prefix_says_where_it_looked() {
    let root = Root::new();
    root.install();
    let output = root.run("make-uninstall", &[("PREFIX", "/usr")]);
    assert_eq!(output.status.code(), Some(66));
    let said = said(&output.stderr);
    assert!(said.contains("/usr/share/sshtpm/installed"), "{said}");
}

#[test]
fn installing_without_programs_says_how_to_build_them() {
    let root = Root::new();
    let output = root.run("make-install", &[("BUILT", "/nonexistent")]);
    assert_eq!(output.status.code(), Some(69));
    let said = said(&output.stderr);
    assert!(said.contains("make programs"), "{said}");
    assert!(!root.destination().exists());
}

#[test]
fn profiles_come_where_apparmor_is_and_go_again() {
    let root = Root::new();
    root.make("etc/apparmor.d/abstractions/base", "");
    let output = root.run("make-install", &[]);
    assert!(output.status.success(), "{output:?}");
    let said = said(&output.stdout);
    assert!(
        said.contains(&format!("apparmor_parser -r /{PROFILE}")),
        "{said}"
    );
    assert!(root.path(PROFILE).is_file());
    root.uninstall();
    assert_eq!(root.files(), ["etc/apparmor.d/abstractions/base"]);
}

#[test]
fn profiles_name_programs_where_they_are() {
    for (prefix, rule) in [
        ("/usr/local", "/usr/{,local/}{,s}bin/sshtpm-broker mr,"),
        ("/opt/sshtpm", "/opt/sshtpm/sbin/sshtpm-broker mr,"),
    ] {
        let root = Root::new();
        root.make("etc/apparmor.d/abstractions/base", "");
        let output = root.run("make-install", &[("PREFIX", prefix)]);
        assert!(output.status.success(), "{output:?}");
        let profile = root.text(PROFILE);
        assert!(profile.lines().any(|line| line.trim() == rule), "{profile}");
    }
}

#[test]
fn a_relative_prefix_and_one_with_a_blank_are_refused() {
    for prefix in ["usr", "/opt/with blank", ""] {
        for script in ["make-install", "make-uninstall"] {
            let root = Root::new();
            let output = root.run(script, &[("PREFIX", prefix)]);
            assert_eq!(output.status.code(), Some(64), "{script} {prefix:?}");
            let said = said(&output.stderr);
            assert!(said.contains(&format!("PREFIX='{prefix}'")), "{said}");
            assert!(!root.destination().exists());
        }
    }
}

#[test]
fn a_destination_may_have_a_blank() {
    let root = Root::new();
    let destination = root.path("with blank").display().to_string();
    for script in ["make-install", "make-uninstall"] {
        let output = root.run(script, &[("DESTDIR", &destination)]);
        assert!(output.status.success(), "{output:?}");
    }
    let left = fs::read_dir(destination).expect("a directory");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_file_in_the_place_of_new_configuration_is_not_overwritten() {
    let root = Root::new();
    root.install();
    root.append(CONFIGURATION);
    let new = format!("{CONFIGURATION}.new");
    root.make(&new, "of somebody");
    let output = root.run("make-install", &[]);
    assert_eq!(output.status.code(), Some(73));
    let said = said(&output.stderr);
    assert!(said.contains(&new), "{said}");
    assert_eq!(root.text(&new), "of somebody");
}

#[test]
fn an_old_file_that_a_package_has_by_now_stays_and_is_named() {
    let root = Root::new();
    let service = "etc/init.d/sshtpm-broker";
    let output = root.install_on_the_machine("openrc");
    assert!(output.status.success(), "{output:?}");
    root.give_to_a_package(service);
    let output = root.install_on_the_machine("systemd");
    assert!(output.status.success(), "{output:?}");
    assert!(root.path(service).exists());
    assert!(!root.path("etc/init.d/sshtpm-host-agent").exists());
    let said = said(&output.stdout);
    assert!(
        said.contains("init.d/sshtpm-broker (of a package)"),
        "{said}"
    );
}

#[test]
fn a_file_that_a_package_has_by_now_is_not_overwritten() {
    let root = Root::new();
    let output = root.install_on_the_machine("systemd");
    assert!(output.status.success(), "{output:?}");
    root.give_to_a_package(UNIT);
    let output = root.install_on_the_machine("systemd");
    assert_eq!(output.status.code(), Some(73));
    let said = said(&output.stderr);
    assert!(said.contains(UNIT), "{said}");
}
