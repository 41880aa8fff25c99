//! Files of known hosts, which every program of the user can write.

use sshtpm_fuzz::{Budget, Line, Target};

use super::{Names, collect};
use sshtpm_ssh::fingerprint::Fingerprint;

/// A line is read as a key and its names, each of which is a text of its own.
const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 16 * 1024,
        per_byte: 32,
    },
    ..Budget::PLAIN
};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF";

#[test]
fn known_hosts_of_any_content_cost_little_to_read_and_are_quoted() {
    let key = ssh_key::PublicKey::from_openssh(KEY).unwrap();
    let host = Fingerprint::of(key.key_data());
    let plain = format!("web1,[10.0.0.1]:2222 {KEY} of alice\n");
    let marked = format!("@cert-authority *.example {KEY}\n");
    let hashed = format!("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= {KEY}\n");
    let target = Target::new("known-host-names").seeds([plain, marked, hashed]);
    let target = target.words(["@revoked ", "|1|", ",", "!", "ssh-rsa", "\u{202e}"]);
    target.budget(BUDGET).run(|text| {
        let mut names = Names::default();
        collect(&String::from_utf8_lossy(text), &[host], &mut names);
        let words = names.in_words(host).to_string();
        assert!(!words.contains(char::is_control), "{words:?}");
        Ok::<_, ()>(words.contains("known_hosts"))
    });
}
