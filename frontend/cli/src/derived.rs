//! Keys that the TPM derives: what they are derived from, and what is said of them.

use std::collections::HashMap;

use sshtpm_dbus::{KeyInfo, option};
use sshtpm_ssh::derived::{Hierarchy, Label, Template};
use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::word::Word as _;
use zbus::Variant;

use super::algorithm::Algorithm;
use super::args::{DerivationArgs, KeygenArgs};
use super::error::Failure;

/// What the TPM derives a key from, beside its owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Derivation<'a> {
    hierarchy: Hierarchy,
    label: Option<&'a Label>,
    template: Template,
}

impl<'a> Derivation<'a> {
    /// `None`: the key is not derived.
    pub(crate) fn of(args: &'a DerivationArgs) -> Option<Self> {
        let label = args.label.as_ref();
        let of = |hierarchy| Self {
            label,
            ..Self::without_label(hierarchy)
        };
        args.derived.map(of)
    }

    /// With an empty label.
    pub(crate) fn without_label(hierarchy: Hierarchy) -> Self {
        Self {
            hierarchy,
            label: None,
            template: Template::Sshtpm,
        }
    }

    /// As ssh-tpm-agent derives host keys.
    pub(crate) fn of_ssh_tpm_agent(hierarchy: Hierarchy) -> Self {
        Self {
            template: Template::SshTpmAgent,
            ..Self::without_label(hierarchy)
        }
    }

    /// Whether `key` is derived from this.
    pub(crate) fn is_of(&self, key: &KeyInfo) -> bool {
        let label = self.label.map_or("", Label::as_str);
        is_derived(key)
            && key.hierarchy == self.hierarchy.word()
            && key.label == label
            && key.template == self.template.word()
    }

    /// Asks the broker for it.
    pub(crate) fn add_to<'b>(&self, options: &mut HashMap<&'b str, Variant<'b>>)
    where
        'a: 'b,
    {
        options.insert(option::DERIVED, Variant::from(self.hierarchy.word()));
        if let Some(label) = self.label {
            options.insert(option::LABEL, Variant::from(label.as_str()));
        }
        if self.template != Template::default() {
            options.insert(option::TEMPLATE, Variant::from(self.template.word()));
        }
    }

    /// What is said before the TPM begins. `what` is "key" or "host key".
    pub(crate) fn begins(&self, what: &str, algorithm: Algorithm) -> String {
        let hierarchy = self.hierarchy;
        let begins = format!("Deriving a {what} in the TPM's {hierarchy} hierarchy ({algorithm}).");
        let lives = match self.hierarchy {
            Hierarchy::Owner => "It is lost when the TPM is cleared.",
            Hierarchy::Endorsement => {
                "It lives as long as the chip: clearing the TPM does not end it."
            }
            Hierarchy::Null => "It is lost when the machine is switched off or starts again.",
        };
        format!("{begins}\n{lives}")
    }
}

/// Makes sure that nothing is wanted of a derived key that it cannot have.
///
/// # Errors
///
/// A PIN is, or PCRs, or a copy outside of the TPM.
pub(crate) fn go_together(args: &KeygenArgs) -> Result<(), Failure> {
    if args.key.derivation.derived.is_none() {
        return Ok(());
    }
    if args.pin.is_wanted() {
        return Err(Failure::Usage(NO_PIN.to_owned()));
    }
    if args.pcrs.pcrs.is_some() {
        return Err(Failure::Usage(NO_PCRS.to_owned()));
    }
    let has_copies = args.backup.wants_one() || !args.also_for.also_for.is_empty();
    match has_copies {
        true => Err(Failure::Usage(NO_COPY.to_owned())),
        false => Ok(()),
    }
}

/// Why such a key has no copy.
const NO_COPY: &str = "a derived key cannot have a backup or go to another machine, because it \
    never leaves the TPM; leave out --derived";

/// Why such a key is not bound to PCRs.
const NO_PCRS: &str = "a derived key cannot be bound to PCRs, because programs with direct access \
    to the TPM could derive the same key with any; leave out --derived or --pcr";

/// Why such a key has no PIN.
const NO_PIN: &str = "a derived key cannot have a PIN, because the TPM would derive the \
    same key with any; leave out --derived, or have a person confirm each use (--confirm)";

/// Whether the TPM derives `key`.
pub(crate) fn is_derived(key: &KeyInfo) -> bool {
    key.origin.0 == Origin::Derived
}

/// Whether ssh-tpm-agent derives it, too.
fn is_of_ssh_tpm_agent(key: &KeyInfo) -> bool {
    key.template == Template::SshTpmAgent.word()
}

/// What a list has behind the word for its origin.
pub(crate) fn origin(key: &KeyInfo) -> String {
    let template = match is_of_ssh_tpm_agent(key) {
        true => key.template.as_str(),
        false => "",
    };
    let parts = [key.hierarchy.as_str(), &key.label, template].into_iter();
    let said = parts.filter(|part| !part.is_empty());
    said.map(|part| format!(",{}", printable(part))).collect()
}

