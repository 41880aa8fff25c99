//! Notifications of the desktop: that a key was used, or that a person is waited for.
//!
//! [`notifier`] decides whether there is one, within bounds: [`turns`] come one after the other,
//! and [`uses`] in between are told together. [`notice`] is what it says, and [`used_for`] reads
//! for what. [`screen`] brings it to [`desktop`]: in this process, or for an agent in a sandbox in
//! that of `sshtpm-askpass@.service`.
//!
//! May touch: the session bus, the socket of the askpass service. Must never delay a signature.
//! Must never show more of the data to be signed than its kind, user or namespace.
//!
//! Specs: Desktop Notifications Specification 1.2.

mod desktop;
pub(crate) mod notice;
pub(crate) mod notifier;
pub(crate) mod screen;
pub(crate) mod settings;
mod turns;
mod used_for;
mod uses;
