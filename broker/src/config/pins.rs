//! How PINs are treated: the table `[pins]`.

use std::time::Duration;

use serde::Deserialize;

use super::number::Number;
use sshtpm_core::pins::{LockedScreen, PinLimits, Reserve};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct PinsTable {
    remember_seconds: Number<1, 43_200>,
    pub(super) forget_on_suspend: bool,
    forget_on_screen_lock: bool,
    reserve_tries: Number<0, 1000>,
    wrong_tries_per_user: Number<1, 1000>,
}

impl Default for PinsTable {
    fn default() -> Self {
        Self {
            // A working day.
            remember_seconds: Number::of::<28_800>(),
            // A person who closes a notebook for a minute should not have to type the PIN again.
            forget_on_suspend: false,
            // The same holds for one who locks the screen to fetch coffee.
            forget_on_screen_lock: false,
            // A quarter of what most chips allow (32): for a disk's PIN at boot, and for the one
            // that each unclean power-off costs.
            reserve_tries: Number::of::<8>(),
            // With 32 tries, it takes five guessing users to use up the rest. Of a chip that has
            // fewer, one user gets half of what is left (`core/pins/reserve.rs`).
            wrong_tries_per_user: Number::of::<5>(),
        }
    }
}

impl PinsTable {
    pub(super) fn limits(self) -> PinLimits {
        PinLimits {
            remember: Duration::from_secs(self.remember_seconds.get().into()),
            reserve: Reserve(self.reserve_tries.get().into()),
            tries_per_user: self.wrong_tries_per_user.get().into(),
            locked_screen: match self.forget_on_screen_lock {
                true => LockedScreen::ForgetsPins,
                false => LockedScreen::LeavesPins,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_configuration_is_known_its_defaults_hold() {
        assert_eq!(PinsTable::default().limits(), PinLimits::default());
    }
}