/// Lines about `key`, if it is derived.
pub(crate) fn note(key: &KeyInfo) -> Option<String> {
    let slow = match key.algorithm.as_str() {
        "ssh-rsa" => ", which takes seconds for an RSA key",
        _ => "",
    };
    is_derived(key).then(|| {
        format!(
            "The TPM derives this key whenever it is needed{slow}. The same owner, hierarchy, \
             label and type derive it again, without its rules. Programs with direct access to \
             the TPM (group tss) can derive it, too."
        )
    })
}

/// How a key that was deleted comes back, if it can. `owner` is whose it was, if not the caller's.
pub(crate) fn note_deleted(key: &KeyInfo, owner: Option<&str>) -> Option<String> {
    let command = match owner {
        Some(sshtpm_dbus::HOST_USER) if is_of_ssh_tpm_agent(key) => {
            let hierarchy = printable(&key.hierarchy);
            return Some(format!(
                "The TPM can derive it again: sshtpm host-keys adopt --hierarchy {hierarchy}"
            ));
        }
        None => "sshtpm recover",
        Some(sshtpm_dbus::HOST_USER) => "sshtpm host-keys generate",
        Some(_) => "its owner, with sshtpm recover",
    };
    is_derived(key).then(|| format!("The TPM can derive it again: {command} {}", words(key)))
}

/// The options that name `key`, which is derived.
pub(crate) fn words(key: &KeyInfo) -> String {
    let label = match key.label.as_str() {
        "" => String::new(),
        label => format!(" --label {}", printable(label)),
    };
    format!(
        "--derived {}{label} -t {} -b {}",
        printable(&key.hierarchy),
        printable(&key.algorithm),
        key.bits
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use sshtpm_dbus::{KeyInfo, WireWord};

    use super::*;
    use crate::args::{Cli, Command};
    use crate::key_listing::example_key;

    fn derived(label: &str) -> KeyInfo {
        KeyInfo {
            origin: WireWord(Origin::Derived),
            hierarchy: "owner".to_owned(),
            label: label.to_owned(),
            template: "sshtpm".to_owned(),
            ..example_key()
        }
    }

    fn go_together_in(options: &str) -> Result<(), Failure> {
        let words = format!("sshtpm keygen {options}");
        let cli = Cli::try_parse_from(words.split(' ')).unwrap();
        match cli.command {
            Some(Command::Keygen(args)) => go_together(&args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_derived_key_has_neither_pin_nor_pcrs_nor_copy() {
        for option in ["--pin", "--pcr 7", "--backup file", "--also-for other.pub"] {
            go_together_in(option).unwrap();
            let refused = go_together_in(&format!("--derived owner {option}"));
            assert!(matches!(refused, Err(Failure::Usage(_))), "{option}");
        }
        go_together_in("--derived owner --confirm").unwrap();
    }

    #[test]
    fn a_key_is_told_with_what_it_is_derived_from() {
        assert_eq!(origin(&derived("work")), ",owner,work");
        assert_eq!(origin(&derived("")), ",owner");
        assert_eq!(origin(&example_key()), "");
        assert!(note(&derived("work")).is_some_and(|note| note.contains("group tss")));
        assert_eq!(note(&example_key()), None);
    }

    #[test]
    fn a_derivation_knows_the_keys_that_come_of_it() {
        let label: Label = "work".parse().unwrap();
        let of = |hierarchy, label| {
            let plain = Derivation::without_label(hierarchy);
            Derivation { label, ..plain }.is_of(&derived("work"))
        };
        assert!(of(Hierarchy::Owner, Some(&label)));
        assert!(!of(Hierarchy::Owner, None));
        assert!(!of(Hierarchy::Null, Some(&label)));
        assert!(!Derivation::without_label(Hierarchy::Owner).is_of(&example_key()));
        let others = Derivation::of_ssh_tpm_agent(Hierarchy::Owner);
        assert!(!others.is_of(&derived("")));
        let taken_over = KeyInfo {
            template: "ssh-tpm-agent".to_owned(),
            ..derived("")
        };
        assert!(others.is_of(&taken_over));
        assert_eq!(origin(&taken_over), ",owner,ssh-tpm-agent");
        let told = note_deleted(&taken_over, Some("sshtpm-host")).unwrap();
        assert!(
            told.ends_with("sshtpm host-keys adopt --hierarchy owner"),
            "{told}"
        );
    }

    #[test]
    fn a_deleted_key_is_told_with_the_words_that_bring_it_back() {
        let told = note_deleted(&derived("work"), None).unwrap();
        let again = "sshtpm recover --derived owner --label work -t ecdsa-sha2-nistp256 -b 256";
        assert!(told.ends_with(again), "{told}");
        let told = note_deleted(&derived(""), Some("sshtpm-host")).unwrap();
        let again = "sshtpm host-keys generate --derived owner -t ecdsa-sha2-nistp256 -b 256";
        assert!(told.ends_with(again), "{told}");
        assert_eq!(note_deleted(&example_key(), None), None);
    }
}
