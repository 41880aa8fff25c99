//! The arguments of `sshtpm`, and their help texts.

mod adopt;
mod attest;
mod backup;
mod cert;
mod enrol;
mod host_keys;
mod identity;
mod import;
mod json;
mod keys;
mod new_key;
mod parent;
mod pins;
mod rebind;
mod recover;
mod reports;
mod restrictions;
mod setup;
mod tpm;
mod verify_attestation;
mod wide;

use clap::{Parser, Subcommand};

pub(crate) use self::adopt::AdoptArgs;
pub(crate) use self::attest::AttestArgs;
pub(crate) use self::backup::BackupArgs;
pub(crate) use self::cert::{CertAddArgs, CertArgs, CertCommand, CertListArgs, CertRmArgs};
pub(crate) use self::enrol::{AcceptArgs, AnswerArgs, ChallengeArgs, EnrolArgs, EnrolCommand};
pub(crate) use self::host_keys::{
    EnableArgs, EnsureArgs, HOST_AGENT_SOCKET, HostKeysAdoptArgs, HostKeysArgs, HostKeysCertArgs,
    HostKeysCommand, HostKeysImportArgs, HostKeysListArgs, HostKeysRmArgs, SshdArgs,
};
pub(crate) use self::identity::IdentityArgs;
pub(crate) use self::import::ImportArgs;
pub(crate) use self::json::JsonArgs;
pub(crate) use self::keys::{CommentArgs, DeletionArgs, ListArgs, RmArgs, ShowArgs};
pub(crate) use self::new_key::{
    AlsoForArgs, DerivationArgs, KeygenArgs, NewKeyArgs, NewPinArgs, PcrArgs,
};
pub(crate) use self::parent::ParentArgs;
pub(crate) use self::pins::{LockArgs, PasswdArgs, UnlockArgs};
pub(crate) use self::rebind::RebindArgs;
pub(crate) use self::recover::RecoverArgs;
pub(crate) use self::reports::{DoctorArgs, LogArgs, StatusArgs};
pub(crate) use self::restrictions::{PurposeArg, RestrictArgs, RestrictionArgs};
pub(crate) use self::setup::{AgentBy, SetupArgs};
pub(crate) use self::tpm::{BenchArgs, LockoutArgs, PersistArgs, TpmArgs, TpmCommand};
pub(crate) use self::verify_attestation::{KnownTpmArgs, VerifyAttestationArgs};
pub(crate) use self::wide::WideArgs;

const EXIT_STATUS: &str = "\
Exit status:
  0  done
  1  failed; the message says why and what to do next
     `setup`: something is left to do; `doctor`: a check failed
  2  wrong usage
  3  `status`: the TPM is not ready
  4  `host-keys disable`: there are no host key files, so sshd would not start
  5  `host-keys enable` and `ensure`: nobody could log in with the configuration that sshd has";

/// SSH keys in the TPM of this machine
#[derive(Debug, Parser)]
#[command(name = "sshtpm", version, after_help = EXIT_STATUS, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print only errors, questions, and what was asked for
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Fail instead of asking for a password that polkit requires
    #[arg(long, global = true)]
    pub(crate) no_ask_password: bool,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Keygen(KeygenArgs),
    Import(ImportArgs),
    Adopt(AdoptArgs),
    Parent(ParentArgs),
    List(ListArgs),
    Show(ShowArgs),
    Rm(RmArgs),
    Comment(CommentArgs),
    Restrict(RestrictArgs),
    Rebind(RebindArgs),
    Cert(CertArgs),
    Attest(AttestArgs),
    Passwd(PasswdArgs),
    Unlock(UnlockArgs),
    Lock(LockArgs),
    Log(LogArgs),
    Status(StatusArgs),
    Tpm(TpmArgs),
    Identity(IdentityArgs),
    Setup(SetupArgs),
    Doctor(DoctorArgs),
    Recover(RecoverArgs),
    VerifyAttestation(VerifyAttestationArgs),
    Enrol(EnrolArgs),
    HostKeys(HostKeysArgs),
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_definition_of_the_arguments_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_at_all_is_right_usage() {
        assert!(Cli::try_parse_from(["sshtpm"]).unwrap().command.is_none());
    }

    #[test]
    fn an_empty_key_name_is_wrong_usage() {
        let error = Cli::try_parse_from(["sshtpm", "rm", ""]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn rm_without_a_key_is_wrong_usage() {
        let error = Cli::try_parse_from(["sshtpm", "rm", "--force"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn keys_of_a_user_who_is_gone_are_not_those_of_a_user_who_is_there() {
        for words in [
            &["rm", "--uid", "1000", "--owner", "alice"][..],
            &["rm", "--uid", "1000", "--lost"],
            &["rm", "--uid", "alice"],
            &["list", "--orphans", "--owner", "alice"],
        ] {
            let words = std::iter::once("sshtpm").chain(words.iter().copied());
            assert_eq!(Cli::try_parse_from(words).unwrap_err().exit_code(), 2);
        }
        assert!(Cli::try_parse_from(["sshtpm", "rm", "--uid", "1000"]).is_ok());
        assert!(Cli::try_parse_from(["sshtpm", "rm", "--lost"]).is_ok());
    }

    #[test]
    fn an_attestation_is_for_a_nonce_of_the_verifier() {
        let parse = |nonce: &[&str]| {
            let words = ["sshtpm", "attest", "laptop"].iter().chain(nonce);
            Cli::try_parse_from(words.copied())
        };
        let hex = "63686f73656e20627920612074657374";
        assert!(parse(&["--nonce", hex]).is_ok());
        for wrong in [&[][..], &["--nonce", "00"], &["--nonce", "no nonce"]] {
            assert_eq!(parse(wrong).unwrap_err().exit_code(), 2);
        }
    }

    #[test]
    fn quiet_is_accepted_after_the_subcommand() {
        let cli = Cli::try_parse_from(["sshtpm", "keygen", "-q", "--no-ask-password"]).unwrap();
        assert!(cli.quiet && cli.no_ask_password);
    }
}
