//! `sshtpm host-keys cert`: has sshd show certificates of its host keys.

use jiff::tz::TimeZone;
use sshtpm_dbus::HOST_USER;

use super::apply;
use super::cert_removal::{self, InUse};
use super::certificate_files::Wanted;
use super::config::Config;
use super::config_dir::ConfigDir;
use super::enable::{self, Done};
use super::host_certificate::HostCertificate;
use super::host_key_set::HostKeySet;
use super::sshd::Sshd;
use crate::args::HostKeysCertArgs;
use crate::certificate::{Shown, now};
use crate::error::Failure;
use crate::output::{self, Output};
use crate::session::Session;

/// Runs the command.
///
/// # Errors
///
/// sshd does not use host keys in the TPM, a certificate is not fit or is not shown now, or no
/// client would be shown one; or those of `enable`. Then everything is as it was before.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &HostKeysCertArgs,
) -> Result<(), Failure> {
    let place = ConfigDir::of(&args.enable.sshd)?;
    let sshd = Sshd::find(&args.enable.sshd, &place)?;
    let config = Config::of(&args.enable)?;
    let _lock = place.lock()?;
    let Some(drop_in) = apply::check_drop_in(&place)? else {
        let why = "sshd does not use host keys in the TPM";
        return Err(Failure::new("cannot change sshd's certificates", why)
            .and_next("Run `sshtpm host-keys enable` first."));
    };
    let keys = HostKeySet::new(session.list(Some(HOST_USER)).await?)?;
    let files = args.files.iter();
    let new: Vec<HostCertificate> = files
        .map(|file| HostCertificate::read(file, &keys.usable))
        .collect::<Result<_, _>>()?;
    let in_use = cert_removal::in_use(&drop_in);
    let removed = cert_removal::meant(&args.remove, &in_use, &keys.usable)?;
    let without = removed.iter().map(|one| one.key.clone()).collect();
    let wanted = Wanted { new, without };
    let done = enable::carry_out(output, &sshd, &args.enable, &config, &keys, &wanted).await?;
    tell(output, &wanted.new, &removed, &done)
}

fn tell(
    output: Output,
    new: &[HostCertificate],
    removed: &[InUse],
    done: &Done,
) -> Result<(), Failure> {
    let zone = TimeZone::system();
    output.notice(match (done.is_unchanged, removed) {
        (true, _) => "Nothing to do: sshd already has",
        (false, []) => "sshd will show clients",
        (false, _) => "sshd will no longer show clients",
    })?;
    for one in removed {
        output.notice(&format!("  {}", one.name))?;
    }
    for shown in new.iter().filter_map(|one| Shown::new(one.blob())) {
        let when = shown.when(now(), &zone);
        output.notice(&format!("  {}, {when}, for {}", shown.name(), shown.whom()))?;
    }
    if !done.is_unchanged {
        output.notice("If sshd is running, apply this with: systemctl reload ssh")?;
    }
    let remarks = done.selection.remarks.iter().chain(&done.applied.remarks);
    remarks.for_each(|remark| output::warn(remark));
    Ok(())
}
