use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{GitSetting, MAX_ENTRIES, MAX_FILE_BYTES, Off, Record, SignersLine, UnitOff, content};

fn setting(value: &str, before: Option<&str>) -> GitSetting {
    GitSetting {
        name: "gpg.format".to_owned(),
        value: value.to_owned(),
        before: before.map(str::to_owned),
    }
}

fn full() -> Record {
    Record {
        git: vec![setting("ssh", Some("openpgp \"x\"\n"))],
        signers: vec![SignersLine {
            file: "/home/o'neill/a b".into(),
            line: "ann@example.org namespaces=\"git\" ssh-rsa AAAA".to_owned(),
        }],
        units: vec![UnitOff {
            unit: "ssh-agent.socket".to_owned().try_into().unwrap(),
            how: Off::Masked,
        }],
    }
}

fn read(path: &Path) -> Record {
    toml::from_str(&content(path).unwrap()).unwrap()
}

#[test]
fn what_is_written_is_read_back_and_nothing_is_no_file() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("state/sshtpm/setup.toml");
    full().write_to(&path).unwrap();
    assert_eq!(read(&path), full());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    Record::default().write_to(&path).unwrap();
    assert!(!path.exists());
    Record::default().write_to(&path).unwrap();
}

#[test]
fn a_setting_that_setup_makes_twice_keeps_what_the_user_had() {
    let mut record = Record::default();
    record.note_setting(setting("one", Some("mine")));
    record.note_setting(setting("two", Some("one")));
    assert_eq!(record.git, [setting("two", Some("mine"))]);
    // In between the user has set it.
    record.note_setting(setting("three", Some("my other")));
    assert_eq!(record.git, [setting("three", Some("my other"))]);
}

#[test]
fn a_record_that_is_not_as_setup_writes_it_is_refused() {
    for text in [
        "nonsense",
        "[[units]]\nunit = \"--all\"\nhow = \"masked\"\n",
        "[[units]]\nunit = \"a.socket\"\nhow = \"rm\"\n",
        "[[git]]\nname = 1\nvalue = \"x\"\n",
        "more = 1\n",
    ] {
        assert!(toml::from_str::<Record>(text).is_err(), "{text}");
    }
}

#[test]
fn a_record_without_end_is_neither_read_nor_written() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("setup.toml");
    let bytes = usize::try_from(MAX_FILE_BYTES).unwrap() + 1;
    fs::write(&path, "#".repeat(bytes)).unwrap();
    assert!(content(&path).is_err());
    let many = Record {
        git: vec![setting("x", None); MAX_ENTRIES + 1],
        ..Record::default()
    };
    assert!(many.write_to(&path).is_err());
}
