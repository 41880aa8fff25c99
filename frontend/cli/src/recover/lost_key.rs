//! A lost key: what it was, whether it can come back, and where it has to go.

use jiff::tz::TimeZone;
use sshtpm_dbus::{KeyInfo, KeyUse};
use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::purpose::Purpose;
use sshtpm_ssh::text::printable;

use super::place::{MAX_PLACES, Place, places_of};
use crate::derived;
use crate::host_names::HostNames;
use crate::key_listing::type_label;
use crate::key_selector::describe;
use crate::local_time::{local_day, local_time};
use crate::restrictions::label;

/// A key that the TPM no longer has.
#[derive(Debug)]
pub(super) struct LostKey {
    pub(super) key: KeyInfo,
    /// The latest first, [`MAX_PLACES`] at most.
    pub(super) places: Vec<Place>,
    /// How many more there are.
    more: usize,
}

/// Whether a lost key can come back with the same fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WayBack {
    /// From the copy that its owner keeps.
    Backup,
    /// From the file that it came from, if that is still there.
    File,
    /// The private key was in the TPM alone.
    None,
}

impl LostKey {
    /// `key`, with where it was used as far as `uses` and its destinations tell.
    pub(super) fn new(key: KeyInfo, uses: &[KeyUse], names: &HostNames) -> Self {
        let mut places = places_of(&key, uses, names);
        let more = places.len().saturating_sub(MAX_PLACES);
        places.truncate(MAX_PLACES);
        Self { key, places, more }
    }

    /// How it can come back.
    pub(super) fn way_back(&self) -> WayBack {
        match self.key.origin.0 {
            _ if self.key.backed_up => WayBack::Backup,
            Origin::Imported => WayBack::File,
            Origin::Generated | Origin::Adopted | Origin::Derived => WayBack::None,
        }
    }

    /// The command that removes the key from the file of the account where it runs, and keeps the
    /// file of before as `authorized_keys.bak`. Base64 has no character that is special in a basic
    /// regular expression or is the delimiter.
    pub(super) fn removal(&self) -> String {
        let blob = self.key.public_key.split(' ').nth(1).unwrap_or_default();
        format!(
            r"sed -i.bak '\|{}|d' ~/.ssh/authorized_keys",
            printable(blob)
        )
    }

    /// The lines about it.
    pub(super) fn text(&self, zone: &TimeZone) -> Vec<String> {
        let mut lines = vec![describe(&self.key), self.what_it_was(zone)];
        lines.extend(self.how_it_comes_back().map(|line| format!("  {line}")));
        if self.is_for(Purpose::Auth) {
            lines.extend(self.where_it_goes(zone));
        }
        if self.is_for(Purpose::Sign) {
            lines.push(
                "  Replace it where its signatures are checked: allowed_signers files, and the \
                 settings of services such as GitHub. What it signed stays valid while it is there."
                    .to_owned(),
            );
        }
        lines
    }

    fn is_for(&self, purpose: Purpose) -> bool {
        self.key.purposes.iter().any(|name| name == purpose.name())
    }

    fn what_it_was(&self, zone: &TimeZone) -> String {
        let used = match self.key.last_used {
            0 => "never used".to_owned(),
            time => format!("last used {}", local_time(time, zone)),
        };
        let kind = type_label(&self.key.algorithm, self.key.bits);
        format!("  {kind}, for {}, {used}", label(&self.key))
    }

    fn how_it_comes_back(&self) -> [String; 2] {
        let same = "It then has the same fingerprint, rules and certificates, and no server \
                    changes.";
        let import = self.import();
        match self.way_back() {
            WayBack::Backup => [
                format!("You keep a backup. Bring it back: {import} BACKUP"),
                same.to_owned(),
            ],
            WayBack::File => [
                format!("It came from a file. If you still have that: {import} FILE"),
                same.to_owned(),
            ],
            WayBack::None if derived::is_derived(&self.key) => [
                "The seed from which the TPM derived it is gone, so it cannot come back."
                    .to_owned(),
                format!(
                    "Derive another one: sshtpm recover {}",
                    derived::words(&self.key)
                ),
            ],
            WayBack::None => [
                "It was in the TPM alone, so it cannot come back.".to_owned(),
                "Make a new one: sshtpm keygen".to_owned(),
            ],
        }
    }

