//! Looks up by which names the person's ssh knows a host key.
//!
//! ssh-keygen finds the keys of a name, and not the names of a key, so the files are read here.
//! Hashed names cannot be told. Lines with a marker are left out: a key of an authority is no
//! host's, and a revoked one proves nothing.
//!
//! Specs: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; ssh_config(5), `UserKnownHostsFile` and
//! `GlobalKnownHostsFile` (their defaults; what a configuration names instead is not read).

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::{User, geteuid};
use ssh_key::known_hosts::{Entry, HostPatterns, KnownHosts as Lines};
use sshtpm_ssh::fingerprint::Fingerprint;

use super::names::Names;

/// Longest file, in bytes: some 5,000 hosts. A longer one is not read.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Those of the user, below the home directory.
const OF_USER: [&str; 2] = [".ssh/known_hosts", ".ssh/known_hosts2"];

/// Those of the machine.
const OF_MACHINE: [&str; 2] = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];

/// The files that ssh reads by default.
#[derive(Clone, Debug)]
pub(crate) struct KnownHosts(Vec<PathBuf>);

impl KnownHosts {
    /// The files of the user who runs the process. Like ssh, it takes the home directory from the
    /// user database.
    pub(crate) fn of_user() -> Self {
        let home = User::from_uid(geteuid()).ok().flatten();
        let of_user = home
            .iter()
            .flat_map(|user| OF_USER.map(|file| user.dir.join(file)));
        Self(of_user.chain(OF_MACHINE.map(PathBuf::from)).collect())
    }

    /// The names of `hosts`. A file that cannot be read has none.
    pub(crate) fn names_of(&self, hosts: &[Fingerprint]) -> Names {
        let mut names = Names::default();
        for file in &self.0 {
            let text = read(file).unwrap_or_default();
            collect(&String::from_utf8_lossy(&text), hosts, &mut names);
        }
        names
    }
}

/// Adds what `text`, in the format of `known_hosts`, calls `hosts`.
fn collect(text: &str, hosts: &[Fingerprint], names: &mut Names) {
    for entry in Lines::new(text).filter_map(Result::ok) {
        let key = Fingerprint::of(entry.public_key().key_data());
        if hosts.contains(&key) {
            plain_names(&entry).for_each(|name| names.add(key, name));
        }
    }
}

/// The names in `entry` that stand for themselves.
fn plain_names(entry: &Entry) -> impl Iterator<Item = &str> {
    let patterns: &[String] = match (entry.marker(), entry.host_patterns()) {
        (None, HostPatterns::Patterns(patterns)) => patterns,
        _ => &[],
    };
    let names = patterns.iter().map(String::as_str);
    names.filter(|name| !name.is_empty() && !name.contains(['*', '?', '!']))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Without this flag, opening a pipe would wait for a writer.
    let flags = OFlag::O_NONBLOCK.bits();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return Err(io::Error::other("it is not a file, or is too long"));
    }
    let mut text = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{Fingerprint, KnownHosts, MAX_FILE_BYTES};
    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;
    use std::path::PathBuf;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF";

    fn fingerprint() -> Fingerprint {
        let key = ssh_key::PublicKey::from_openssh(KEY).unwrap();
        Fingerprint::of(key.key_data())
    }

    /// What a person is told of the host with [`KEY`], without the key itself.
    fn told(files: &[&str]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let write = |(number, text): (usize, &&str)| -> PathBuf {
            let path = directory.path().join(number.to_string());
            std::fs::write(&path, text).unwrap();
            path
        };
        let files = files.iter().enumerate().map(write).collect();
        let names = KnownHosts(files).names_of(&[fingerprint()]);
        let words = names.in_words(fingerprint()).to_string();
        words.replace(&fingerprint().to_string(), "K")
    }

    #[test]
    fn a_host_has_the_names_of_each_file() {
        let file = format!("# comment\nnothing\nweb1,[10.0.0.1]:2222 {KEY} of alice\n");
        assert_eq!(
            told(&[&file]),
            r#""web1", "[10.0.0.1]:2222" in known_hosts, K"#
        );
        let other = format!("web2 {KEY}\n");
        let both = [format!("web1 {KEY}\n"), other];
        assert_eq!(
            told(&[&both[0], &both[1]]),
            r#""web1", "web2" in known_hosts, K"#
        );
    }

    #[test]
    fn what_is_hashed_a_pattern_or_marked_is_no_name() {
        let hashed = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=";
        for hosts in [
            hashed,
            "*.example,web?",
            "!web1",
            "@cert-authority web1",
            "@revoked web1",
        ] {
            assert_eq!(told(&[&format!("{hosts} {KEY}\n")]), "K", "{hosts}");
        }
    }

    #[test]
    fn a_pipe_in_the_place_of_a_file_keeps_nobody_waiting() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("known_hosts");
        mkfifo(&pipe, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
        let (told, names) = mpsc::channel();
        thread::spawn(move || {
            let names = KnownHosts(vec![pipe]).names_of(&[fingerprint()]);
            told.send(names.in_words(fingerprint()).to_string())
        });
        let words = names.recv_timeout(Duration::from_secs(10));
        assert_eq!(words, Ok(fingerprint().to_string()));
    }

    #[test]
    fn a_file_that_is_not_there_or_too_long_has_no_names() {
        let missing = KnownHosts(vec!["/no/such/file".into(), "/dev/zero".into()]);
        let names = missing.names_of(&[fingerprint()]);
        let words = names.in_words(fingerprint()).to_string();
        assert_eq!(words, fingerprint().to_string());
        let most = usize::try_from(MAX_FILE_BYTES).unwrap();
        let long = format!("web1 {KEY}\n{}", "#".repeat(most));
        assert_eq!(told(&[&long]), "K");
    }
}
