//! The functions of the specification, a group of them in each file.

mod create;
mod destroy;
mod find;
mod generate;
mod login;
mod random;
mod read;
mod session;
mod sign;
mod slot;
#[cfg(test)]
mod tests;
mod token;

pub use sign::Signed;
