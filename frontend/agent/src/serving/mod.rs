//! Serves the clients of the agent: accepts connections, reads their messages within bounds, and
//! closes connections when there are too many. [`protocol`](crate::protocol) answers the
//! messages.
//!
//! May touch: the listening socket and the connections.

pub(crate) mod accept;
mod activity;
mod buffers;
mod connection;
mod connections;
pub(crate) mod limit;
pub(crate) mod requests;
mod shared;
