//! What helps if nobody can be asked for a PIN or a confirmation when a key is used, and a word
//! about it before a key comes to depend on that.
//!
//! May touch: what [`Person::is_at_desktop`] and [`polkit_agents`] look at.

use sshtpm_client::pin::{Person, Refusal};

use super::output::{advise, warn};
use super::probe::polkit_agents;

/// Programs that ask for a PIN at a desktop, as Debian's packages.
pub(crate) const INSTALL_ASKER: &str = "\
Install a program that asks: `sudo apt install ssh-askpass-gnome`; on KDE `sudo apt install \
ksshaskpass`.";

/// What helps if a key has to be confirmed, and polkit finds nobody to ask.
pub(crate) const HOW_TO_CONFIRM: &str = "\
Run this in another terminal, and give your password there when you use the key:
`pkttyagent --process $(systemctl --user show -P MainPID sshtpm-agent)`
A desktop asks by itself if it has a polkit agent; Debian's smallest is `lxpolkit`.";

/// What helps if the agent cannot ask for a PIN, for this reason.
pub(crate) fn how_to_unlock(refusal: &Refusal) -> String {
    let unlock = "Enter the PIN before you use the key: `sshtpm unlock`.";
    match refusal {
        Refusal::NoAsker => format!("{unlock}\n{INSTALL_ASKER}"),
        _ => unlock.to_owned(),
    }
}

/// Says beforehand that nobody could be asked from here, for a key that will need a PIN or a
/// confirmation.
pub(crate) fn warn_before(pin: bool, confirm: bool) {
    if let (true, Err(refusal)) = (pin, Person::of_environment().is_at_desktop()) {
        warn(&format!(
            "an agent that is started from here cannot ask for the PIN: {refusal}"
        ));
        advise(&how_to_unlock(&refusal));
    }
    if confirm && !polkit_agents::is_there() {
        warn("no program was found that asks you to confirm a use of the key");
        advise(HOW_TO_CONFIRM);
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, how_to_unlock};

    #[test]
    fn a_missing_program_is_named_by_its_package() {
        assert!(how_to_unlock(&Refusal::NoAsker).contains("ssh-askpass-gnome"));
        let nobody = how_to_unlock(&Refusal::NoDesktop);
        assert!(
            nobody.contains("`sshtpm unlock`") && !nobody.contains("apt"),
            "{nobody}"
        );
    }
}
