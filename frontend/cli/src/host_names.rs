//! What the caller's ssh calls hosts that are known by their keys.
//!
//! Purpose: the record of use has fingerprints of host keys, and people know names. A name in
//! `known_hosts` is taken as it stands. A hashed one is found if it is the hash of a name that is
//! known from elsewhere; it cannot be told otherwise.
//!
//! May touch: runs `ssh -G`, which connects to no host; reads the files of known hosts, and the
//! names of hosts in ssh's configuration, which are guesses alone. Must never connect to a host, or
//! say a name that no file gives to this key.
//!
//! Specs: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; OpenSSH `hostfile.c` (HMAC-SHA1 of the name, with
//! the salt as the key).

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac};
use sha1::Sha1;
use ssh_key::known_hosts::{Entry, HostPatterns, KnownHosts};
use ssh_key::{HashAlg, PublicKey};
use sshtpm_dbus::KeyInfo;

use super::person;
use super::probe::ssh_settings::{ANY_HOST, SshSettings};

/// Longest file that is read, in bytes: some 5,000 hosts. The rest of a longer one is not read.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Most names that are tried as the one behind a hash; each costs a microsecond for each hash.
const MAX_GUESSES: usize = 1000;

/// What ssh has in the place of a file where it reads none: ssh_config(5), `UserKnownHostsFile`.
const NO_FILE: &str = "none";

/// Where ssh's configuration may name hosts; below the home directory, and for all.
const OF_USER: &str = ".ssh/config";
const OF_MACHINE: &str = "/etc/ssh/ssh_config";

/// Names of hosts by the fingerprints of their keys.
#[derive(Debug, Default)]
pub(crate) struct HostNames(HashMap<String, String>);

impl HostNames {
    /// The names of all hosts that the caller's ssh knows, and of those that are destinations of
    /// `keys`. What cannot be read has no names.
    pub(crate) async fn of_user(keys: &[KeyInfo]) -> Self {
        let mut names = Self::default();
        let mut guesses = vec!["localhost".to_owned()];
        for hop in keys.iter().flat_map(|key| &key.destinations) {
            guesses.push(hop.to_host.clone());
            for key in &hop.to_keys {
                if let Ok(key) = PublicKey::from_bytes(&key.blob) {
                    names.add(&key, &hop.to_host);
                }
            }
        }
        let home = person::home_directory().ok();
        let configurations = home.map(|home| home.join(OF_USER)).into_iter();
        for file in configurations.chain([PathBuf::from(OF_MACHINE)]) {
            guesses.extend(hosts_named_in(&read(&file)));
        }
        guesses.truncate(MAX_GUESSES);
        for file in known_hosts_files().await {
            names.read(&read(&file), &guesses);
        }
        names
    }

    /// What the host with the key of this fingerprint is called.
    pub(crate) fn name_of(&self, fingerprint: &str) -> Option<&str> {
        self.0.get(fingerprint).map(String::as_str)
    }

    /// Adds what `text`, in the format of `known_hosts`, calls hosts.
    fn read(&mut self, text: &str, guesses: &[String]) {
        for entry in KnownHosts::new(text).filter_map(Result::ok) {
            if let (None, Some(name)) = (entry.marker(), name_in(&entry, guesses)) {
                self.add(entry.public_key(), name);
            }
        }
    }

    /// The first name stays: that of a destination is the one by which the key knows the host.
    fn add(&mut self, key: &PublicKey, name: &str) {
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        self.0.entry(fingerprint).or_insert_with(|| name.to_owned());
    }
}

#[cfg(test)]
impl HostNames {
    /// One host.
    pub(crate) fn of_one(fingerprint: &str, name: &str) -> Self {
        Self(HashMap::from([(fingerprint.to_owned(), name.to_owned())]))
    }
}

async fn known_hosts_files() -> Vec<PathBuf> {
    let Ok(settings) = SshSettings::ask(ANY_HOST, None).await else {
        return Vec::new();
    };
    let settings = ["userknownhostsfile", "globalknownhostsfile"].map(|name| settings.text(name));
    let lines = settings.iter().flatten();
    let files = lines.flat_map(|line| line.split_whitespace());
    files
        .filter(|file| *file != NO_FILE)
        .map(PathBuf::from)
        .collect()
}

/// The name that stands for itself, or the guess that has the hash.
fn name_in<'a>(entry: &'a Entry, guesses: &'a [String]) -> Option<&'a str> {
    match entry.host_patterns() {
        HostPatterns::Patterns(patterns) => {
            let mut names = patterns.iter().map(String::as_str);
            names.find(|name| !name.is_empty() && !name.contains(['*', '?', '!']))
        }
        HostPatterns::HashedName { salt, hash } => {
            let mut guesses = guesses.iter().map(String::as_str);
            guesses.find(|guess| is_hash_of(guess, salt, hash))
        }
    }
}

fn is_hash_of(name: &str, salt: &[u8], hash: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(salt) else {
        return false;
    };
    mac.update(name.to_lowercase().as_bytes());
    mac.verify_slice(hash).is_ok()
}

/// The words after `Host` and `HostName` in the configuration of ssh, alone and with each port that
/// is named in it.
fn hosts_named_in(configuration: &str) -> Vec<String> {
    let words_after = |keyword: &'static str| {
        configuration.lines().flat_map(move |line| {
            let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
            let is_meant = words
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case(keyword));
            words.filter(move |_| is_meant)
        })
    };
    let hosts = words_after("host").chain(words_after("hostname"));
    let hosts = hosts.map(|word| word.trim_matches('"'));
    let hosts: Vec<&str> = hosts
        .filter(|word| !word.contains(['*', '?', '!']))
        .collect();
    let with_port = |port: &str| {
        let hosts = hosts.iter().map(move |host| format!("[{host}]:{port}"));
        hosts.collect::<Vec<_>>()
    };
    let at_ports = words_after("port").flat_map(with_port);
    let plain = hosts.iter().map(|host| (*host).to_owned());
    plain.chain(at_ports).take(MAX_GUESSES).collect()
}

/// The text of a regular file, or nothing.
fn read(path: &Path) -> String {
    let mut bytes = Vec::new();
    let is_file = path.is_file();
    if let (true, Ok(file)) = (is_file, File::open(path)) {
        // What was read before an error counts.
        let _ = file.take(MAX_FILE_BYTES).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
#[path = "host_names_tests.rs"]
mod tests;
