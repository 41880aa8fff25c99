//! The structure of the sources, as far as neither the compiler nor Cargo holds it.
//!
//! Purpose: three rules hold. What decides does no I/O, not even by way of a library. No two files
//! of a crate use each other, directly or by a detour, so each can be read after those that it
//! uses. The name of a test fits into a line.
//!
//! File A uses file B if A names an item that B defines: in a `use`, or in a path of an expression,
//! a type, a pattern, an attribute or a macro's arguments. A re-export leads to the file with the
//! definition, and is itself no use. `mod name;` is no use. Code that is built for tests alone does
//! not count.
//!
//! The sources are parsed, but types are not inferred: a method call does not count as a use of the
//! file with the method, but the type's name does.
//!
//! May touch: the files of the workspace, and what Cargo says of them. Must never change them.

mod attributes;
mod circle;
mod crate_uses;
mod held_rules;
mod imports;
mod libraries;
mod limits_page;
mod local_scope;
mod module_rooms;
mod module_tree;
mod name_lookup;
mod named_paths;
mod rooms;
mod small_tree;
mod test_names;
mod token_paths;
mod workspace;
