//! Tests of how uses are shown to people.

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyUse;

use super::{HostNames, UseListing, example_use, place};
use crate::key_listing::example_key;
use crate::screen::Screen;

fn line(used: KeyUse) -> String {
    line_with(used, &HostNames::default())
}

fn line_with(used: KeyUse, names: &HostNames) -> String {
    let keys = [example_key()];
    let listing = UseListing::new(&keys, names, TimeZone::UTC);
    let text = listing.table(&[used]).shown_on(Screen::PLAIN);
    assert_eq!(text.lines().count(), 2, "{text}");
    text.lines().nth(1).unwrap().to_owned()
}

#[test]
fn a_use_is_one_line_of_the_table() {
    assert_eq!(
        line(example_use()),
        "2023-11-14 22:13  signed   log in as git  SHA256:47DEQpj8HBSa…  ssh      ann@host"
    );
}

#[test]
fn a_host_with_a_name_is_called_by_it() {
    let names = HostNames::of_one(&example_use().destination, "git.example\u{1b}");
    let line = line_with(example_use(), &names);
    assert!(line.contains("  git.example\\u{1b}  ssh  "), "{line}");
}

#[test]
fn a_place_is_told_in_a_word_or_two() {
    let told = |purpose: &str| {
        let used = KeyUse {
            purpose: purpose.to_owned(),
            namespace: "file".to_owned(),
            service: "sudo".to_owned(),
            ..example_use()
        };
        place(&used, &HostNames::of_one(&used.destination, "alpha"))
    };
    let purposes = ["auth", "sign", "ca", "host", "sudo", "raw"];
    let places = [
        "alpha",
        "namespace file",
        "certificate",
        "this host",
        "sudo",
        "digest",
    ];
    assert_eq!(purposes.map(told), places);
}

#[test]
fn a_refusal_says_why_and_how_often() {
    let refused = KeyUse {
        purpose: "sign".to_owned(),
        namespace: "file".to_owned(),
        destination: String::new(),
        client: String::new(),
        outcome: "NamespaceNotPermitted".to_owned(),
        more: 979,
        forwarded: true,
        ..example_use()
    };
    let line = line(refused);
    let expected = "namespace not permitted (979 more)  sign in namespace file, forwarded  -";
    assert!(line.contains(expected), "{line}");
}

#[test]
fn a_use_by_sudo_names_its_user_and_service() {
    let vouched = KeyUse {
        purpose: "sudo".to_owned(),
        user: "alice".to_owned(),
        service: "su do".to_owned(),
        ..example_use()
    };
    let line = line(vouched);
    assert!(line.contains("vouch for alice to \"su do\""), "{line}");
}

#[test]
fn names_cannot_forge_a_line_or_command_the_terminal() {
    for hostile in [
        "a\nb",
        "\u{1b}[2J",
        "git  SHA256:forged  ssh",
        "\u{202e}tig",
    ] {
        let used = KeyUse {
            user: hostile.to_owned(),
            client: hostile.to_owned(),
            destination: hostile.to_owned(),
            outcome: hostile.to_owned(),
            ..example_use()
        };
        let line = line(used);
        assert!(
            !line.contains(|c: char| c.is_control() || c == '\u{202e}'),
            "{line}"
        );
        assert!(line.contains("log in as \""), "{line}");
    }
    let forger = KeyUse {
        user: r#"git"  SHA256:forged  ssh  "\"#.to_owned(),
        ..example_use()
    };
    let line = line(forger);
    let one_name = r#"log in as "git\"  SHA256:forged  ssh  \"\\"  SHA256:47DEQpj8HBSa"#;
    assert!(line.contains(one_name), "{line}");
}

#[test]
fn a_deleted_key_is_shown_by_its_fingerprint() {
    let deleted = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    assert!(
        line(KeyUse {
            key: deleted.to_owned(),
            ..example_use()
        })
        .ends_with("  SHA256:47DEQpj8HBSa…")
    );
}
