//! `sshtpm-agent`: see [`sshtpm_frontend::agent`].

use std::process::ExitCode;

fn main() -> ExitCode {
    sshtpm_frontend::agent::main()
}
