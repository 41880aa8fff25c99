//! `sshtpm host-keys enable`: makes sshd use the host keys in the TPM.

use sshtpm_dbus::{HOST_USER, KeyInfo};

use super::apply::{self, Applied, SoftwareKeys};
use super::boot::AgentUnit;
use super::certificate_files::Wanted;
use super::config::Config;
use super::config_dir::ConfigDir;
use super::drop_in::SshdPath;
use super::file_changes::FileChanges;
use super::host_agent;
use super::host_key_set::HostKeySet;
use super::remarks;
use super::selection::Selection;
use super::software_keys::copy_of;
use super::sshd::Sshd;
use crate::args::EnableArgs;
use crate::error::Failure;
use crate::key_listing::type_label;
use crate::key_selector::describe;
use crate::output::{self, Output};
use crate::session::Session;
use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::text::printable;

/// What to do before clients see keys that they do not know.
const NEW_TO_CLIENTS: &str =
    "Clients will warn about new host keys; publish the fingerprints before you reload sshd.";

/// Runs the command.
///
/// # Errors
///
/// The caller is not root, the configuration is wrong, there is no host key, the TPM does not sign
/// with one of them, their agent would be gone after a reboot, sshd does not accept them, or no
/// client could log in with them. Then everything is as it was before.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &EnableArgs,
) -> Result<(), Failure> {
    let place = ConfigDir::of(&args.sshd)?;
    let sshd = Sshd::find(&args.sshd, &place)?;
    let config = Config::of(args)?;
    let _lock = place.lock()?;
    let keys = HostKeySet::new(session.list(Some(HOST_USER)).await?)?;
    hand_over(output, &sshd, args, &config, &keys.with_some_usable()?).await
}

/// Makes sshd use `keys`, and says so.
///
/// # Errors
///
/// As [`run`].
pub(crate) async fn hand_over(
    output: Output,
    sshd: &Sshd,
    args: &EnableArgs,
    config: &Config,
    keys: &HostKeySet,
) -> Result<(), Failure> {
    let done = carry_out(output, sshd, args, config, keys, &Wanted::default()).await?;
    let Done {
        selection,
        applied,
        is_unchanged,
    } = done;
    let given = selection.given.as_slice();
    let state = state(applied.is_new, is_unchanged);
    let drop_in = sshd.config().drop_in();
    output.notice(&format!("{state}, by {}:", drop_in.display()))?;
    tell(output, given, applied.is_new)?;
    tell_of_others(output, &keys.lost, &selection.left_out)?;
    tell_of_software_keys(output, &applied.software_keys)?;
    let remarks = selection.remarks.iter().chain(&applied.remarks);
    remarks
        .chain(&remarks::on_logins(sshd, given).await)
        .for_each(|remark| output::warn(remark));
    Ok(())
}

/// What was done.
pub(crate) struct Done {
    /// The keys that sshd has.
    pub(crate) selection: Selection,
    /// What became of sshd's configuration.
    pub(crate) applied: Applied,
    /// Whether no file was changed.
    pub(crate) is_unchanged: bool,
}

/// Makes sshd use `keys`, with the `certificates` that are wanted of them.
///
/// # Errors
///
/// As [`run`].
pub(crate) async fn carry_out(
    output: Output,
    sshd: &Sshd,
    args: &EnableArgs,
    config: &Config,
    keys: &HostKeySet,
    certificates: &Wanted,
) -> Result<Done, Failure> {
    let socket = &args.sshd.agent_socket;
    let agent_socket = SshdPath::new(socket)?;
    let selection = Selection::of(sshd, &keys.usable, config.replace_existing).await?;
    let given = selection.given.as_slice();
    let unit = AgentUnit::secure(output, socket).await?;
    let signing = host_agent::check(socket, given);
    output
        .busy("Having each host key sign once", signing)
        .await?;
    let mut changes = FileChanges::default();
    let applying = apply::apply(
        sshd,
        &agent_socket,
        given,
        certificates,
        config,
        &mut changes,
    );
    let applied = output
        .busy("Trying sshd with the host keys", applying)
        .await;
    let applied = match applied {
        Ok(applied) => applied,
        Err(failure) => return Err(changes.take_back(failure)),
    };
    let is_unchanged = changes.is_empty();
    changes.keep();
    unit.keep();
    Ok(Done {
        selection,
        applied,
        is_unchanged,
    })
}

fn state(is_new: bool, is_unchanged: bool) -> &'static str {
    match (is_new, is_unchanged) {
        (true, _) => "sshd will use these host keys",
        (false, false) => "sshd already uses these host keys",
        (false, true) => "Nothing to do: sshd already uses these host keys",
    }
}

fn tell(output: Output, given: &[KeyInfo], is_new: bool) -> Result<(), Failure> {
    for key in given {
        let label = type_label(&key.algorithm, key.bits);
        output.notice(&format!("  {label} {}", describe(key)))?;
    }
    if !is_new {
        return Ok(());
    }
    let were_known = given.iter().all(|key| key.origin.0 == Origin::Imported);
    output.notice(match were_known {
        true => "Clients that know these keys from their files notice nothing.",
        false => NEW_TO_CLIENTS,
    })?;
    output.notice(
        "sshd will no longer use host key files, except those that its configuration names.\n\
         If sshd is running, apply this with: systemctl reload ssh",
    )
}

fn tell_of_others(output: Output, lost: &[KeyInfo], other: &[KeyInfo]) -> Result<(), Failure> {
    for key in lost {
        output.notice(&format!(
            "Left out, because this key is lost (the TPM was cleared or replaced): {}",
            describe(key)
        ))?;
    }
    for key in other {
        output.notice(&format!(
            "Left out, because this sshd cannot prove it to clients that know another host key: {}",
            describe(key)
        ))?;
    }
    Ok(())
}

fn tell_of_software_keys(output: Output, software_keys: &SoftwareKeys) -> Result<(), Failure> {
    let renamed = match software_keys {
        SoftwareKeys::Untouched => return Ok(()),
        SoftwareKeys::StillNeeded => {
            return output.notice(
                "The host key files stay for now: the sshd that is running may need them until it \
                 is reloaded. Reload it and run this again to put them away.",
            );
        }
        SoftwareKeys::PutAway(renamed) => renamed,
    };
    let name = |path: &std::path::Path| printable(&path.display().to_string());
    for key in &renamed.done {
        output.notice(&format!("Renamed {} to {}", name(key), name(&copy_of(key))))?;
    }
    for key in &renamed.left {
        output.notice(&format!(
            "Left {} where it is, because there is an earlier {}",
            name(key),
            name(&copy_of(key))
        ))?;
    }
    Ok(())
}
