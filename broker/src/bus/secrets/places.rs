//! Places for pipes: how many there are at once, of a user and in all.

use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;

use crate::bus::channel_places::{BUS_DESCRIPTORS, MOST_SILENT_IN_ALL};
use crate::bus::front_door::{Rejected, Way};
use sshtpm_core::identity::Uid;
use sshtpm_core::shares::{Bounds, Full, Share, Shares};

/// Pipes of one user that are open at once: for the most that a call takes, twice.
pub(super) const MOST_OF_USER: usize = 4;

/// The same once half of all are open.
const MOST_WHEN_CROWDED: usize = 2;

/// Pipes that are open at once, a quarter of the descriptors that the service may have
/// (`LimitNOFILE` of its unit).
const MOST_IN_ALL: usize = 256;

/// Pipes that are open at once and whose writing ends went over the bus. The bus daemon may still
/// have them, beside the ends of silent channels.
pub(super) const MOST_OVER_BUS: usize = 15;

const _: () = assert!(MOST_SILENT_IN_ALL + MOST_OVER_BUS < BUS_DESCRIPTORS);

/// The places for all pipes.
#[derive(Clone, Debug)]
pub(super) struct Places {
    all: Shares,
    over_bus: Shares,
}

impl Default for Places {
    fn default() -> Self {
        let places = |in_all| {
            Shares::new(Bounds {
                per_user: MOST_OF_USER,
                when_crowded: MOST_WHEN_CROWDED,
                in_all,
            })
        };
        Self {
            all: places(MOST_IN_ALL),
            over_bus: places(MOST_OVER_BUS),
        }
    }
}

/// What a pipe takes until its writing end is closed by everybody, and not only until it is over: a
/// client that does not fetch its answers leaves writing ends with the bus daemon.
pub(super) struct Place {
    _share: Share,
    _over_bus: Option<Share>,
}

impl Places {
    /// A place for a pipe whose writing end goes this `way`.
    ///
    /// # Errors
    ///
    /// All are taken.
    pub(super) fn take(&self, uid: Uid, way: Way) -> Result<Place, Rejected> {
        let _over_bus = match way {
            Way::Bus => Some(self.over_bus.take(uid).map_err(too_many)?),
            Way::Channel => None,
        };
        Ok(Place {
            _share: self.all.take(uid).map_err(too_many)?,
            _over_bus,
        })
    }
}

fn too_many(full: Full) -> Rejected {
    let (at_most, whose) = match full {
        Full::OfUser(most) => (most, "of one user"),
        Full::InAll(most) => (most, "in all"),
    };
    Rejected::Bus(Error::new(
        ErrorKind::LimitsExceeded,
        format!("at most {at_most} PINs {whose} can be on their way; try again, or use a channel"),
    ))
}
