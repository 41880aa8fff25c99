//! `sshtpm keygen`: has the TPM generate a key, or makes one of which there are copies, and writes
//! its public half to a file.

mod into_file;
mod new_key;
mod told;

use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;

use self::into_file::make_for_several;
pub(crate) use self::into_file::{generate_into, make_into};
pub(crate) use self::new_key::{NewKey, generate};
use self::told::tell;
use super::args::{BackupArgs, KeygenArgs, NewKeyArgs, PurposeArg};
use super::ask_pin::PinSource;
use super::backup::{Passphrase, Plan};
use super::bound;
use super::derived::{self, Derivation, is_derived};
use super::error::Failure;
use super::import::{OtherMachines, made};
use super::nobody;
use super::output::Output;
use super::person;
use super::probe::ssh_settings::{ANY_HOST, SshSettings};
use super::public_key_file::{Overwriting, PublicKeyFile};
use super::raw;
use super::restrictions::Restrictions;
use super::session::Session;
use crate::algorithm::Algorithm;

/// What is said of a key that was generated in the TPM.
pub(crate) const NO_WAY_BACK: &str = "Nothing brings this key back if the TPM is cleared or the \
    board breaks. `sshtpm keygen --backup FILE` makes a key that has a backup.";

/// Runs the command.
///
/// # Errors
///
/// Anything but a key in the TPM and its public half in a file.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: KeygenArgs,
) -> Result<(), Failure> {
    let algorithm = parse_algorithm(&args.key)?;
    let comment = args.key.comment.clone();
    let comment = comment.unwrap_or_else(person::default_comment);
    derived::go_together(&args)?;
    bound::go_together(&args.pcrs, &args.also_for)?;
    let is_raw = args.restrictions.purposes.contains(&PurposeArg::Raw);
    let path = path(args.file, algorithm, is_raw)?;
    let restrictions = Restrictions::of(&args.restrictions).await?;
    raw::tell_before(output, &restrictions)?;
    let others = OtherMachines::of(session, &args.also_for).await?;
    let plan = plan(&args.backup, algorithm, &path)?;
    let file = PublicKeyFile::prepare(path, Overwriting::new(args.force)).await?;
    nobody::warn_before(args.pin.is_wanted(), restrictions.confirm == Some(true));
    let passphrase = passphrase(plan.as_ref(), &args.backup).await?;
    let pin = PinSource::new_if(&args.pin, &"the new key".into()).await?;
    let new = NewKey {
        pin: pin.as_ref(),
        restrictions: Some(&restrictions),
        derivation: Derivation::of(&args.key.derivation),
        pcrs: args.pcrs.pcrs,
        ..NewKey::own(algorithm, &comment)
    };
    let copies = Copies {
        backups: plan.as_ref().map(|plan| (plan, passphrase)),
        others: &others,
    };
    let made = make(session, output, new, copies, &file);
    // ssh takes longer to start than a TPM in firmware takes for a key, so both work at once.
    let settings = async { Ok(SshSettings::ask(ANY_HOST, None).await.ok()) };
    let (key, settings) = tokio::try_join!(made, settings)?;
    tell(output, &key, file.path(), settings)?;
    others.tell(output)?;
    match plan {
        Some(plan) => output.notice(&plan.told()),
        None if others.is_empty() && !is_derived(&key) => output.notice(NO_WAY_BACK),
        None => Ok(()),
    }
}

/// What there is to be of a key beside the one in the TPM of this machine.
struct Copies<'a> {
    backups: Option<(&'a Plan, Option<Passphrase>)>,
    others: &'a OtherMachines,
}

/// Only a key of which nothing else is to be comes from the TPM itself.
async fn make(
    session: &Session,
    output: Output,
    new: NewKey<'_>,
    Copies { backups, others }: Copies<'_>,
    file: &PublicKeyFile,
) -> Result<KeyInfo, Failure> {
    match backups {
        Some((plan, passphrase)) => {
            let copies = (plan, passphrase, others);
            make_into(session, output, new, copies, file).await
        }
        None if others.is_empty() => generate_into(session, output, new, file).await,
        None => make_for_several(session, output, new, others, file).await,
    }
}

/// The backups that are asked for, of a key that can have some.
fn plan(args: &BackupArgs, algorithm: Algorithm, public: &Path) -> Result<Option<Plan>, Failure> {
    let plan = Plan::of(args, public)?;
    if plan.is_some() {
        made::kind(algorithm)?;
    }
    Ok(plan)
}

async fn passphrase(plan: Option<&Plan>, args: &BackupArgs) -> Result<Option<Passphrase>, Failure> {
    match plan {
        Some(plan) if plan.wants_passphrase() => {
            Passphrase::ask(args.passphrase_stdin).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// What `-t` and `-b` ask for.
///
/// # Errors
///
/// [`Failure::Usage`].
pub(crate) fn parse_algorithm(args: &NewKeyArgs) -> Result<Algorithm, Failure> {
    Algorithm::parse(args.key_type.as_deref(), args.bits).map_err(Failure::Usage)
}

/// Where the public half goes. That of a raw key is not where ssh's settings may name one.
fn path(file: Option<PathBuf>, algorithm: Algorithm, is_raw: bool) -> Result<PathBuf, Failure> {
    let family = algorithm.family();
    let kind = match is_raw {
        true => format!("raw_{family}"),
        false => family.to_owned(),
    };
    match file {
        Some(file) => Ok(PublicKeyFile::named(file)),
        None => PublicKeyFile::in_home(&person::home_directory()?, &kind),
    }
}
