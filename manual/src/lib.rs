//! Manual pages and completions, made from what the programs say of themselves.
//!
//! Purpose: what is written down in a program already (its arguments, its D-Bus interface, its
//! settings, the polkit actions) is not written a second time for its manual page. What only a
//! person can say is in templates, `manual/*.in` of the crate that owns the program; see [`Page`].
//! The results are in `docs/`, and tests of those crates hold them against their sources with
//! [`hold`]. `make manual` runs the same tests so that they write the files instead.
//!
//! May touch: reads and, for `make manual`, writes `docs/`. Must never be part of a program.
//!
//! Specs: man(7), groff_man_style(7).

mod command_line;
mod completions;
mod doc_comment;
mod introspection;
mod kept;
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
