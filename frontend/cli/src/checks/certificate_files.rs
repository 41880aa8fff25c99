//! Certificates in `~/.ssh` that the agent does not offer: it has a sandbox that hides the home,
//! and knows what `sshtpm cert add` gave to the broker.
//!
//! May touch: `~/.ssh/*-cert.pub`, for reading.
//!
//! Source: ssh_config(5), `CertificateFile`, and OpenSSH's `ssh.c`: for `IdentityFile NAME`, ssh
//! also looks for `NAME-cert.pub`.

use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::cert::file::SUFFIX;
use crate::cert::in_home::{self, Found};
use crate::person;
use crate::probe::identity_files::{self, expanded};
use crate::probe::keys::Keys;
use crate::probe::ssh_settings::{SshSettings, Unsaid};
use crate::shell_word::shell_word;

/// Looks for certificates of the caller's keys that the broker does not keep. Nothing if there are
/// none.
pub(super) fn check(asked: &Result<SshSettings, Unsaid>, keys: &Keys) -> Option<Finding> {
    let (Ok(settings), Ok(keys), Ok(home)) = (asked, keys, person::home_directory()) else {
        return None;
    };
    judge(
        &in_home::not_kept(&home, keys),
        &read_by_ssh(settings, &home),
    )
}

/// The files in which ssh itself looks for certificates.
fn read_by_ssh(settings: &SshSettings, home: &Path) -> Vec<PathBuf> {
    let named = settings.values("certificatefile");
    let named = named.map(|name| expanded(name, Some(home)));
    let beside = identity_files::named(settings, Some(home)).into_iter();
    let beside = beside.map(|file| {
        let mut name = file.into_os_string();
        name.push(SUFFIX);
        name.into()
    });
    named.chain(beside).collect()
}

fn judge(found: &[Found], read_by_ssh: &[PathBuf]) -> Option<Finding> {
    let is_read = |one: &&Found| read_by_ssh.contains(&one.path);
    let of_nobody = found.iter().find(|one| !is_read(one));
    Some(match (of_nobody, found.first()?) {
        (Some(one), _) => Finding::warn(
            format!(
                "nothing uses the certificate in {}: ssh does not read this file, and the agent \
                 cannot, because its sandbox hides your home",
                one.path.display()
            ),
            format!(
                "Have the agent offer it: `sshtpm cert add {}`.",
                shell_word(&one.path)
            ),
        ),
        (None, one) => Finding::ok(format!(
            "ssh on this machine reads the certificate in {}; the agent offers it to other \
             programs and hosts only after `sshtpm cert add`",
            one.path.display()
        )),
    })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Finding, Found, SshSettings, judge, read_by_ssh};

    fn judged(settings: &str) -> Option<Finding> {
        let home = Path::new("/home/ann");
        let found = Found {
            path: PathBuf::from("/home/ann/.ssh/tpm-cert.pub"),
            blob: Vec::new(),
        };
        judge(&[found], &read_by_ssh(&SshSettings::of(settings), home))
    }

    #[test]
    fn a_certificate_that_neither_ssh_nor_the_agent_finds_is_a_warning() {
        for settings in ["user ann\n", "identityfile ~/.ssh/tpm.pub\n"] {
            let Some(Finding::Warn(advice)) = judged(settings) else {
                panic!("no warning: {settings}");
            };
            let command = "`sshtpm cert add /home/ann/.ssh/tpm-cert.pub`";
            assert!(advice.next.contains(command), "{advice:?}");
        }
    }

    #[test]
    fn a_certificate_that_ssh_alone_finds_is_in_order_and_told() {
        for settings in [
            "identityfile ~/.ssh/tpm\n",
            "certificatefile ~/.ssh/tpm-cert.pub\n",
        ] {
            let Some(Finding::Ok(text)) = judged(settings) else {
                panic!("a warning: {settings}");
            };
            assert!(text.contains("after `sshtpm cert add`"), "{text}");
        }
        assert_eq!(judge(&[], &[]), None);
    }
}
