//! Whether there may be sealed keys: `sealed-keys`.

use serde::Deserialize;
use sshtpm_core::sealed_keys::SealedKeys;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "kebab-case")]
pub(super) enum YesOrNo {
    #[default]
    Yes,
    No,
}

impl From<YesOrNo> for SealedKeys {
    fn from(answer: YesOrNo) -> Self {
        match answer {
            YesOrNo::Yes => Self::Allowed,
            YesOrNo::No => Self::Forbidden,
        }
    }
}
