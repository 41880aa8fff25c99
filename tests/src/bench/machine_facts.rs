//! Which machine and which versions the figures are of.

use std::process::Command;

use serde::{Deserialize, Serialize};

/// What was measured with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Model of the processor.
    pub processor: String,
    /// How many of them.
    pub processors: usize,
    /// Load averages before it began.
    pub load: String,
    /// When, in UTC.
    pub date: String,
    /// `release` or `debug`.
    pub build: String,
    /// Commit, and whether the tree was changed since.
    pub commit: String,
    /// Name and version of everything that takes part.
    pub versions: Vec<(String, String)>,
}

/// What says its version, and how it is asked.
const PROGRAMS: [(&str, &[&str]); 7] = [
    ("kernel", &["uname", "-sr"]),
    ("swtpm", &["swtpm", "--version"]),
    ("libtss2", &["pkg-config", "--modversion", "tss2-esys"]),
    ("dbus-daemon", &["dbus-daemon", "--version"]),
    ("polkitd", &["pkcheck", "--version"]),
    ("OpenSSH", &["ssh", "-V"]),
    ("rustc", &["rustc", "--version"]),
];

/// Says what this machine is.
pub fn find() -> Facts {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map(|rest| rest.trim_start_matches([' ', '\t', ':']));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<_> = load.split(' ').take(3).collect();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let version = |(name, command): &(&str, &[&str])| ((*name).to_owned(), said(command));
    Facts {
        processor: model.unwrap_or("unknown").to_owned(),
        processors: std::thread::available_parallelism().map_or(0, usize::from),
        load: load.join(" "),
        date: said(&["date", "-u", "+%Y-%m-%d %H:%M"]),
        build: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
        .to_owned(),
        commit: said(&[
            "git",
            "-C",
            root,
            "describe",
            "--always",
            "--dirty=, changed",
        ]),
        versions: PROGRAMS.iter().map(version).collect(),
    }
}

/// The first line that a program says.
fn said(command: &[&str]) -> String {
    let Some((program, arguments)) = command.split_first() else {
        return String::new();
    };
    let Ok(output) = Command::new(program).args(arguments).output() else {
        return "not found".to_owned();
    };
    // ssh says it on the other channel.
    let both = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&both);
    text.lines().next().unwrap_or_default().to_owned()
}
