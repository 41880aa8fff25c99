//! sshd's host keys in the TPM, if `sshtpm host-keys enable` set them up.
//!
//! May touch: reads the drop-in, the public key files and the certificates; asks systemd whether a
//! unit is enabled; as root, asks the agent of the host keys for its list, and sshd for its
//! settings. Must never request a signature.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_ssh::certificate::from_line;

use super::finding::Finding;
use crate::accepted_keys::KeyType;
use crate::args::HOST_AGENT_SOCKET;
use crate::certificate::{Shown, Validity, now};
use crate::host_keys::boot::{ENABLE_COMMAND, UNIT};
use crate::host_keys::drop_in;
use crate::host_keys::outlook::{self, Obstacle};
use crate::probe::agent_connection::AgentConnection;
use crate::probe::systemd::{self, AtBoot};

/// Largest file that is read, in bytes: drop-ins and public keys have less than 2 KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// How long the agent may take for its list; it asks the broker, which asks polkit.
const MAX_ANSWER: Duration = Duration::from_secs(10);

/// What the drop-in says.
#[derive(Debug, PartialEq, Eq)]
struct Settings {
    agent: PathBuf,
    key_files: Vec<PathBuf>,
    certificate_files: Vec<PathBuf>,
}

/// Whether sshd will find its host keys in the TPM.
pub(crate) async fn check(is_root: bool) -> Finding {
    let path = drop_in::path_in(Path::new(drop_in::CONFIG_DIR));
    let settings = match read(&path) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Finding::skipped("sshd does not use host keys in the TPM");
        }
        Err(error) => {
            let path = path.display();
            return Finding::skipped(format!("{path} cannot be read: {error}; run this as root"));
        }
    };
    let Some(settings) = settings else {
        return Finding::warn(
            format!(
                "{} was changed by another program than sshtpm",
                path.display()
            ),
            "`sudo sshtpm host-keys enable` shows what is in the way.",
        );
    };
    let finding = look(&settings, is_root).await;
    match finding.or_else(|| expired(&settings.certificate_files, now())) {
        Some(finding) => finding,
        None => Finding::ok(match settings.key_files.len() {
            1 => "the agent of the host keys serves sshd with 1 key".to_owned(),
            count => format!("the agent of the host keys serves sshd with {count} keys"),
        }),
    }
}

fn parse(text: &str) -> Option<Settings> {
    let agent = text
        .lines()
        .find_map(|line| line.strip_prefix("HostKeyAgent "));
    let agent = agent.filter(|_| drop_in::is_own(text))?;
    Some(Settings {
        agent: PathBuf::from(agent),
        key_files: drop_in::key_files(text),
        certificate_files: drop_in::certificate_files(text),
    })
}

/// What stands in sshd's way, or why it cannot be seen.
async fn look(settings: &Settings, is_root: bool) -> Option<Finding> {
    let mut keys = Vec::new();
    for file in &settings.key_files {
        match key_in(file) {
            Ok(key) => keys.push(key),
            Err(error) => return Some(no_key_file(file, &error)),
        }
    }
    if settings.agent == Path::new(HOST_AGENT_SOCKET)
        && systemd::at_boot(UNIT).await == AtBoot::NotEnabled
    {
        return Some(Finding::fail(
            format!("{UNIT}, the agent of the host keys, is not enabled"),
            format!("sshd would not start at the next boot. Run `sudo {ENABLE_COMMAND}`."),
        ));
    }
    if !is_root {
        return Some(Finding::skipped(
            "what you can see is in order; run this as root to check the agent of the host keys",
        ));
    }
    let served = tokio::time::timeout(MAX_ANSWER, list(&settings.agent)).await;
    let served = served.unwrap_or_else(|_elapsed| Err(ErrorKind::TimedOut.into()));
    if let Some(finding) = served_badly(&settings.agent, &keys, served) {
        return Some(finding);
    }
    let types: Vec<KeyType> = keys.iter().map(KeyType::from).collect();
    outlook::look(&types).await.map(obstacle)
}

fn obstacle(obstacle: Obstacle) -> Finding {
    match obstacle {
        Obstacle::Everybody(found, next) => Finding::fail(
            format!("nobody can log in, at the latest after a reload: {found}"),
            next,
        ),
        Obstacle::Some(found, next) => Finding::warn(found, next),
    }
}

fn no_key_file(file: &Path, error: &io::Error) -> Finding {
    Finding::fail(
        format!("sshd's host key {} cannot be read: {error}", file.display()),
        "`sudo sshtpm host-keys enable` writes it again.",
    )
}

