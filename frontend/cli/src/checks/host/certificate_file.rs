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
use crate::shell_word::shell_word;

/// The setting.
const SETTING: &str = "CertificateFile";

/// Most of a file that is read: a line of base64 of the longest certificate.
const MAX_FILE_BYTES: u64 = 32 * 1024;

/// Whether all certificates can be used. Nothing if the configuration names none.
pub(super) fn check(settings: &SshSettings, home: Option<&Path>) -> Option<Finding> {
    let names: Vec<_> = settings.values("certificatefile").collect();
    let mut troubles = names.iter().filter_map(|name| {
        let found = trouble(&expanded(name.clone(), home))?;
        Some((found, name))
    });
    match (names.len(), troubles.next()) {
        (0, _) => None,
        (_, None) => Some(Finding::ok(
            "ssh can use the certificates that CertificateFile names",
        )),
        (_, Some((found, name))) => Some(Finding::warn(found, next(&name.to_string_lossy(), home))),
    }
}

/// What to do about the line that names `name`.
fn next(name: &str, home: Option<&Path>) -> String {
    let config = home.map(|home| home.join(".ssh").join("config"));
    let line = config.as_deref().and_then(|config| line_with(config, name));
    let without = match (line, config) {
        (Some(number), Some(config)) => format!(
            "turn the line with CertificateFile into a comment:\n\
             `sed -i --follow-symlinks '{number}s/^/#/' {}`",
            shell_word(config)
        ),
        _ => "remove the line with CertificateFile.".to_owned(),
    };
    format!(
        "Write a new certificate of your key to that file, or {without}\n\
         The agent also offers those that `sshtpm cert add FILE` gives to the broker."
    )
}

/// The number of the line of `config` that names it.
fn line_with(config: &Path, name: &str) -> Option<usize> {
    let text = read(config).ok()?;
    let names_it = |line: &str| {
        let delimiter = |c: char| c.is_whitespace() || c == '=';
        let (keyword, value) = line.trim().split_once(delimiter)?;
        let value = value.trim_matches(|c: char| delimiter(c) || c == '"');
        (keyword.eq_ignore_ascii_case(SETTING) && value == name).then_some(())
    };
    let index = text.lines().position(|line| names_it(line).is_some())?;
    Some(index + 1)
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

    #[test]
    fn the_line_that_names_it_can_be_turned_into_a_comment() {
        let home = tempfile::tempdir().unwrap();
        let settings = SshSettings::of("certificatefile ~/key-cert.pub\n");
        let advice = || match check(&settings, Some(home.path())) {
            Some(Finding::Warn(advice)) => advice.next,
            other => panic!("{other:?}"),
        };
        assert!(!advice().contains("sed"), "{}", advice());
        std::fs::create_dir(home.path().join(".ssh")).unwrap();
        let config = home.path().join(".ssh/config");
        for line in [
            "CertificateFile ~/key-cert.pub",
            "  certificatefile=\"~/key-cert.pub\"",
        ] {
            std::fs::write(&config, format!("Host *\n{line}\n")).unwrap();
            let command = format!("`sed -i --follow-symlinks '2s/^/#/' {}`", config.display());
            assert!(advice().contains(&command), "{line}: {}", advice());
        }
    }
}
