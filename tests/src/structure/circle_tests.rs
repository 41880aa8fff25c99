//! Circles in small crates: what closes one, and what does not.

use super::circles;
use crate::structure::small_tree::SmallTree;

/// The circles in a crate of these files, by their files.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let tree = SmallTree::new(files);
    let circles = circles(&tree.uses()).into_iter();
    circles.map(|circle| tree.names(&circle.files)).collect()
}

#[test]
fn two_files_that_use_each_other_are_a_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod key; mod list;"),
        ("key.rs", "use crate::list::List; pub struct Key;"),
        ("list.rs", "pub struct List(crate::key::Key);"),
    ]);
    assert_eq!(found, [["key.rs", "list.rs"]]);
}

#[test]
fn a_circle_of_three_files_is_found_with_its_names() {
    let tree = SmallTree::new(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        (
            "a.rs",
            "use crate::{b::{self, B}, d::D}; pub fn a() { b::more(B) }",
        ),
        ("b.rs", "pub struct B; pub fn more(_: B) { crate::c::c() }"),
        ("c.rs", "pub fn c() { super::a::a(); }"),
        ("d.rs", "pub struct D;"),
    ]);
    let circles = circles(&tree.uses());
    let [circle] = circles.as_slice() else {
        panic!("{circles:?}");
    };
    let text = circle.to_string().replace(&tree.directory(), "");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "circle of 3 files:",
            "  a.rs → b.rs: B, more",
            "  b.rs → c.rs: c",
            "  c.rs → a.rs: a"
        ]
    );
}

#[test]
fn a_re_export_does_not_hide_a_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod error; mod pins; pub use pins::Attempt;"),
        ("error.rs", "pub enum Error { Pin(crate::Attempt) }"),
        (
            "pins/mod.rs",
            "mod attempt; pub(crate) use self::attempt::Attempt;",
        ),
        (
            "pins/attempt.rs",
            "use crate::error::Error; pub struct Attempt(Error);",
        ),
    ]);
    assert_eq!(found, [["error.rs", "pins/attempt.rs"]]);
}

#[test]
fn a_re_export_alone_closes_no_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod keys;"),
        (
            "keys/mod.rs",
            "mod list; pub use list::{List, sorted}; pub struct Key;",
        ),
        (
            "keys/list.rs",
            "pub struct List(super::Key); pub fn sorted() {}",
        ),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}

#[test]
fn a_parent_and_a_child_that_use_each_other_are_a_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod keys;"),
        (
            "keys/mod.rs",
            "mod list; pub use list::List; pub struct Key; fn all() -> List {}",
        ),
        ("keys/list.rs", "pub struct List(super::Key);"),
    ]);
    assert_eq!(found, [["keys/list.rs", "keys/mod.rs"]]);
}

#[test]
fn a_circle_through_globs_is_found() {
    let found = circles_of(&[
        ("main.rs", "mod a; mod b; mod all;"),
        ("all.rs", "pub use crate::{a::*, b::*};"),
        ("a.rs", "use crate::all::*; pub struct A; fn f() -> B {}"),
        ("b.rs", "use super::all::*; pub struct B; type Other = A;"),
    ]);
    assert_eq!(found, [["a.rs", "b.rs"]]);
}

#[test]
fn macros_and_their_arguments_close_circles() {
    let found = circles_of(&[
        ("lib.rs", "mod shout; mod text;"),
        (
            "shout.rs",
            "macro_rules! shout { () => { $crate::text::text() } } pub(crate) use shout;",
        ),
        (
            "text.rs",
            "pub fn text() { assert!(true, \"{}\", { crate::shout::shout!() }) }",
        ),
    ]);
    assert_eq!(found, [["shout.rs", "text.rs"]]);
}

#[test]
fn an_import_inside_a_function_closes_a_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub fn a() { use super::b; b::b() }"),
        ("b.rs", "pub fn b() { crate::a::a() }"),
    ]);
    assert_eq!(found, [["a.rs", "b.rs"]]);
}

#[test]
fn code_for_tests_closes_no_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod key; mod list; #[cfg(test)] mod fixtures;"),
        (
            "key.rs",
            "pub struct Key; #[cfg(test)] use crate::list::List; \
             #[cfg(test)] #[path = \"key_tests.rs\"] mod tests; \
             impl Key { #[cfg(test)] fn one() { crate::list::one() } }",
        ),
        ("key_tests.rs", "use crate::list::List;"),
        (
            "fixtures.rs",
            "use crate::{key::Key, list::List}; pub struct Fixture;",
        ),
        (
            "list.rs",
            "use crate::key::Key; pub struct List; pub fn one() {}",
        ),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}

#[test]
fn a_variable_is_not_the_function_of_its_name() {
    let found = circles_of(&[
        ("lib.rs", "mod keys;"),
        (
            "keys/mod.rs",
            "mod list; pub use list::list; pub fn f(list: u8) -> u8 { list }",
        ),
        ("keys/list.rs", "pub fn list() { super::f(1); }"),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}

#[test]
fn names_of_other_crates_are_no_uses_of_files() {
    let found = circles_of(&[
        ("lib.rs", "mod zbus_error; mod key;"),
        (
            "zbus_error.rs",
            "use zbus::fdo; use ::key::Key; pub struct E(crate::key::Key);",
        ),
        ("key.rs", "pub struct Key(zbus_error::Code);"),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}

#[test]
fn a_module_at_another_path_is_followed() {
    let found = circles_of(&[
        ("lib.rs", "#[path = \"unix/place.rs\"] mod place; mod user;"),
        (
            "unix/place.rs",
            "mod inner; pub struct Place(crate::user::User);",
        ),
        ("unix/inner.rs", "pub struct Inner;"),
        ("user.rs", "pub struct User(crate::place::Place);"),
    ]);
    assert_eq!(found, [["unix/place.rs", "user.rs"]]);
}

#[test]
fn a_chain_of_files_is_not_a_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "use crate::c::C; pub struct B(C);"),
        ("c.rs", "pub struct C;"),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
}

#[test]
fn a_function_with_the_name_of_its_module_closes_a_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod keys;"),
        (
            "keys.rs",
            "mod sign; pub use sign::sign; pub struct Key; fn f() { sign() }",
        ),
        ("keys/sign.rs", "pub fn sign() -> super::Key {}"),
    ]);
    assert_eq!(found, [["keys/sign.rs", "keys.rs"]]);
}

#[test]
fn a_path_in_an_attribute_closes_a_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod args; mod parse;"),
        (
            "args.rs",
            "pub struct Args { #[arg(value_parser = crate::parse::parse)] key: u8 }",
        ),
        ("parse.rs", "pub fn parse() -> crate::args::Args {}"),
    ]);
    assert_eq!(found, [["args.rs", "parse.rs"]]);
}