    /// The command that imports it with the protection that it had.
    fn import(&self) -> String {
        let pin = if self.key.pin { " --pin" } else { "" };
        let pcrs = match self.key.pcrs.as_str() {
            "" => String::new(),
            pcrs => format!(" --pcr {}", printable(pcrs)),
        };
        format!("sshtpm import{pin}{pcrs}")
    }

    fn where_it_goes(&self, zone: &TimeZone) -> Vec<String> {
        let removal = self.removal();
        let mut lines = vec![match self.way_back() {
            WayBack::None => "  Remove it from servers:".to_owned(),
            WayBack::Backup | WayBack::File => {
                "  If it does not come back, remove it from servers:".to_owned()
            }
        }];
        for place in &self.places {
            let last = place
                .last
                .map(|time| format!(", last on {}", local_day(time, zone)));
            lines.push(format!("    {}{}", place.name(), last.unwrap_or_default()));
            lines.extend(place.ssh(&removal).map(|ssh| format!("      {ssh}")));
        }
        if self.more > 0 {
            lines.push(format!("    {} more; `sshtpm log` lists them", self.more));
        }
        lines.push("    on any other server that let it in:".to_owned());
        lines.push(format!("      {removal}"));
        lines
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::WireWord;

    use super::*;
    use crate::key_listing::example_key;
    use crate::use_listing::example_use;

    fn lost(key: KeyInfo) -> LostKey {
        LostKey::new(key, &[], &HostNames::default())
    }

    #[test]
    fn a_key_comes_back_from_a_copy_only() {
        let imported = KeyInfo {
            origin: WireWord(Origin::Imported),
            ..example_key()
        };
        let backed_up = KeyInfo {
            backed_up: true,
            ..imported.clone()
        };
        assert_eq!(lost(example_key()).way_back(), WayBack::None);
        assert_eq!(lost(imported).way_back(), WayBack::File);
        assert_eq!(lost(backed_up).way_back(), WayBack::Backup);
    }

    #[test]
    fn a_key_with_pcrs_and_a_pin_is_imported_with_both() {
        let key = KeyInfo {
            backed_up: true,
            pin: true,
            pcrs: "0+7:sha256".to_owned(),
            ..example_key()
        };
        let text = lost(key).text(&TimeZone::UTC).join("\n");
        let command = "sshtpm import --pin --pcr 0+7:sha256 BACKUP";
        assert!(text.contains(command), "{text}");
    }

    #[test]
    fn a_derived_key_that_is_lost_is_told_with_what_derives_another() {
        let key = KeyInfo {
            origin: WireWord(Origin::Derived),
            hierarchy: "owner".to_owned(),
            label: "work".to_owned(),
            ..example_key()
        };
        let text = lost(key).text(&TimeZone::UTC).join("\n");
        let command = "sshtpm recover --derived owner --label work -t ecdsa-sha2-nistp256 -b 256";
        assert!(text.contains(command), "{text}");
    }

    #[test]
    fn the_plan_for_a_key_has_commands_that_can_be_pasted() {
        let names = HostNames::of_one(&example_use().destination, "alpha");
        let lost = LostKey::new(example_key(), &[example_use()], &names);
        let text = lost.text(&TimeZone::UTC).join("\n");
        let blob = lost.key.public_key.split(' ').nth(1).unwrap();
        assert!(text.contains("ssh -- git@alpha "), "{text}");
        let removal = format!("sed -i.bak '\\|{blob}|d' ~/.ssh/authorized_keys");
        assert!(
            text.ends_with(&removal) || text.contains(&removal),
            "{text}"
        );
        assert!(text.contains("allowed_signers"), "{text}");
    }

    #[test]
    fn a_key_that_does_not_log_in_has_no_servers() {
        let key = KeyInfo {
            purposes: vec!["sign".to_owned()],
            ..example_key()
        };
        let text = lost(key).text(&TimeZone::UTC).join("\n");
        assert!(!text.contains("authorized_keys"), "{text}");
    }

    #[test]
    fn the_latest_places_are_told_and_the_others_counted() {
        let used = |time: u64| KeyUse {
            time,
            user: format!("user{time}"),
            ..example_use()
        };
        let uses: Vec<_> = (0..MAX_PLACES as u64 + 2).map(used).collect();
        let lost = LostKey::new(example_key(), &uses, &HostNames::default());
        assert_eq!((lost.places.len(), lost.more), (MAX_PLACES, 2));
        let text = lost.text(&TimeZone::UTC).join("\n");
        assert!(text.contains("    2 more; "), "{text}");
    }
}
