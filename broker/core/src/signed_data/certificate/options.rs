//! Critical options and extensions of a certificate that is to be issued, as people read them.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`, "Critical options" and "Extensions".

use sshtpm_ssh::certificate::{CertificateOption, Fields, Kind};
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::wire::Reader;
use sshtpm_ssh::words::Words;

/// What a certificate restricts and permits, as far as that is not what `ssh-keygen` says where its
/// user says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    critical: Vec<Words>,
    extensions: Vec<Words>,
    are_all: bool,
}

/// How many critical options, and how many extensions, are told to a person. OpenSSH knows fewer of
/// each.
const MOST_OPTIONS: usize = 8;

/// The extensions that `ssh-keygen -s` gives a user certificate by default. They are worth no word.
const USUAL: [&str; 5] = [
    "permit-X11-forwarding",
    "permit-agent-forwarding",
    "permit-port-forwarding",
    "permit-pty",
    "permit-user-rc",
];

impl Options {
    pub(super) fn of(fields: &Fields<'_>) -> Self {
        let extensions = fields.extensions.iter();
        let unusual: Vec<_> = extensions
            .filter(|one| !is_usual(fields.kind, one))
            .collect();
        let critical = fields.critical_options.iter();
        Self {
            are_all: unusual.len().max(fields.critical_options.len()) <= MOST_OPTIONS,
            critical: critical.take(MOST_OPTIONS).map(option).collect(),
            extensions: unusual.into_iter().take(MOST_OPTIONS).map(option).collect(),
        }
    }

    /// Words that go on a list, with a comma before each; none if there is nothing to tell.
    pub(super) fn in_words(&self) -> Words {
        let mut words = Words::default();
        for (kind, options) in [
            (", restricted by ", &self.critical),
            (", with the unusual extension ", &self.extensions),
        ] {
            if !options.is_empty() {
                let listed = Words::listed(options.iter().cloned());
                words = words.and(kind).and(listed);
            }
        }
        match self.are_all {
            true => words,
            false => words.and(Words::in_part(", and by more options")),
        }
    }
}

fn is_usual(kind: Kind, extension: &CertificateOption<'_>) -> bool {
    kind == Kind::User && extension.content.is_empty() && USUAL.contains(&extension.name)
}

/// The name, and the content if there is any: each that OpenSSH knows is empty or one `string`.
fn option(option: &CertificateOption<'_>) -> Words {
    let name = Words::from(Quoted::new(option.name));
    let mut content = Reader::new(option.content);
    let text = content.text().ok().filter(|_| content.is_at_end());
    match text {
        _ if option.content.is_empty() => name,
        Some(text) => name.and(" ").and(Quoted::new(text)),
        None => name.and(Words::in_part(" with content that is not text")),
    }
}
