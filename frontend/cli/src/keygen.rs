//! `sshtpm keygen`: generates a key in the TPM and writes its public half to a file.

use std::path::{Path, PathBuf};

use sshtpm_dbus::{Error, KeyInfo, KeysProxy, option};
use zbus::Variant;

use super::args::{BackupArgs, KeygenArgs, NewKeyArgs, NewPinArgs, PurposeArg};
use super::ask_pin::PinSource;
use super::backup::{self, Passphrase, Plan};
use super::bound;
use super::derived::{self, Derivation, is_derived};
use super::error::Failure;
use super::import::{OtherMachines, Source, Wanted, made};
use super::key_listing::authorized_keys_line;
use super::never_offered;
use super::nobody;
use super::output::{self, Output};
use super::person;
use super::probe::agent_socket;
use super::probe::ssh_agent::{AgentOfSsh, SshAgent};
use super::probe::ssh_settings::{ANY_HOST, SshSettings};
use super::public_key_file::{Overwriting, PublicKeyFile};
use super::raw;
use super::restrictions::Restrictions;
use super::sealed;
use super::session::{Session, owner_option};
use super::shell_word::shell_word;
use crate::algorithm::Algorithm;
use sshtpm_client::pin::{self, Pin};
use sshtpm_ssh::pcr::PcrSelection;
use sshtpm_ssh::text::printable;

/// What is said of a key that was generated in the TPM.
pub(crate) const NO_WAY_BACK: &str = "Nothing brings this key back if the TPM is cleared or the \
    board breaks. `sshtpm keygen --backup FILE` makes a key that has a backup.";

/// A key to be generated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewKey<'a> {
    /// Its kind.
    pub(crate) algorithm: Algorithm,
    /// What to call it.
    pub(crate) comment: &'a str,
    /// Whose it is to be, if not the caller's.
    pub(crate) owner: Option<&'a str>,
    /// Its PIN, if it is to have one.
    pub(crate) pin: Option<&'a Pin>,
    /// What it is for, where that is said.
    pub(crate) restrictions: Option<&'a Restrictions>,
    /// What the TPM derives it from, if it is to.
    pub(crate) derivation: Option<Derivation<'a>>,
    /// The PCRs that it is to be bound to.
    pub(crate) pcrs: Option<PcrSelection>,
}

impl<'a> NewKey<'a> {
    /// One of the caller's own, with nothing special to it.
    pub(crate) fn own(algorithm: Algorithm, comment: &'a str) -> Self {
        Self {
            algorithm,
            comment,
            owner: None,
            pin: None,
            restrictions: None,
            derivation: None,
            pcrs: None,
        }
    }
}

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
    let has_pin = args.pin.pin || args.pin.pin_stdin;
    derived::go_together(&args)?;
    bound::go_together(&args.pcrs, &args.also_for)?;
    let is_raw = args.restrictions.purposes.contains(&PurposeArg::Raw);
    let path = path(args.file, algorithm, is_raw)?;
    let restrictions = Restrictions::of(&args.restrictions).await?;
    raw::tell_before(output, &restrictions)?;
    let others = OtherMachines::of(session, &args.also_for).await?;
    let plan = plan(&args.backup, algorithm, &path)?;
    let file = PublicKeyFile::prepare(path, Overwriting::new(args.force)).await?;
    nobody::warn_before(has_pin, restrictions.confirm == Some(true));
    let passphrase = match &plan {
        Some(plan) if plan.wants_passphrase() => {
            Some(Passphrase::ask(args.backup.passphrase_stdin).await?)
        }
        _ => None,
    };
    let pin = new_pin(&args.pin).await?;
    let new = NewKey {
        pin: pin.as_ref(),
        restrictions: Some(&restrictions),
        derivation: Derivation::of(&args.key.derivation),
        pcrs: args.pcrs.pcrs,
        ..NewKey::own(algorithm, &comment)
    };
    let made = async {
        match &plan {
            Some(plan) => {
                let copies = (plan, passphrase, &others);
                make_into(session, output, new, copies, &file).await
            }
            None if others.is_empty() => generate_into(session, output, new, &file).await,
            None => make_for_several(session, output, new, &others, &file).await,
        }
    };
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

