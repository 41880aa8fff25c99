//! The options that say what the TPM derives a key from.

use sshtpm_dbus::option;

use super::decoded::Options;
use crate::bus::front_door::Rejected;
use sshtpm_core::derivation::DerivedFrom;
use sshtpm_ssh::derived::{Hierarchy, Label, Template};
use sshtpm_ssh::word::Word as _;

impl Options {
    /// Takes `derived` (`s`), `label` (`s`) and `template` (`s`).
    pub(in crate::bus) fn derived(&mut self) -> Result<Option<DerivedFrom>, Rejected> {
        let (hierarchy, label) = (self.text(option::DERIVED)?, self.text(option::LABEL)?);
        let template = self.text(option::TEMPLATE)?;
        let Some(hierarchy) = hierarchy else {
            return match (label, template) {
                (None, None) => Ok(None),
                _ => Err(Rejected::invalid(
                    "options label and template need option derived",
                )),
            };
        };
        let hierarchy = Hierarchy::of_word(&hierarchy).ok_or_else(|| {
            Rejected::invalid("option derived must be \"owner\", \"endorsement\" or \"null\"")
        })?;
        let label = label.unwrap_or_default().parse::<Label>();
        let label = label.map_err(|error| Rejected::invalid(error.to_string()))?;
        match template.map(|word| Template::of_word(&word)) {
            None | Some(Some(Template::Sshtpm)) => Ok(Some(DerivedFrom::Label(hierarchy, label))),
            Some(Some(Template::SshTpmAgent)) if label.as_str().is_empty() => {
                Ok(Some(DerivedFrom::SshTpmAgent(hierarchy)))
            }
            Some(_) => Err(Rejected::invalid(
                "option template must be \"sshtpm\", or \"ssh-tpm-agent\" without option label",
            )),
        }
    }
}
