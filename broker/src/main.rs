//! `sshtpm-broker`: the one process that owns the TPM.
//!
//! Purpose: users have SSH keys in the TPM without access to the TPM. `docs/ARCHITECTURE.md`
//! describes the rooms of this crate, what each may touch, and how a request goes through them.

mod authority;
mod bus;
mod config;
mod daemon;
mod sessions;
mod store;
mod tpm;

fn main() -> std::process::ExitCode {
    daemon::run()
}
