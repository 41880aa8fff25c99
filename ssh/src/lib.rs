//! What both sides of the bus read alike: SSH's own formats, parsed once.

pub mod frame;
