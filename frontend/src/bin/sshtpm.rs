//! The program `sshtpm`: see [`sshtpm_frontend::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    sshtpm_frontend::cli::run()
}