fn served_badly(
    agent: &Path,
    keys: &[KeyData],
    served: io::Result<Vec<KeyData>>,
) -> Option<Finding> {
    let agent = agent.display();
    match served {
        Err(error) => Some(Finding::fail(
            format!("the agent of the host keys at {agent} does not answer: {error}"),
            format!(
                "sshd accepts no logins without it. Run `{ENABLE_COMMAND}`.\n\
                 `journalctl -u sshtpm-host-agent` says more."
            ),
        )),
        Ok(served) if !keys.iter().all(|key| served.contains(key)) => Some(Finding::fail(
            format!("the agent at {agent} does not serve all host keys that sshd uses"),
            "`sshtpm host-keys list` shows the keys; `sshtpm host-keys enable` makes sshd \
             use them.",
        )),
        Ok(_) => None,
    }
}

/// A certificate that clients who believe the authority refuse.
fn expired(files: &[PathBuf], now: u64) -> Option<Finding> {
    files.iter().find_map(|file| {
        let blob = from_line(&read(file).ok()?).ok()?;
        let shown = Shown::new(&blob)?;
        let when = shown.when(now, &TimeZone::system());
        (shown.validity(now) == Validity::Expired).then(|| {
            Finding::warn(
                format!("the host certificate in {} {when}", file.display()),
                "Clients that believe its authority refuse this host. Have a new one issued for \
                 `sudo sshtpm host-keys cert FILE`, or leave this one out with `sudo sshtpm \
                 host-keys enable`; then reload sshd.",
            )
        })
    })
}

async fn list(agent: &Path) -> io::Result<Vec<KeyData>> {
    AgentConnection::connect(agent).await?.identities().await
}

fn key_in(file: &Path) -> io::Result<KeyData> {
    let text = read(file)?;
    let key = PublicKey::from_openssh(text.trim()).map_err(io::Error::other)?;
    Ok(key.key_data().clone())
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    file.take(MAX_FILE_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::{Path, PathBuf};

    use ssh_key::PublicKey;
    use ssh_key::certificate::CertType;
    use sshtpm_ssh::certificate::to_line;

    use super::{Settings, expired, look, parse, served_badly};
    use crate::certificate::tests::{UNTIL, example};
    use crate::checks::finding::Finding;
    use crate::host_keys::drop_in::{SshdPath, render};
    use crate::key_listing::example_key;

    const AGENT: &str = "/run/sshtpm-host/agent.sock";

    #[test]
    fn a_drop_in_of_ours_names_agent_and_keys() {
        let path = |text: &str| SshdPath::new(Path::new(text)).unwrap();
        let keys = [path("/etc/ssh/sshtpm_host_rsa_key")];
        let certificates = [path("/etc/ssh/sshtpm_host_rsa_key-cert.pub")];
        let text = render(&path(AGENT), &keys, &certificates);
        let settings = Settings {
            agent: PathBuf::from(AGENT),
            key_files: vec![PathBuf::from("/etc/ssh/sshtpm_host_rsa_key.pub")],
            certificate_files: vec![PathBuf::from("/etc/ssh/sshtpm_host_rsa_key-cert.pub")],
        };
        assert_eq!(parse(&text), Some(settings));
        assert_eq!(parse("HostKeyAgent /x\n"), None);
    }

    #[tokio::test]
    async fn a_key_file_that_is_missing_fails() {
        let settings = Settings {
            agent: PathBuf::from("/run/mine.sock"),
            key_files: vec![PathBuf::from("/nonexistent/key.pub")],
            certificate_files: Vec::new(),
        };
        let finding = look(&settings, false).await;
        assert!(matches!(finding, Some(Finding::Fail(_))), "{finding:?}");
    }

    #[tokio::test]
    async fn what_a_user_cannot_see_is_skipped() {
        let settings = Settings {
            agent: PathBuf::from("/run/mine.sock"),
            key_files: Vec::new(),
            certificate_files: Vec::new(),
        };
        let finding = look(&settings, false).await;
        assert!(matches!(finding, Some(Finding::Skipped(_))), "{finding:?}");
    }

    #[test]
    fn a_host_certificate_that_expired_is_a_warning() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let line = to_line(&example(CertType::Host, "alpha", &["alpha"])).unwrap();
        std::fs::write(file.path(), format!("{line} (made by sshtpm)\n")).unwrap();
        let look = |now| expired(&[file.path().to_owned()], now);
        assert_eq!(look(UNTIL - 1), None);
        let Some(Finding::Warn(advice)) = look(UNTIL) else {
            panic!("no warning");
        };
        assert!(advice.found.contains(" expired 2023-11-1"), "{advice:?}");
    }

    #[test]
    fn an_agent_without_the_keys_or_without_an_answer_fails() {
        let key = PublicKey::from_openssh(&example_key().public_key).unwrap();
        let keys = [key.key_data().clone()];
        let look = |served| served_badly(Path::new(AGENT), &keys, served);
        assert_eq!(look(Ok(keys.to_vec())), None);
        assert!(matches!(look(Ok(Vec::new())), Some(Finding::Fail(_))));
        let silent = look(Err(ErrorKind::TimedOut.into()));
        assert!(matches!(silent, Some(Finding::Fail(_))));
    }
}
