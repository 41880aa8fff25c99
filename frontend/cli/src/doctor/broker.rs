//! The broker: whether it answers, and what it says of itself.
//!
//! May touch: the broker's properties, which everybody may read.

use sshtpm_dbus::{BUS_NAME, TpmProxy, TpmState};
use zbus::proxy::CacheProperties;

use super::bus::{Bus, NoAnswer};
use super::finding::Finding;

/// Where its own words are.
const JOURNAL: &str = "`systemctl status sshtpm-broker` and `journalctl -u sshtpm-broker` say why.";

/// What the broker says of itself and of the TPM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Its version.
    pub(crate) version: String,
    /// Whether the TPM can be used.
    pub(crate) state: TpmState,
    /// What stands in the way; empty when ready.
    pub(crate) state_reason: String,
    /// Where the TPM is.
    pub(crate) device: String,
    /// Vendor of the TPM.
    pub(crate) manufacturer: String,
    /// Firmware version of the TPM.
    pub(crate) firmware: String,
    /// Handle of the parent key.
    pub(crate) parent_handle: u32,
    /// Name of the parent key; empty while there is none.
    pub(crate) parent_name: String,
}

/// Asks for the facts.
///
/// # Errors
///
/// There is no answer.
pub(crate) async fn ask(bus: &Bus) -> Result<Facts, NoAnswer> {
    let tpm = proxy(bus).await?;
    Ok(Facts {
        version: tpm.version().await?,
        state: tpm.state().await?.0,
        state_reason: tpm.state_reason().await?,
        device: tpm.device().await?,
        manufacturer: tpm.manufacturer().await?,
        firmware: tpm.firmware().await?,
        parent_handle: tpm.parent_handle().await?,
        parent_name: tpm.parent_name().await?,
    })
}

async fn proxy(bus: &Bus) -> zbus::Result<TpmProxy<'static>> {
    TpmProxy::builder(&bus.connection)
        .cache_properties(CacheProperties::No)
        .build()
        .await
}

/// Whether it answers, and fits to this program.
pub(crate) fn check(facts: &Result<Facts, NoAnswer>) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    match facts {
        Ok(facts) if facts.version == own => Finding::ok(format!("version {own} answers")),
        Ok(facts) => Finding::warn(
            format!(
                "it has version {}, this program has {own}",
                facts.version.as_str()
            ),
            "After an update: `sudo systemctl restart sshtpm-broker`.",
        ),
        Err(NoAnswer::NoBus(_)) => Finding::skipped("there is no bus to ask"),
        Err(NoAnswer::Denied(_)) => Finding::skipped("the bus does not let it be asked"),
        Err(NoAnswer::Nobody(why)) => Finding::fail(
            format!("sshtpm-broker is not running, and the bus cannot start it: {why}"),
            format!("Is it installed?\n{JOURNAL}"),
        ),
        Err(NoAnswer::Silent) => Finding::fail(
            format!("{BUS_NAME}: {}", NoAnswer::Silent),
            format!("`sudo systemctl restart sshtpm-broker`.\n{JOURNAL}"),
        ),
        Err(error @ (NoAnswer::Unknown | NoAnswer::Other { .. })) => {
            Finding::fail(format!("it answers with an error: {error}"), JOURNAL)
        }
    }
}

/// Facts of a healthy machine, for tests.
#[cfg(test)]
pub(crate) fn example() -> Facts {
    Facts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        state: TpmState::Ready,
        state_reason: String::new(),
        device: "device:/dev/tpmrm0".to_owned(),
        manufacturer: "IFX".to_owned(),
        firmware: "7.85".to_owned(),
        parent_handle: 0x8100_0001,
        parent_name: "000b01".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, NoAnswer, check, example};
    use crate::doctor::finding::Finding;

    #[test]
    fn a_broker_of_the_same_version_is_fine() {
        assert!(matches!(check(&Ok(example())), Finding::Ok(_)));
    }

    #[test]
    fn a_broker_of_another_version_is_a_warning() {
        let facts = Facts {
            version: "0.0.1".to_owned(),
            ..example()
        };
        let Finding::Warn(advice) = check(&Ok(facts)) else {
            panic!("no warning");
        };
        assert!(advice.found.contains("0.0.1"), "{advice:?}");
    }

    #[test]
    fn a_broker_that_is_not_there_or_silent_fails() {
        for error in [NoAnswer::Nobody("unknown".to_owned()), NoAnswer::Silent] {
            assert!(matches!(check(&Err(error)), Finding::Fail(_)));
        }
    }

    #[test]
    fn a_broker_that_cannot_be_asked_is_not_blamed() {
        for error in [
            NoAnswer::NoBus("gone".to_owned()),
            NoAnswer::Denied("no".to_owned()),
        ] {
            assert!(matches!(check(&Err(error)), Finding::Skipped(_)));
        }
    }
}
