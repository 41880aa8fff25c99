//! What would have git sign: settings and a line of a file, how they are shown, made and undone.
//!
//! May touch: what [`settings`] and [`signers`](super::signers) may.

use std::path::{Path, PathBuf};

use super::settings::{self, Kind, Setting};
use super::signers::Signers;
use super::{signing_key, ssh_program};
use crate::error::Failure;
use crate::setup::key::OwnKey;
use crate::shell_word::shell_word;

/// The file of allowed signers, where none is set: the one that most guides name.
const SIGNERS: &str = ".ssh/allowed_signers";

/// The setting with that file.
const SIGNERS_FILE: &str = "gpg.ssh.allowedSignersFile";

/// The setting with the key.
pub(super) const SIGNING_KEY: &str = "user.signingkey";

/// What has git sign without being told each time.
const ALWAYS: [&str; 2] = ["commit.gpgsign", "tag.gpgsign"];

/// What is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) settings: Vec<Setting>,
    pub(super) signers: Option<Signers>,
}

impl Plan {
    /// What git needs to sign with this key, and to trust its signatures.
    ///
    /// # Errors
    ///
    /// git does not say what there is, or has no address of the user.
    pub(super) async fn for_key(key: &OwnKey, home: &Path) -> Result<Self, Failure> {
        let email = email().await?;
        let mut settings = Vec::new();
        settings.extend(Setting::wanted("gpg.format", "ssh").await?);
        let named = settings::read(SIGNING_KEY, Kind::Path).await?;
        if !named.is_some_and(|named| signing_key::names(&named, &key.info)) {
            settings.extend(Setting::wanted(SIGNING_KEY, signing_key::value(key)).await?);
        }
        settings.extend(ssh_program::wanted().await?);
        let (file, set) = signers_file(home).await?;
        settings.extend(set);
        let signers = Signers::look(&file, &email, &key.info)?;
        Ok(Self { settings, signers })
    }

    /// What has git sign every commit and tag. What the user has decided stays.
    ///
    /// # Errors
    ///
    /// git does not say.
    pub(super) async fn always() -> Result<Self, Failure> {
        let mut settings = Vec::new();
        for name in ALWAYS {
            if settings::read(name, Kind::Bool).await?.is_none() {
                settings.extend(Setting::wanted(name, "true").await?);
            }
        }
        Ok(Self {
            settings,
            signers: None,
        })
    }

    /// Whether there is nothing to do.
    pub(super) fn is_nothing(&self) -> bool {
        self.settings.is_empty() && self.signers.is_none()
    }

    /// What is to be done, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.settings.iter().map(Setting::command).collect();
        if let Some(signers) = &self.signers {
            lines.push(format!(
                "a line at the end of {}:",
                signers.file.path().display()
            ));
            lines.push(format!("    {}", signers.line));
        }
        lines
    }

    /// Settings that have another value now, a line each.
    pub(super) fn replaced(&self) -> Vec<String> {
        let replaced = self.settings.iter().filter_map(|setting| {
            let before = setting.before.as_ref()?;
            Some(format!("{} is {before} now", setting.name))
        });
        replaced.collect()
    }

    /// How to have everything as it was, a line each.
    pub(super) fn way_back(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.settings.iter().map(Setting::way_back).collect();
        if let Some(signers) = &self.signers {
            let file = shell_word(&signers.name);
            lines.push(format!("and remove the line from {file}"));
        }
        lines
    }
}

/// The address by which git calls the user.
async fn email() -> Result<String, Failure> {
    settings::read("user.email", Kind::Text)
        .await?
        .filter(|email| !email.is_empty())
        .ok_or_else(|| {
            let why = "user.email is not set, and git trusts signatures by that address";
            let next = "Set it, then run `sshtpm setup --git` again:\n    \
                        git config --global user.email you@example.org";
            Failure::new("cannot have git sign", why).and_next(next)
        })
}

/// The file of allowed signers, and the setting that names it, where it is not set.
async fn signers_file(home: &Path) -> Result<(PathBuf, Option<Setting>), Failure> {
    match settings::read(SIGNERS_FILE, Kind::Path).await? {
        Some(file) if Path::new(&file).is_absolute() => Ok((PathBuf::from(file), None)),
        Some(file) => {
            let why = format!("{SIGNERS_FILE} is `{file}`, which is not an absolute path");
            let next = format!("Give it an absolute path: git config --global {SIGNERS_FILE} FILE");
            Err(Failure::new("cannot have git trust your signatures", why).and_next(next))
        }
        None => {
            let file = home.join(SIGNERS);
            let text = file.to_str().ok_or_else(|| {
                let why = format!("{} is not UTF-8", file.display());
                Failure::new("cannot have git trust your signatures", why)
            })?;
            let setting = Setting::wanted(SIGNERS_FILE, text).await?;
            Ok((file, setting))
        }
    }
}
