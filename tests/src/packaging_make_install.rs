//! `make install` and `make uninstall`, in a directory of their own instead of the machine's root.
//!
//! May touch: that directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const CONFIGURATION: &str = "etc/sshtpm/broker.toml";
const UNIT: &str = "usr/lib/systemd/system/sshtpm-broker.service";
const PROFILE: &str = "etc/apparmor.d/sshtpm-broker";

/// Where everything goes on a machine, as `packaging/directories` has it, and the database of dpkg.
const PLACES: [(&str, &str); 9] = [
    ("PREFIX", "usr/local"),
    ("SYSCONFDIR", "etc"),
    ("APPARMORDIR", "etc/apparmor.d"),
    ("DBUSDIR", "usr/share/dbus-1"),
    ("POLKITDIR", "usr/share/polkit-1"),
    ("SYSTEMDDIR", "usr/lib/systemd"),
    ("SYSUSERSDIR", "usr/lib/sysusers.d"),
    ("P11KITDIR", "usr/share/p11-kit/modules"),
    ("DPKG_ADMINDIR", "var/lib/dpkg"),
];

/// A root in which nothing is, and programs to install there.
struct Root {
    directory: TempDir,
}

impl Root {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let built = directory.path().join("built");
        fs::create_dir(&built).expect("a directory");
        for program in [
            "sshtpm",
            "sshtpm-agent",
            "sshtpm-broker",
            "libsshtpm_pkcs11.so",
        ] {
            fs::write(built.join(program), program).expect("a program");
        }
        Self { directory }
    }

    /// What would be the root of a machine.
    fn destination(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    fn path(&self, file: &str) -> PathBuf {
        self.destination().join(file)
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    fn make(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    fn append(&self, file: &str) {
        fs::write(self.path(file), self.text(file) + "\n# changed\n").expect("a file");
    }

    /// Runs a script of `packaging`, with nothing else of the environment than `PATH`.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let packaging = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging");
        let mut command = Command::new(Path::new(packaging).join(script));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("BUILT", self.directory.path().join("built"))
            .env("DESTDIR", self.destination())
            .envs(variables.iter().copied());
        command.output().expect("the script runs")
    }

    /// Installs for an init system without a `DESTDIR`, as if the root were that of a machine.
    fn install_on_the_machine(&self, init: &str) -> Output {
        let places = PLACES.map(|(name, place)| (name, self.path(place).display().to_string()));
        let places = places.iter().map(|(name, path)| (*name, path.as_str()));
        let variables: Vec<_> = places.chain([("DESTDIR", ""), ("INIT", init)]).collect();
        self.run("make-install", &variables)
    }

    /// Has dpkg of that machine think that a package has a file.
    fn give_to_a_package(&self, file: &str) {
        let status = "Package: sshtpm\nStatus: install ok installed\nArchitecture: all\n\
            Version: 1\nMaintainer: nobody\nDescription: a package\n";
        self.make("var/lib/dpkg/status", status);
        let list = format!("{}\n", self.path(file).display());
        self.make("var/lib/dpkg/info/sshtpm.list", &list);
    }

    fn install(&self) {
        let output = self.run("make-install", &[]);
        assert!(output.status.success(), "{output:?}");
    }

    /// Uninstalls, and returns what it said.
    fn uninstall(&self) -> String {
        let output = self.run("make-uninstall", &[]);
        assert!(output.status.success(), "{output:?}");
        said(&output.stdout)
    }

    /// All files, as paths below the root.
    fn files(&self) -> Vec<String> {
        let output = Command::new("find")
            .args([".", "-type", "f", "-printf", "%P\n"])
            .current_dir(self.destination())
            .output()
            .expect("find runs");
        said(&output.stdout).lines().map(str::to_owned).collect()
    }
}

/// The paths of our programs in a line, below the root.
fn programs_of(line: &str) -> impl Iterator<Item = &str> {
    let paths = line
        .split(['=', ' ', '"'])
        .filter_map(|word| word.strip_prefix('/'));
    paths.filter(|path| path.contains("bin/sshtpm"))
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
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
