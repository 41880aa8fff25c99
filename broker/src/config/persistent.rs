//! Whether the broker chooses keys that the TPM keeps: `persistent`.

use serde::Deserialize;
use sshtpm_core::by_use::PersistentKeys;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "kebab-case")]
pub(super) enum WhoChooses {
    #[default]
    Manual,
    Auto,
}

impl From<WhoChooses> for PersistentKeys {
    fn from(who: WhoChooses) -> Self {
        match who {
            WhoChooses::Manual => Self::Manual,
            WhoChooses::Auto => Self::Auto,
        }
    }
}
