//! The documents about the broker, compared with the broker.

use std::collections::BTreeSet;

use sshtpm_tests::call::{none, refused};
use sshtpm_tests::machine::env_root;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, World};

#[test]
fn the_served_interfaces_are_the_documented_ones() {
    let world = World::new();
    let served = world
        .alice()
        .call(&Request::introspect("/org/sshtpm/Broker1"));
    let served = served.expect("an introspection")[0]
        .as_str()
        .expect("XML")
        .to_owned();
    let documented = read("dbus/data/org.sshtpm.Broker1.xml");

    let served = own_interfaces(&served);
    assert!(
        served.iter().any(|line| line.contains("Generate")),
        "{served:#?}"
    );
    assert_eq!(served, own_interfaces(&documented));
}

#[test]
fn every_action_in_the_code_is_in_the_policy_and_the_other_way_round() {
    let policy = read("polkit/org.sshtpm.Broker1.policy");
    // A reserved name keeps rules that name it valid before there is a use for it.
    let (reserved, shipped): (BTreeSet<_>, BTreeSet<_>) = quoted(&policy, "<action id=\"")
        .into_iter()
        .partition(|name| is_reserved(&policy, name));
    let code = source("broker/src/authority");
    let used: BTreeSet<_> = quoted(&code, "\"org.sshtpm.Broker1.")
        .into_iter()
        .map(|name| format!("org.sshtpm.Broker1.{name}"))
        .collect();
    assert!(used.len() >= 5, "{used:?}");
    assert_eq!(used, shipped);
    assert!(used.is_disjoint(&reserved), "in use: {reserved:?}");
}

#[test]
fn polkitd_knows_every_shipped_action() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    let known = world.root().run("pkaction").ok();
    let policy = read("polkit/org.sshtpm.Broker1.policy");
    for action in quoted(&policy, "<action id=\"") {
        assert!(
            known.stdout.lines().any(|line| line == action),
            "{action} is not in {known}"
        );
    }
}

#[test]
fn the_example_rule_does_what_it_says() {
    let world = World::with_rule(&read("polkit/example-forbid-signing.rules"));
    world
        .root()
        .run("sed -i s/^nogroup:.*/&\\nkiosk:x:2000:bob/ /etc/group")
        .ok();
    let (alices, bobs) = (world.alice().key("alice's"), world.bob().key("bob's"));
    let data = sshsig("data");
    world
        .alice()
        .sign(&alices, &data, 0, none())
        .expect("alice is in no group");
    assert_eq!(
        refused(world.bob().sign(&bobs, &data, 0, none())),
        "NotAuthorized"
    );
}

#[test]
fn every_error_that_is_documented_exists_and_the_other_way_round() {
    let documented = read("dbus/data/org.sshtpm.Broker1.xml");
    let code = read("dbus/src/error.rs");
    for name in quoted(&code, "=> \"org.sshtpm.Broker1.Error.") {
        assert!(documented.contains(&name), "{name} is not documented");
    }
}

/// Whether the comment above the action says that nothing asks for it.
fn is_reserved(policy: &str, action: &str) -> bool {
    let before = policy
        .split(&format!("<action id=\"{action}\""))
        .next()
        .unwrap_or_default();
    let comment = before.rsplit("<!--").next().unwrap_or_default();
    comment
        .trim_start()
        .starts_with("Reserved: nothing asks for it yet.")
}

/// The interfaces of ours in an introspection, one element a line, without documentation and names
/// of the other interfaces that every object has.
fn own_interfaces(xml: &str) -> BTreeSet<String> {
    let xml = without(xml, "<!--", "-->");
    let xml = without(&xml, "<!DOCTYPE", ">");
    let mut path: Vec<String> = Vec::new();
    let mut lines = BTreeSet::new();
    for element in xml.split('<').skip(1) {
        let element = element.split('>').next().unwrap_or_default();
        let closes = element.starts_with('/');
        if closes {
            path.pop();
            continue;
        }
        let tag = normal_form(element.trim_end_matches('/'));
        let line = path
            .iter()
            .chain([&tag])
            .cloned()
            .collect::<Vec<_>>()
            .join(" > ");
        let ours = line.contains("name=\"org.sshtpm.");
        if ours && !line.contains("org.freedesktop.DBus.Doc") && !line.contains("doc:") {
            lines.insert(line);
        }
        if !element.ends_with('/') && !element.starts_with('?') {
            path.push(tag);
        }
    }
    lines
}

/// Attributes in alphabetical order; the name of the node, which only a file has, left out.
fn normal_form(element: &str) -> String {
    let element = element.split_whitespace().collect::<Vec<_>>().join(" ");
    let (tag, rest) = element.split_once(' ').unwrap_or((&element, ""));
    if tag == "node" {
        return "node".to_owned();
    }
    let mut attributes: Vec<String> = rest
        .split("\" ")
        .filter(|attribute| !attribute.is_empty())
        .map(|attribute| format!("{}\"", attribute.trim_end_matches('"')))
        .collect();
    attributes.sort();
    format!("{tag} {}", attributes.join(" "))
}

fn without(text: &str, start: &str, end: &str) -> String {
    let mut parts = text.split(start);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once(end).map_or("", |(_, rest)| rest));
    }
    kept
}

/// What follows `start` up to the next quotation mark, wherever it occurs.
fn quoted(text: &str, start: &str) -> Vec<String> {
    let rests = text.split(start).skip(1);
    rests
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

fn source(directory: &str) -> String {
    let path = format!("{}/{directory}", env_root());
    let entries = std::fs::read_dir(path).expect("a room");
    entries
        .map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).unwrap_or_default())
        .collect()
}

fn read(path: &str) -> String {
    let path = format!("{}/{path}", env_root());
    std::fs::read_to_string(&path).expect(&path)
}
