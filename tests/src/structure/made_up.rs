//! The check itself, on crates that are made up for it.

use std::fs;
use std::path::Path;

use super::circles;
use super::sources::Crate;
use super::uses;

/// Writes the files, and returns those that are in circles.
fn in_circles(files: &[(&str, &str)]) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(path, text).expect("written");
    }
    let read = Crate::read(&directory.path().join("lib.rs"));
    let found = circles::circles(&uses::between_files(&read));
    let files = found.into_iter().flat_map(|circle| circle.files);
    files
        .map(|file| relative(&read.files[file].path, directory.path()))
        .collect()
}

fn relative(path: &Path, directory: &Path) -> String {
    let relative = path.strip_prefix(directory).expect("below it");
    relative.display().to_string()
}

const ROOT: (&str, &str) = ("lib.rs", "mod a;\nmod b;\nmod c;");

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    let a = ("a.rs", "use crate::b::B;\npub struct A(B);");
    let b = ("b.rs", "use super::a::A;\npub struct B(Box<A>);");
    assert_eq!(in_circles(&[ROOT, a, b, ("c.rs", "")]), ["a.rs", "b.rs"]);
}

#[test]
fn a_chain_of_files_is_not_a_circle() {
    let a = ("a.rs", "use crate::b::B;\npub struct A(B);");
    let b = ("b.rs", "use crate::c::C;\npub struct B(C);");
    let none: [&str; 0] = [];
    assert_eq!(in_circles(&[ROOT, a, b, ("c.rs", "pub struct C;")]), none);
}

#[test]
fn a_detour_over_a_third_file_is_a_circle() {
    let a = ("a.rs", "use crate::b::{self, B};\npub fn a() { b::b() }");
    let b = ("b.rs", "pub struct B;\npub fn b() { crate::c::c(); }");
    let c = ("c.rs", "pub fn c() { super::a::a(); }");
    assert_eq!(in_circles(&[ROOT, a, b, c]), ["a.rs", "b.rs", "c.rs"]);
}

#[test]
fn a_re_export_stands_for_the_file_that_defines_the_name() {
    let root = ("lib.rs", "mod room;");
    let room = (
        "room/mod.rs",
        "mod a;\nmod b;\npub use a::A;\npub use b::B;",
    );
    let a = ("room/a.rs", "use super::B;\npub struct A(B);");
    let b = ("room/b.rs", "use super::A;\npub struct B(Box<A>);");
    let found = in_circles(&[root, room, a, b]);
    assert_eq!(found, ["room/a.rs", "room/b.rs"]);
}

#[test]
fn a_parent_that_only_re_exports_is_not_in_a_circle() {
    let root = ("lib.rs", "mod room;");
    let room = ("room/mod.rs", "mod a;\npub use a::A;\npub struct Shared;");
    let a = ("room/a.rs", "use super::Shared;\npub struct A(Shared);");
    let none: [&str; 0] = [];
    assert_eq!(in_circles(&[root, room, a]), none);
}

#[test]
fn a_parent_and_a_child_that_use_each_other_are_a_circle() {
    let root = ("lib.rs", "mod room;");
    let room = ("room.rs", "mod a;\npub struct Shared(Option<a::A>);");
    let a = (
        "room/a.rs",
        "use super::Shared;\npub struct A(Box<Shared>);",
    );
    assert_eq!(in_circles(&[root, room, a]), ["room.rs", "room/a.rs"]);
}

#[test]
fn a_name_inside_a_macro_is_a_use() {
    let a = (
        "a.rs",
        "use crate::b::B;\npub const A: u8 = 1;\npub type T = B;",
    );
    let b = (
        "b.rs",
        "pub struct B;\nfn b() { println!(\"{}\", crate::a::A); }",
    );
    assert_eq!(in_circles(&[ROOT, a, b, ("c.rs", "")]), ["a.rs", "b.rs"]);
}

#[test]
fn code_for_tests_closes_no_circle() {
    let a = ("a.rs", "use crate::b::B;\npub struct A(B);");
    let b = (
        "b.rs",
        "pub struct B;\n#[cfg(test)]\nmod tests { use crate::a::A; }",
    );
    let none: [&str; 0] = [];
    assert_eq!(in_circles(&[ROOT, a, b, ("c.rs", "")]), none);
}
