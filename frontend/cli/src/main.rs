//! The command line `sshtpm`.
//!
//! Purpose: let people generate, list, show, rename and delete their keys, look at the TPM, find
//! out what is broken between ssh and the TPM, and give sshd its host keys.
//!
//! May touch: the broker, public key files in `~/.ssh`, the terminal. Only `setup` touches the
//! configuration that tells the caller's ssh which agent to ask, and with `--git` git's. Only
//! `host-keys` touches sshd's configuration. Only `import`, also by way of `recover`, `rebind`, and
//! `keygen` with a backup or for another machine hold a private key, until it is wrapped for the
//! TPM. Must never decide what the caller may do: the broker refuses what is not allowed.
//!
//! Exit status, as in OpenSSH and systemctl: 0 done, 1 failed (`setup`: something is left to do,
//! `doctor`: a check failed), 2 wrong usage, 3 `status` found a TPM that is not ready, 4 `host-keys
//! disable` found no host key files, 5 sshd's configuration rules host keys out, 128 and the
//! signal's number when interrupted.

mod accepted_keys;
mod adopt;
mod age;
mod algorithm;
mod args;
mod ask_pin;
mod atomic_file;
mod attest;
mod backup;
mod bound;
mod cert;
mod certificate;
mod checks;
mod comment;
mod completion;
mod derived;
mod doctor;
mod enrol;
mod error;
mod follow;
mod given_file;
mod host_keys;
mod host_names;
mod identity;
mod import;
mod interrupt;
mod key_json;
mod key_listing;
mod key_selector;
mod key_state;
mod keygen;
mod known_hosts;
mod known_tpm;
mod last_use;
mod list;
mod local_time;
mod lock;
mod lockout_note;
mod log;
mod login;
#[cfg(test)]
mod manual;
mod md5_fingerprint;
mod never_offered;
mod nobody;
mod orphans;
mod other_machine;
mod output;
mod overview;
mod own_parent;
mod parent;
mod parent_name;
mod passwd;
mod person;
mod polkit_agent;
mod probe;
mod prompt;
mod public_key_file;
mod public_key_text;
mod qr;
mod queue_listing;
mod raw;
mod recover;
mod restrict;
mod restrictions;
mod rm;
mod screen;
mod sealed;
mod session;
mod setup;
mod shell_word;
mod short_names;
mod show;
mod since;
mod spinner;
mod status;
mod table;
mod time_span;
mod tpm_bench;
mod tpm_lockout;
mod tpm_persist;
mod unlock;
mod use_json;
mod use_listing;
mod verify_attestation;
mod width;

use std::process::ExitCode;

use clap::Parser;

use self::args::{Cli, Command, TpmCommand};
use self::error::Failure;
use self::output::Output;
use self::session::Session;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Failure::new("cannot start", error).report(),
    };
    // Dropping the command's future is what cleans up after a signal: see `interrupt`.
    let result = runtime.block_on(async {
        tokio::select! {
            biased;
            failure = interrupt::wait() => Err(failure),
            result = execute(cli) => result,
        }
    });
    // A thread that still waits for an answer on the terminal must not hold up the exit.
    runtime.shutdown_background();
    result.unwrap_or_else(|failure| failure.report())
}

async fn execute(cli: Cli) -> Result<ExitCode, Failure> {
    let output = Output::new(cli.quiet);
    let session = Session::new(!cli.no_ask_password, cli.quiet);
    let Some(command) = cli.command else {
        overview::run(output).await?;
        return Ok(ExitCode::SUCCESS);
    };
    match command {
        Command::Keygen(args) => keygen::run(&session, output, args).await,
        Command::Import(args) => import::run(&session, output, &args).await,
        Command::Adopt(args) => adopt::run(&session, output, &args).await,
        Command::Parent(args) => parent::run(&session, output, &args).await,
        Command::List(args) => list::run(&session, &args).await,
        Command::Show(args) => show::run(&session, &args).await,
        Command::Rm(args) => rm::run(&session, output, &args).await,
        Command::Comment(args) => comment::run(&session, output, &args).await,
        Command::Restrict(args) => restrict::run(&session, output, &args).await,
        Command::Rebind(args) => import::rebind::run(&session, output, &args).await,
        Command::Cert(args) => cert::run(&session, output, args).await,
        Command::Attest(args) => attest::run(&session, output, &args).await,
        Command::Passwd(args) => passwd::run(&session, output, &args).await,
        Command::Unlock(args) => unlock::run(&session, output, &args).await,
        Command::Lock(args) => lock::run(&session, output, &args).await,
        Command::Tpm(args) => match args.command {
            TpmCommand::Bench(args) => tpm_bench::run(&session, &args).await,
            TpmCommand::Lockout(args) => tpm_lockout::run(&session, output, &args).await,
            TpmCommand::Persist(args) => tpm_persist::run(&session, output, &args).await,
        },
        Command::Identity(args) => identity::run(&session, output, &args).await,
        Command::Log(args) => log::run(&session, &args).await,
        Command::Status(args) => return status::run(&session, args.json).await,
        Command::Setup(args) => setup::run(&session, output, args).await,
        Command::Doctor(args) => return doctor::run(output, args).await,
        Command::Recover(args) => recover::run(&session, output, &args).await,
        Command::VerifyAttestation(args) => return verify_attestation::run(output, &args),
        Command::Enrol(args) => enrol::run(&session, output, args).await,
        Command::HostKeys(args) => host_keys::run(&session, output, args).await,
    }?;
    Ok(ExitCode::SUCCESS)
}
