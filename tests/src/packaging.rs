//! What is installed: `packaging/files` has all of it, and Debian's files, the spec of Fedora and
//! the page for packagers say the same.
//!
//! May touch: reads the files of the project.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Directories whose files are all installed.
const INSTALLED: [&str; 7] = [
    "systemd",
    "docs/man",
    "docs/completions",
    "dbus/data",
    "packaging/apparmor",
    "packaging/openrc",
    "packaging/dinit",
];

/// What the table has for a distribution that does without a directory.
const NOT_THERE: &str = "–";

/// Columns of the table in the page.
const DEBIAN: usize = 2;
const FEDORA: usize = 3;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files below a directory, as paths from the root of the project.
fn below(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(directory)).expect("a directory") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        let path = format!("{directory}/{name}");
        match entry.path().is_dir() {
            true => found.extend(below(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// The files that a word with at most one `*` in its last part means.
fn expand(word: &str) -> Vec<String> {
    let (directory, name) = word.rsplit_once('/').expect("a path");
    match name.split_once('*') {
        None => vec![word.to_owned()],
        Some((prefix, suffix)) => {
            let is_meant = |path: &String| {
                let name = path.rsplit('/').next().unwrap_or_default();
                name.starts_with(prefix) && name.ends_with(suffix)
            };
            below(directory).into_iter().filter(is_meant).collect()
        }
    }
}

/// Each file that is listed, `@/` before what Cargo builds, and its directory's word.
fn listed() -> Vec<(String, String)> {
    let list = read("packaging/files");
    let mut found = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_part, directory, _, files] = cells.as_slice() else {
            panic!("not four cells: {line}");
        };
        for file in files.split(' ').flat_map(expand) {
            found.push((file, (*directory).to_owned()));
        }
    }
    found
}

/// The table of the page: where each directory is for the distribution in this column.
fn places(column: usize) -> BTreeMap<String, String> {
    let page = read("docs/PACKAGING.md");
    let rows = page
        .lines()
        .skip_while(|line| !line.starts_with("| directory "));
    let mut places = BTreeMap::new();
    for row in rows.skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let place = cells.get(column).expect("a cell").trim_matches('`');
        for word in cells.first().expect("a first cell").split(", ") {
            let place = match word.strip_prefix("man") {
                Some(_) => format!("{place}/{word}"),
                None => place.to_owned(),
            };
            places.insert(word.to_owned(), place);
        }
    }
    places
}

/// The files of the list that the distribution in this column has, each with its directory.
fn wanted(column: usize) -> BTreeSet<(String, String)> {
    let places = places(column);
    let at = |(file, word): (String, String)| {
        let place = places.get(&word);
        let place = place.unwrap_or_else(|| panic!("docs/PACKAGING.md lacks {word}"));
        (place != NOT_THERE).then(|| (file, place.clone()))
    };
    listed().into_iter().filter_map(at).collect()
}

/// What debhelper installs by a file of `debian/`, where each line has sources and a directory.
fn by_install(file: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in read(file).lines().filter(|line| !line.is_empty()) {
        let (sources, directory) = line.rsplit_once(' ').expect("sources and a directory");
        for source in sources.split(' ').flat_map(expand) {
            found.push((source, format!("/{directory}")));
        }
    }
    found
}

/// What `debian/rules` installs by `install -t`.
fn by_rules() -> Vec<(String, String)> {
    let rules = read("debian/rules").replace("\\\n", " ");
    let lines = rules
        .lines()
        .filter_map(|line| line.split_once(" -t debian/"));
    let mut found = Vec::new();
    for (_, rest) in lines {
        let mut words = rest.split_whitespace();
        let target = words.next().expect("a directory");
        let (_package, directory) = target.split_once('/').expect("a package's directory");
        for file in words {
            found.push((file.replace("$(BUILT)", "@"), format!("/{directory}")));
        }
    }
    found
}

/// What Debian's packages have, documentation aside.
fn of_debian() -> BTreeSet<(String, String)> {
    let mut found = by_rules();
    found.extend(by_install("debian/sshtpm.install"));
    found.extend(by_install("debian/sshtpm-pkcs11.install"));
    for pages in read("debian/sshtpm.manpages").lines() {
        for page in expand(pages) {
            let section = page.rsplit('.').next().unwrap_or_default();
            found.push((page.clone(), format!("/usr/share/man/man{section}")));
        }
    }
    for example in read("debian/sshtpm.examples").lines() {
        let directory = "/usr/share/doc/sshtpm/examples".to_owned();
        found.push((example.to_owned(), directory));
    }
    // dh_installsysusers gives it this name.
    let sysusers = "systemd/sysusers.d/sshtpm.conf";
    assert_eq!(read("debian/sshtpm.sysusers"), read(sysusers));
    found.push((sysusers.to_owned(), "/usr/lib/sysusers.d".to_owned()));
    found.into_iter().collect()
}

#[test]
fn each_file_that_has_a_place_on_a_machine_is_listed_once() {
    let listed = listed();
    let files: BTreeSet<&String> = listed.iter().map(|(file, _)| file).collect();
    assert_eq!(files.len(), listed.len(), "a file is listed twice");
    for file in INSTALLED.into_iter().flat_map(below) {
        assert!(files.contains(&file), "packaging/files lacks {file}");
    }
    for file in files.iter().filter(|file| !file.starts_with("@/")) {
        assert!(root().join(file).exists(), "there is no {file}");
    }
}

#[test]
fn debian_installs_what_is_listed_where_the_page_says() {
    assert_eq!(of_debian(), wanted(DEBIAN));
}

#[test]
fn the_spec_names_what_is_listed_where_the_page_says() {
    let spec = read("packaging/rpm/sshtpm.spec");
    let (_, files) = spec.split_once("\n%files\n").expect("a list of files");
    let files: BTreeSet<&str> = files
        .lines()
        .map(|line| {
            line.trim_start_matches("%config(noreplace) ")
                .trim_end_matches('*')
        })
        .collect();
    for (file, place) in wanted(FEDORA) {
        let name = file.rsplit('/').next().unwrap_or_default();
        let path = format!("{place}/{name}");
        let has = files.contains(path.as_str()) || files.contains(place.as_str());
        assert!(has, "%files lacks {path}");
    }
}

#[test]
fn packages_have_the_version_of_the_workspace() {
    let version = env!("CARGO_PKG_VERSION");
    for (file, line) in [
        (
            "packaging/rpm/sshtpm.spec",
            format!("Version:        {version}"),
        ),
        ("packaging/arch/PKGBUILD", format!("pkgver={version}")),
        ("packaging/arch/.SRCINFO", format!("\tpkgver = {version}")),
    ] {
        assert!(
            read(file).lines().any(|found| found == line),
            "{file} is not {version}"
        );
    }
}

#[test]
fn each_apparmor_profile_that_a_unit_names_is_installed() {
    let profiles: BTreeSet<String> = below("packaging/apparmor")
        .iter()
        .flat_map(|file| {
            let text = read(file);
            let names = text
                .lines()
                .filter_map(|line| line.strip_prefix("profile "));
            names
                .map(|name| name.trim_end_matches(" {").to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let mut named = BTreeSet::new();
    for unit in below("systemd") {
        let text = read(&unit);
        let lines = text.lines();
        named.extend(lines.filter_map(|line| {
            let name = line.strip_prefix("AppArmorProfile=")?;
            // A machine without AppArmor, or without the profile, starts the service all the same.
            let name = name.strip_prefix('-').expect("a name that may be unknown");
            Some(name.to_owned())
        }));
    }
    assert_eq!(named, profiles);
}
