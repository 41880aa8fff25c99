//! Requests to `sshtpm-broker`.

pub(crate) mod places;
