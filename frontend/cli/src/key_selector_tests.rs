use sshtpm_dbus::KeyInfo;

use super::{CANDIDATE_COLUMNS, KeySelector, Unresolved, find_all};
use crate::key_listing::example_key;
use crate::width::width;

fn keys() -> Vec<KeyInfo> {
    [
        ("SHA256:abcdEFGH1", "laptop"),
        ("SHA256:abcdEFGH2", "work"),
        ("SHA256:zyxw987", "work"),
        ("SHA256:workwork", "tricky"),
        ("SHA256:qqqqq", "abcdEFGH1"),
        ("SHA256:+/+/+/", ""),
    ]
    .map(|(fingerprint, comment)| KeyInfo {
        fingerprint: fingerprint.to_owned(),
        comment: comment.to_owned(),
        ..example_key()
    })
    .to_vec()
}

fn resolve(name: &str) -> Result<String, Unresolved> {
    KeySelector::new(name)
        .resolve(&keys())
        .map(|key| key.fingerprint.clone())
}

#[test]
fn a_key_that_is_named_twice_is_meant_once() {
    let names = ["laptop".to_owned(), "SHA256:abcdEFGH1".to_owned()];
    assert_eq!(find_all(&names, &keys(), None).unwrap().len(), 1);
}

#[test]
fn one_wrong_name_spares_all_keys() {
    let names = ["laptop".to_owned(), "nonsense".to_owned()];
    assert!(find_all(&names, &keys(), None).is_err());
}

#[test]
fn a_fingerprint_names_its_key_with_and_without_the_hash_name() {
    for name in ["SHA256:zyxw987", "zyxw987"] {
        assert_eq!(resolve(name), Ok("SHA256:zyxw987".to_owned()));
    }
}

#[test]
fn a_unique_beginning_names_its_key() {
    for name in ["SHA256:zyxw", "zyxw", "+/+/"] {
        assert!(resolve(name).is_ok(), "{name}");
    }
}

#[test]
fn a_beginning_of_several_fingerprints_lists_them() {
    let Err(Unresolved::Ambiguous(candidates)) = resolve("abcdEFGH") else {
        panic!("not ambiguous");
    };
    assert_eq!(
        candidates,
        ["SHA256:abcdEFGH1 laptop", "SHA256:abcdEFGH2 work"]
    );
}

#[test]
fn three_characters_are_too_few() {
    assert_eq!(resolve("zyx"), Err(Unresolved::TooShort));
    assert_eq!(resolve("SHA256:zyx"), Err(Unresolved::TooShort));
    assert_eq!(resolve("SHA256:"), Err(Unresolved::TooShort));
}

#[test]
fn upper_and_lower_case_differ() {
    assert_eq!(resolve("ZYXW987"), Err(Unresolved::Nothing));
}

#[test]
fn a_comment_names_its_key() {
    assert_eq!(resolve("laptop"), Ok("SHA256:abcdEFGH1".to_owned()));
}

#[test]
fn the_beginning_of_a_comment_names_nothing() {
    assert_eq!(resolve("lapto"), Err(Unresolved::Nothing));
}

#[test]
fn a_comment_of_several_keys_lists_them() {
    let mut keys = keys();
    keys.retain(|key| key.comment != "tricky");
    let result = KeySelector::new("work").resolve(&keys);
    assert!(matches!(result, Err(Unresolved::Ambiguous(lines)) if lines.len() == 2));
}

#[test]
fn a_whole_fingerprint_beats_a_comment() {
    assert_eq!(resolve("abcdEFGH1"), Ok("SHA256:abcdEFGH1".to_owned()));
}

#[test]
fn a_prefix_of_one_key_that_is_the_comment_of_another_lists_both() {
    let keys: Vec<KeyInfo> = keys()
        .into_iter()
        .filter(|key| key.fingerprint != "SHA256:zyxw987")
        .collect();
    let result = KeySelector::new("work").resolve(&keys);
    let both = ["SHA256:abcdEFGH2 work", "SHA256:workwork tricky"].map(str::to_owned);
    assert_eq!(result, Err(Unresolved::Ambiguous(both.to_vec())));
}

