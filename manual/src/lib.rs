//! Manual pages and completions, made from what the programs say of themselves.
//!
//! Purpose: a manual page takes from the program what the program says already: its arguments, its
//! D-Bus interface, its settings, the polkit actions. The rest is in templates, `manual/*.in` of
//! the crate that owns the program; see [`Page`]. The results are in `docs/`. Tests of those crates
//! compare them with their sources ([`hold`]); `make manual` runs the same tests so that they write
//! the files instead.
//!
//! May touch: reads and, for `make manual`, writes `docs/`. Must never be part of a program.
//!
//! Specs: man(7), groff_man_style(7).

mod command_line;
mod completions;
mod doc_comment;
mod introspection;
mod kept;
mod key_completion;
mod page;
mod policy;
mod roff;
mod settings;
mod xml;

pub use command_line::{commands, exit_statuses, options};
pub use completions::hold_completions;
pub use introspection::{Introspection, error_entries};
pub use kept::{Wrong, hold};
pub use page::Page;
pub use policy::actions;
pub use roff::verbatim;
pub use settings::settings;
