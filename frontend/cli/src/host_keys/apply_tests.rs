use std::fs;
use std::path::Path;

use sshtpm_dbus::KeyInfo;

use super::{
    Config, ConfigDir, FileChanges, Settings, Sshd, SshdPath, Wanted, apply, key_files,
    software_keys, stale, write_keys,
};
use crate::args::{EnableArgs, SshdArgs};
use crate::key_listing::example_key;

#[test]
fn nothing_goes_away_before_sshd_accepts_what_takes_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("sshd_config.d")).unwrap();
    fs::write(path("ssh_host_rsa_key"), "key").unwrap();
    let stale = path("sshtpm_host_rsa_key.pub");
    fs::write(&stale, key_files::content(&example_key())).unwrap();
    let args = enable_args(directory.path());
    let config = Config::of(&args).unwrap();
    let place = ConfigDir::example(directory.path());
    // An sshd that accepts nothing.
    let sshd = Sshd::find(&args.sshd, &place).unwrap();
    let socket = SshdPath::new(&args.sshd.agent_socket).unwrap();
    let mut changes = FileChanges::default();
    let keys = [example_key()];
    let wanted = Wanted::default();
    let applied = apply(&sshd, &socket, &keys, &wanted, &config, &mut changes);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    assert!(runtime.unwrap().block_on(applied).is_err());
    assert!(!place.drop_in().exists() && stale.exists());
    assert_eq!(software_keys::present(directory.path()).len(), 1);
    drop(changes);
    assert!(!path("sshtpm_host_ecdsa_key.pub").exists());
}

fn enable_args(directory: &Path) -> EnableArgs {
    EnableArgs {
        config: directory.join("none"),
        key_dir: None,
        replace_existing: true,
        sshd: SshdArgs {
            sshd_config_dir: Some(directory.to_owned()),
            agent_socket: directory.join("agent.sock"),
            sshd: Some("false".into()),
        },
    }
}

#[test]
fn a_key_file_that_is_not_ours_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sshtpm_host_ecdsa_key.pub");
    fs::write(&path, "ssh-rsa AAAA theirs\n").unwrap();
    let mut changes = FileChanges::default();
    let content = key_files::content(&example_key());
    let text = key_files::write(&path, &content, &mut changes)
        .unwrap_err()
        .to_string();
    assert!(text.contains("Move it away"), "{text}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "ssh-rsa AAAA theirs\n");
}

#[test]
fn a_key_file_of_ours_is_replaced_whatever_key_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sshtpm_host_ecdsa_key.pub");
    let older = KeyInfo {
        public_key: "ecdsa-sha2-nistp256 AAAA".to_owned(),
        ..example_key()
    };
    fs::write(&path, key_files::content(&older)).unwrap();
    let mut changes = FileChanges::default();
    let content = key_files::content(&example_key());
    key_files::write(&path, &content, &mut changes).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text, key_files::content(&example_key()));
}

#[test]
fn a_directory_for_key_files_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().join("keys");
    let mut changes = FileChanges::default();
    write_keys(&keys, &[example_key()], &mut changes).unwrap();
    assert!(keys.join("sshtpm_host_ecdsa_key.pub").exists());
    let below_nothing = directory.path().join("no/such");
    assert!(write_keys(&below_nothing, &[example_key()], &mut changes).is_err());
}

#[test]
fn a_key_file_of_ours_is_stale_once_no_configuration_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let names = ["ecdsa", "ecdsa_2", "rsa"].map(|kind| format!("sshtpm_host_{kind}_key"));
    let files = names.each_ref().map(|name| path(&format!("{name}.pub")));
    for file in &files {
        fs::write(file, key_files::content(&example_key())).unwrap();
    }
    let [first, second, third] = &names;
    let certificates = [first, second].map(|name| path(&format!("{name}-cert.pub")));
    for file in &certificates {
        fs::write(file, key_files::marked("ecdsa-cert AAAA")).unwrap();
    }
    let settings = Settings::new(format!(
        "hostkey {}\nhostkey {}.pub\nhostkey /etc/ssh/ssh_host_rsa_key\nhostcertificate {}\n",
        path(first).display(),
        path(third).display(),
        certificates[0].display()
    ));
    let mut candidates = files.to_vec();
    candidates.extend(files.to_vec());
    candidates.extend(certificates.clone());
    candidates.push(path("sshtpm_host_gone_key.pub"));
    assert_eq!(
        stale(candidates, &settings),
        [certificates[1].clone(), path(&format!("{second}.pub"))]
    );
}