#[test]
fn a_key_that_is_called_as_its_own_fingerprint_begins_is_one_key() {
    let key = KeyInfo {
        fingerprint: "SHA256:workwork".to_owned(),
        comment: "work".to_owned(),
        ..example_key()
    };
    assert!(KeySelector::new("work").resolve(&[key]).is_ok());
}

#[test]
fn nothing_is_found_among_no_keys() {
    let result = KeySelector::new("abcd").resolve(&[]);
    assert_eq!(result, Err(Unresolved::Nothing));
}

#[test]
fn the_failure_for_people_lists_the_candidates_and_what_to_do() {
    let text = KeySelector::new("abcdEFGH")
        .find(&keys(), None)
        .unwrap_err()
        .to_string();
    assert!(text.contains("\n  SHA256:abcdEFGH2 work\n"), "{text}");
    assert!(text.ends_with("Name it by its fingerprint."), "{text}");
}

#[test]
fn a_candidate_takes_one_line_of_a_terminal() {
    let key = |fingerprint: &str| KeyInfo {
        fingerprint: format!("SHA256:{fingerprint}{}", "x".repeat(40)),
        comment: "笔记本".repeat(50),
        ..example_key()
    };
    let result = KeySelector::new("work")
        .resolve(&[key("work1"), key("work2")])
        .map(|_| ());
    let Err(Unresolved::Ambiguous(candidates)) = result else {
        panic!("not ambiguous");
    };
    let fits = |line: &String| width(line) <= CANDIDATE_COLUMNS;
    assert!(
        candidates.len() == 2 && candidates.iter().all(fits),
        "{candidates:?}"
    );
}

#[test]
fn an_md5_fingerprint_names_its_key_with_and_without_the_hash_name() {
    let md5 = "02:24:b6:70:00:71:04:22:6e:84:c2:87:fa:cc:1c:ff";
    for name in [md5.to_owned(), format!("MD5:{md5}"), md5.to_uppercase()] {
        let keys = [example_key()];
        let found = KeySelector::new(&name).resolve(&keys);
        assert!(found.is_ok(), "{name}: {found:?}");
    }
    let other = md5.replace('a', "b");
    let keys = [example_key()];
    let found = KeySelector::new(&other).resolve(&keys);
    assert_eq!(found, Err(Unresolved::Nothing));
}

#[test]
fn a_line_of_authorized_keys_names_its_key_and_no_other() {
    let key = example_key();
    let line = format!("restrict,command=\"a b\" {} x", key.public_key);
    let keys = [key];
    assert!(KeySelector::new(&line).resolve(&keys).is_ok());
    let absent = KeySelector::new(&line).resolve(&[]).map(|_| ());
    let fingerprint = keys[0].fingerprint.parse().unwrap();
    assert_eq!(absent, Err(Unresolved::Absent(fingerprint)));
}

#[test]
fn a_file_that_is_called_as_another_key_lists_both() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("id.pub");
    let name = path.to_str().unwrap();
    std::fs::write(&path, example_key().public_key).unwrap();
    let other = KeyInfo {
        fingerprint: "SHA256:other".to_owned(),
        comment: name.to_owned(),
        ..example_key()
    };
    let keys = [example_key(), other];
    let found = KeySelector::new(name).resolve(&keys);
    assert!(matches!(found, Err(Unresolved::Ambiguous(lines)) if lines.len() == 2));
    assert!(KeySelector::new(name).resolve(&keys[..1]).is_ok());
    std::fs::write(&path, "nothing").unwrap();
    let found = KeySelector::new(name).resolve(&keys[..1]);
    assert_eq!(found, Err(Unresolved::NoKeyInFile));
}
