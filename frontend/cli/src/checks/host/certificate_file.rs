//! Whether the certificates that ssh's configuration names for the host can be used.
//!
//! May touch: those files, reading.
//!
//! Source: ssh_config(5), `CertificateFile`. ssh leaves out a file that it cannot read, without a
//! word.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::tz::TimeZone;
use ssh_key::Certificate;

use crate::certificate::{self, Shown, Validity};
use crate::checks::finding::Finding;
use crate::probe::identity_files::expanded;
use crate::probe::ssh_settings::SshSettings;

/// Most of a file that is read: a line of base64 of the longest certificate.
const MAX_FILE_BYTES: u64 = 32 * 1024;

/// Whether all certificates can be used. Nothing if the configuration names none.
pub(super) fn check(settings: &SshSettings, home: Option<&Path>) -> Option<Finding> {
    let files = settings.values("certificatefile");
    let files: Vec<_> = files.map(|name| expanded(name, home)).collect();
    let mut troubles = files.iter().filter_map(|file| trouble(file));
    match (files.len(), troubles.next()) {
        (0, _) => None,
        (_, None) => Some(Finding::ok(
            "ssh can use the certificates that CertificateFile names",
        )),
        (_, Some(found)) => Some(Finding::warn(
            found,
            "Write a new certificate of your key to that file, or remove the line with \
             CertificateFile.\n\
             The agent also offers those that `sshtpm cert add FILE` gives to the broker.",
        )),
    }
}

fn trouble(file: &Path) -> Option<String> {
    let name = file.display();
    let text = match read(file) {
        Ok(text) => text,
        Err(error) => return Some(format!("CertificateFile names {name}: {error}")),
    };
    let certificate = text.lines().find_map(|line| {
        let certificate = Certificate::from_openssh(line.trim()).ok()?;
        certificate.to_bytes().ok()
    });
    let now = certificate::now();
    let shown = certificate.as_deref().and_then(Shown::new);
    match shown.map(|shown| (shown.validity(now), shown.when(now, &TimeZone::system()))) {
        None => Some(format!(
            "CertificateFile names {name}, which has no certificate"
        )),
        Some((Validity::Valid, _)) => None,
        Some((_, when)) => Some(format!("CertificateFile names {name}, which is {when}")),
    }
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    let file = File::open(file)?;
    file.take(MAX_FILE_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{Finding, SshSettings, check};

    #[test]
    fn a_certificate_that_is_not_there_or_is_none_is_a_warning() {
        let home = tempfile::tempdir().unwrap();
        let look = || {
            let settings = SshSettings::of("certificatefile ~/key-cert.pub\n");
            check(&settings, Some(home.path()))
        };
        assert!(matches!(look(), Some(Finding::Warn(_))));
        std::fs::write(home.path().join("key-cert.pub"), "no certificate\n").unwrap();
        assert!(matches!(look(), Some(Finding::Warn(_))));
        assert_eq!(check(&SshSettings::of("user ann\n"), None), None);
    }
}
