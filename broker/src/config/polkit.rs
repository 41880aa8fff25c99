//! How often polkit is asked: the table `[polkit]`.

use std::time::Duration;

use serde::Deserialize;

use super::number::Number;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct PolkitTable {
    reuse_seconds: Number<0, 60>,
}

impl Default for PolkitTable {
    fn default() -> Self {
        Self {
            // A rebase that signs fifty commits asks a few times, and a changed group takes effect
            // soon.
            reuse_seconds: Number::of::<5>(),
        }
    }
}

impl PolkitTable {
    pub(super) fn reuse(self) -> Duration {
        Duration::from_secs(self.reuse_seconds.get().into())
    }
}