/// Makes a key for the caller and for other machines, has the broker import it, and writes its
/// public half to `file`.
async fn make_for_several(
    session: &Session,
    output: Output,
    new: NewKey<'_>,
    others: &OtherMachines,
    file: &PublicKeyFile,
) -> Result<KeyInfo, Failure> {
    let kind = made::kind(new.algorithm)?;
    made::fits(session, new.algorithm).await?;
    output.notice(&format!(
        "Making a key for several machines ({}), to be {} the TPM of each.",
        new.algorithm,
        new.algorithm.place()
    ))?;
    let wanted = Wanted {
        comment: new.comment.to_owned(),
        owner: new.owner,
        pin: new.pin.cloned(),
        pcrs: new.pcrs,
        restrictions: new.restrictions.cloned(),
        backed_up: true,
        rebinds: false,
    };
    let (source, key) = (Source::made(), made::key(kind, new.comment).key());
    let key = others.and_this(session, &source, &key, &wanted).await?;
    file.write(&authorized_keys_line(&key))
        .map_err(|error| key_without_file(&key, file.path(), &error))?;
    Ok(key)
}

/// The backups that are asked for, of a key that can have some.
fn plan(args: &BackupArgs, algorithm: Algorithm, public: &Path) -> Result<Option<Plan>, Failure> {
    let plan = Plan::of(args, public)?;
    if plan.is_some() {
        made::kind(algorithm)?;
    }
    Ok(plan)
}

async fn new_pin(args: &NewPinArgs) -> Result<Option<Pin>, Failure> {
    if !(args.pin || args.pin_stdin) {
        return Ok(None);
    }
    let pins = PinSource::new(args.pin_stdin);
    pins.new_one(&"the new key".into()).await.map(Some)
}

/// Has the broker generate a key for the caller, and writes its public half to `file`.
///
/// # Errors
///
/// As [`run`].
pub(crate) async fn generate_into(
    session: &Session,
    output: Output,
    new: NewKey<'_>,
    file: &PublicKeyFile,
) -> Result<KeyInfo, Failure> {
    let (place, algorithm) = (new.algorithm.place(), new.algorithm);
    output.notice(&match new.derivation {
        None => format!("Generating a key {place} the TPM ({algorithm})."),
        Some(derivation) => derivation.begins("key", algorithm),
    })?;
    let key = generate(session, new).await?;
    file.write(&authorized_keys_line(&key))
        .map_err(|error| key_without_file(&key, file.path(), &error))?;
    Ok(key)
}

/// Makes a key for the caller, with backups under that passphrase and files for other machines, has
/// the broker import it, and writes its public half to `file`.
///
/// # Errors
///
/// As [`run`].
pub(crate) async fn make_into(
    session: &Session,
    output: Output,
    new: NewKey<'_>,
    (plan, passphrase, others): (&Plan, Option<Passphrase>, &OtherMachines),
    file: &PublicKeyFile,
) -> Result<KeyInfo, Failure> {
    let wanted = Wanted {
        comment: new.comment.to_owned(),
        owner: new.owner,
        pin: new.pin.cloned(),
        pcrs: new.pcrs,
        restrictions: new.restrictions.cloned(),
        backed_up: true,
        rebinds: false,
    };
    let algorithm = new.algorithm;
    let new = backup::NewKey { algorithm, wanted };
    let key = backup::make(session, output, &new, (plan, passphrase, others)).await?;
    file.write(&authorized_keys_line(&key))
        .map_err(|error| key_without_file(&key, file.path(), &error))?;
    Ok(key)
}

/// What `-t` and `-b` ask for.
///
/// # Errors
///
/// [`Failure::Usage`].
pub(crate) fn parse_algorithm(args: &NewKeyArgs) -> Result<Algorithm, Failure> {
    Algorithm::parse(args.key_type.as_deref(), args.bits).map_err(Failure::Usage)
}

/// Has the broker generate a key.
///
/// # Errors
///
/// The broker refuses, or cannot be reached.
pub(crate) async fn generate(session: &Session, new: NewKey<'_>) -> Result<KeyInfo, Failure> {
    let waiting = "Waiting for the TPM";
    session
        .call_with_spinner("cannot generate a key", waiting, async |keys| {
            ask_for(keys, new).await
        })
        .await
}

