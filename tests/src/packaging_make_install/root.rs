//! A root in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

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
pub(super) struct Root {
    directory: TempDir,
}

impl Root {
    pub(super) fn new() -> Self {
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
    pub(super) fn destination(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.destination().join(file)
    }

    pub(super) fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub(super) fn make(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    pub(super) fn append(&self, file: &str) {
        fs::write(self.path(file), self.text(file) + "\n# changed\n").expect("a file");
    }

    /// Runs a script of `packaging`, with nothing else of the environment than `PATH`.
    pub(super) fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
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
    pub(super) fn install_on_the_machine(&self, init: &str) -> Output {
        let places = PLACES.map(|(name, place)| (name, self.path(place).display().to_string()));
        let places = places.iter().map(|(name, path)| (*name, path.as_str()));
        let variables: Vec<_> = places.chain([("DESTDIR", ""), ("INIT", init)]).collect();
        self.run("make-install", &variables)
    }

    /// Has dpkg of that machine think that a package has a file.
    pub(super) fn give_to_a_package(&self, file: &str) {
        let status = "Package: sshtpm\nStatus: install ok installed\nArchitecture: all\n\
            Version: 1\nMaintainer: nobody\nDescription: a package\n";
        self.make("var/lib/dpkg/status", status);
        let list = format!("{}\n", self.path(file).display());
        self.make("var/lib/dpkg/info/sshtpm.list", &list);
    }

    pub(super) fn install(&self) {
        let output = self.run("make-install", &[]);
        assert!(output.status.success(), "{output:?}");
    }

    /// Uninstalls, and returns what it said.
    pub(super) fn uninstall(&self) -> String {
        let output = self.run("make-uninstall", &[]);
        assert!(output.status.success(), "{output:?}");
        said(&output.stdout)
    }

    /// All files, as paths below the root.
    pub(super) fn files(&self) -> Vec<String> {
        let output = Command::new("find")
            .args([".", "-type", "f", "-printf", "%P\n"])
            .current_dir(self.destination())
            .output()
            .expect("find runs");
        said(&output.stdout).lines().map(str::to_owned).collect()
    }
}

pub(super) fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
