//! Serving the clients of the agent: accepting connections, reading their messages within bounds,
//! and closing connections when there are too many.
//!
//! May touch: the listening socket and the connections. What a message means is for
//! [`protocol`](crate::protocol).

pub(crate) mod accept;
mod activity;
mod buffers;
mod connection;
mod connections;
pub(crate) mod limit;
mod peer;