async fn ask_for(keys: &KeysProxy<'static>, new: NewKey<'_>) -> Result<KeyInfo, Error> {
    let mut options = owner_option(new.owner);
    if let Some(bits) = new.algorithm.bits() {
        options.insert(option::BITS, Variant::from(bits));
    }
    if let Some(restrictions) = new.restrictions {
        restrictions.add_to(&mut options);
    }
    if let Some(derivation) = new.derivation {
        derivation.add_to(&mut options);
    }
    if let Some(pcrs) = new.pcrs {
        options.insert(option::PCRS, Variant::from(pcrs.to_string()));
    }
    if let Some(pin) = new.pin {
        let number = pin::send(keys, pin).await?;
        options.insert(option::PIN, Variant::from(number));
    }
    let generated = keys.generate(new.algorithm.name(), new.comment, &options);
    Ok(generated.await?)
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

fn key_without_file(key: &KeyInfo, path: &Path, error: &std::io::Error) -> Failure {
    let (fingerprint, path) = (printable(&key.fingerprint), path.display());
    Failure::new(
        format!("the key was generated, but its public key cannot be written to {path}"),
        error,
    )
    .and_next(format!(
        "The key is {fingerprint}; write it where you like with `sshtpm show {fingerprint} > FILE`."
    ))
}

fn tell(
    output: Output,
    key: &KeyInfo,
    path: &Path,
    settings: Option<SshSettings>,
) -> Result<(), Failure> {
    let agent = settings
        .as_ref()
        .map_or_else(AgentOfSsh::of_environment, AgentOfSsh::read)
        .kind();
    let (path, word) = (printable(&path.display().to_string()), shell_word(path));
    output.notice(&format!(
        "Your public key has been saved in {path}\n\
         The key fingerprint is:\n{} {}\n{}",
        printable(&key.fingerprint),
        printable(&key.comment),
        match raw::how_to_use(key) {
            Some(text) => text.to_owned(),
            None => how_to_use(&word, &agent, agent_socket::own_socket().as_deref()),
        },
    ))?;
    if let Some(note) = sealed::note(key) {
        output.notice(note)?;
    }
    if let Some(note) = derived::note(key) {
        output.notice(&note)?;
    }
    if let Some(note) = bound::note(key) {
        output.notice(&note)?;
    }
    let keys = match raw::is_raw(key) {
        true => &[],
        false => std::slice::from_ref(key),
    };
    let accepted = settings.map(|settings| settings.accepted_user_keys());
    if let Some(found) = accepted.and_then(|accepted| never_offered::look(&accepted, keys)) {
        output::warn(&format!("{}. {}", found.found, found.next));
    }
    Ok(())
}

fn how_to_use(path: &str, agent: &SshAgent, own_socket: Option<&Path>) -> String {
    let command = format!("ssh -i {path} HOST");
    match (agent, own_socket) {
        (SshAgent::Sshtpm(_), _) => format!("Use it with: {command}"),
        (_, Some(socket)) => {
            format!(
                "Use it with: SSH_AUTH_SOCK={} {command}",
                shell_word(socket)
            )
        }
        (_, None) => format!("Use it with: {}; {command}", agent_socket::START_COMMAND),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::{Path, PathBuf};

    use super::{SshAgent, how_to_use, key_without_file};
    use crate::key_listing::example_key;

    #[test]
    fn a_key_whose_file_cannot_be_written_is_not_forgotten() {
        let key = example_key();
        let text = key_without_file(
            &key,
            Path::new("/full/id.pub"),
            &ErrorKind::StorageFull.into(),
        )
        .to_string();
        assert!(
            text.starts_with("sshtpm: the key was generated, but"),
            "{text}"
        );
        assert!(
            text.contains(&format!("`sshtpm show {} > FILE`", key.fingerprint)),
            "{text}"
        );
    }

    #[test]
    fn the_hint_names_the_socket_only_where_ssh_would_not_find_it() {
        let own = Path::new("/run/user/1/sshtpm/agent.sock");
        let hint = how_to_use("F", &SshAgent::Sshtpm(PathBuf::from(own)), Some(own));
        assert_eq!(hint, "Use it with: ssh -i F HOST");
        let hint = how_to_use("F", &SshAgent::None, Some(own));
        assert_eq!(
            hint,
            "Use it with: SSH_AUTH_SOCK=/run/user/1/sshtpm/agent.sock ssh -i F HOST"
        );
        let hint = how_to_use("F", &SshAgent::None, None);
        assert!(hint.contains("eval $(sshtpm-agent -s)"), "{hint}");
    }
}
