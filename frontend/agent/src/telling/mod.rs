//! What a person is told of requests and hosts: who asks, the keys of hosts, and what the person's
//! own `known_hosts` calls them.
//!
//! A [`sentence`] has places for hosts. It is put into words by a process that can see
//! [`known_hosts`], which the agent in its sandbox cannot.
//!
//! May touch: the files of known hosts, reading. Must never tell a name without its key, because
//! every program of the user can write that file.

pub(crate) mod known_hosts;
pub(crate) mod names;
pub(crate) mod naming;
pub(crate) mod requester;
pub(crate) mod sentence;
