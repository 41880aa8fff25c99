//! The libraries that a package is built with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The names of all packages that `package` is built with, by itself or by way of others; without
/// those that are for tests or for building alone.
pub(super) fn of(metadata: &Value, package: &str) -> BTreeSet<String> {
    let names: BTreeMap<&str, &str> = each(&metadata["packages"])
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let nodes: BTreeMap<&str, &Value> = each(&metadata["resolve"]["nodes"])
        .map(|node| (text(&node["id"]), node))
        .collect();
    let first = names.iter().find(|(_, name)| **name == package);
    let mut ahead = vec![*first.expect("a package of the workspace").0];
    let mut found = BTreeSet::new();
    while let Some(id) = ahead.pop() {
        if found.insert(names[id].to_owned()) {
            let normal = each(&nodes[id]["deps"]).filter(|dependency| is_normal(dependency));
            ahead.extend(normal.map(|dependency| text(&dependency["pkg"])));
        }
    }
    found
}

fn is_normal(dependency: &Value) -> bool {
    each(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null())
}

fn each(values: &Value) -> impl Iterator<Item = &Value> {
    values.as_array().expect("a list").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
