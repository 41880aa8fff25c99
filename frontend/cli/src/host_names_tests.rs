use super::{HostNames, hosts_named_in};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF";

fn fingerprint() -> String {
    let key = ssh_key::PublicKey::from_openssh(KEY).unwrap();
    key.fingerprint(ssh_key::HashAlg::Sha256).to_string()
}

fn name(text: &str, guesses: &[&str]) -> Option<String> {
    let mut names = HostNames::default();
    let guesses: Vec<String> = guesses.iter().map(|&guess| guess.to_owned()).collect();
    names.read(text, &guesses);
    names.name_of(&fingerprint()).map(str::to_owned)
}

#[test]
fn a_host_is_called_by_its_first_name() {
    let text = format!("alpha.example,10.0.0.1 {KEY}\n[beta]:2222 {KEY}\n");
    assert_eq!(name(&text, &[]), Some("alpha.example".to_owned()));
}

#[test]
fn a_pattern_and_a_line_with_a_marker_name_nobody() {
    for names in [
        "*.example",
        "!alpha,alph?",
        "@cert-authority alpha",
        "@revoked alpha",
    ] {
        assert_eq!(
            name(&format!("{names} {KEY}\n"), &["alpha"]),
            None,
            "{names}"
        );
    }
}

/// Made with `ssh-keygen -H`.
#[test]
fn a_hashed_name_is_found_among_known_names() {
    let text = format!("|1|70pfbPNZ/69kCBQlWfCpKiiwmPU=|ydZFwDm6NoRm4C5O6ELcITyvfAk= {KEY}\n");
    assert_eq!(name(&text, &["beta", "alpha"]), Some("alpha".to_owned()));
    assert_eq!(name(&text, &["beta"]), None);
}

#[test]
fn the_configuration_of_ssh_names_hosts() {
    let text = "Host alpha \"beta\" *.example\n  HostName=10.0.0.1\n Port 2222\n# Host gone\n";
    let hosts = hosts_named_in(text);
    assert_eq!(hosts[..3], ["alpha", "beta", "10.0.0.1"]);
    assert_eq!(hosts[3], "[alpha]:2222");
    assert_eq!(hosts.len(), 6);
}
