//! The pages for people: each can be found, and each link leads somewhere.
//!
//! `make site` also checks anchors, and needs tools for that. These tests need none, so a file that
//! was moved is noticed without them.
//!
//! May touch: reads the files of the project.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Directories of which all pages are for people.
const DIRECTORIES: [&str; 4] = ["", "docs", "docs/guides", "docs/internals"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The pages of one directory, as paths from the root.
fn pages_in(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(directory)).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("a name in UTF-8"));
    let pages = names.filter(|name| name.ends_with(".md"));
    pages
        .map(|name| {
            format!("{directory}/{name}")
                .trim_start_matches('/')
                .to_owned()
        })
        .collect()
}

/// What the page links to, without anchors and without addresses of the web.
fn targets(page: &str) -> Vec<String> {
    let text = read(page);
    let parts = text.split("](").skip(1);
    let targets = parts.filter_map(|part| part.split(')').next());
    targets
        .map(|target| target.split('#').next().unwrap_or_default().to_owned())
        .filter(|target| !target.is_empty() && !target.starts_with("http"))
        .collect()
}

/// Whether what `page` calls `target` is there.
fn leads_somewhere(page: &str, target: &str) -> bool {
    let directory = root().join(page).parent().expect("a directory").to_owned();
    directory.join(target).exists()
}

#[test]
fn each_page_for_people_is_in_the_contents_of_the_site() {
    let contents = "docs/site/contents.md";
    let directory = root().join("docs/site");
    let listed: BTreeSet<_> = targets(contents)
        .iter()
        .map(|target| directory.join(target).canonicalize().expect(target))
        .collect();
    for page in DIRECTORIES.into_iter().flat_map(pages_in) {
        let path = root().join(&page).canonicalize().expect("a page");
        assert!(listed.contains(&path), "{page} is not in {contents}");
    }
}

#[test]
fn each_decision_is_in_the_index_of_decisions() {
    let listed: BTreeSet<_> = targets("docs/decisions/README.md").into_iter().collect();
    for page in pages_in("docs/decisions") {
        let name = page.rsplit('/').next().expect("a name");
        assert!(name == "README.md" || listed.contains(name), "{page}");
    }
}

#[test]
fn each_link_of_a_page_leads_to_a_file() {
    let directories = DIRECTORIES
        .into_iter()
        .chain(["docs/site", "docs/decisions"]);
    let mut count = 0;
    for page in directories.flat_map(pages_in) {
        for target in targets(&page) {
            assert!(leads_somewhere(&page, &target), "{page}: {target}");
            count += 1;
        }
    }
    assert!(count > 300, "only {count} links were found");
}
