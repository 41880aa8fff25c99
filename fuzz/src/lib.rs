//! Feeds a reader of foreign bytes with changed inputs, and fails on a panic or on too much work.
//!
//! Purpose: what another user, a host or a file can send must cost little, whatever it is. A
//! [`Target`] starts from real inputs (`fuzz/corpus`, and what tests put together), changes them,
//! and keeps those that lead the reader to a new place: another outcome, or another number of
//! allocations. Each input is measured: allocations, memory and processor time of the reader
//! ([`Budget`]).
//!
//! The targets are unit tests in modules named `fuzz`, beside the readers, so they reach what is
//! private and are built with the other tests. `make test` gives each a few hundred inputs, `make
//! fuzz SHORT=1` thousands, and `make fuzz` as many as fit into a time.
//!
//! May touch: `fuzz/corpus`, reading; `target/fuzz`, where it leaves inputs that fail. Must never
//! be part of a program.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a target that fails is a test that fails, and says why"
)]

mod budget;
mod corpus;
mod effort;
mod fields;
mod lines;
mod measure;
mod mutation;
mod pool;
mod random;
mod smaller;
mod target;

pub use budget::{Budget, Line};
pub use random::Random;
pub use target::Target;
