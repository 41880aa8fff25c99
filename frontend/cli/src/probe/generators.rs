//! The environment that systemd will make for the user's next session.
//!
//! May touch: runs systemd's generators, as each login does. Must never change a file.
//!
//! Sources: systemd.environment-generator(7). They run one after the other, in the order of their
//! names. Each one gets the variables that the earlier ones printed. If two directories have one of
//! the same name, the one in the first directory runs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::program::{self, is_executable};

/// Where they are, the most important first.
const DIRECTORIES: [&str; 4] = [
    "/run/systemd/user-environment-generators",
    "/etc/systemd/user-environment-generators",
    "/usr/local/lib/systemd/user-environment-generators",
    "/usr/lib/systemd/user-environment-generators",
];

/// The one that reads environment.d.
const READER: &str = "30-systemd-environment-d-generator";

/// Most entries of a directory that are looked at; distributions have a handful.
const MAX_ENTRIES: usize = 64;

/// How long all of them together may take; they read some files.
const MAX_RUNNING: Duration = Duration::from_secs(10);

/// Variables and their values.
pub(crate) type Environment = BTreeMap<String, String>;

/// What they make of `start`.
///
/// # Errors
///
/// There is no systemd that would read environment.d, or they take too long.
pub(crate) async fn run(start: Environment) -> io::Result<Environment> {
    let generators = all(&DIRECTORIES.map(Path::new));
    if !generators.contains_key(READER) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let all = async {
        let mut environment = start;
        for path in generators.values() {
            let mut command = Command::new(path);
            command.env_clear().envs(&environment);
            // systemd goes on without one that fails, too.
            if let Ok(ended) = program::run(command, MAX_RUNNING).await
                && ended.status.success()
            {
                environment.extend(said(&String::from_utf8_lossy(&ended.stdout)));
            }
        }
        environment
    };
    tokio::time::timeout(MAX_RUNNING, all)
        .await
        .map_err(|_elapsed| io::ErrorKind::TimedOut.into())
}

/// The programs, by their names. One that is empty or cannot be run hides others of its name.
fn all(directories: &[&Path]) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for directory in directories.iter().rev() {
        let entries = fs::read_dir(directory).into_iter().flatten();
        for entry in entries.take(MAX_ENTRIES).flatten() {
            found.insert(
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            );
        }
    }
    found.retain(|_name, path| can_be_run(path));
    found
}

fn can_be_run(path: &Path) -> bool {
    is_executable(path) && path.metadata().is_ok_and(|metadata| metadata.len() > 0)
}

fn said(output: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = output.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::{Environment, all, said};

    #[test]
    fn the_last_value_counts() {
        let said: Environment = said("A=/a\nB=1\nno variable\nA=/b=c\n").collect();
        let wanted = [("A", "/b=c"), ("B", "1")];
        assert_eq!(said, wanted.map(|(a, b)| (a.into(), b.into())).into());
    }

    #[test]
    fn the_first_directory_wins_and_can_switch_one_off() {
        let home = tempfile::tempdir().unwrap();
        let (first, second) = (home.path().join("a"), home.path().join("b"));
        for (directory, name, content) in [
            (&first, "50-both", "x"),
            (&first, "90-off", ""),
            (&second, "90-off", "x"),
            (&second, "50-both", "x"),
            (&second, "10-mine", "x"),
        ] {
            fs::create_dir_all(directory).unwrap();
            let path = directory.join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
        let found: Vec<_> = all(&[&first, &second]).into_values().collect();
        assert_eq!(found, [second.join("10-mine"), first.join("50-both")]);
    }
}
