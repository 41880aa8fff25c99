//! Login sessions for tests.

use super::{Login, Told};

/// What logind tells of a session on a desktop in use.
pub(crate) const IN_USE: Told<'_> = Told {
    class: "user",
    seat: "seat0",
    is_remote: false,
    state: "active",
    is_locked: false,
};

/// That session.
pub(crate) fn in_use() -> Login {
    Login::at_a_seat(&IN_USE).expect("it is at a seat")
}

/// The same, with a locked screen.
pub(crate) fn locked() -> Login {
    let told = Told {
        is_locked: true,
        ..IN_USE
    };
    Login::at_a_seat(&told).expect("it is at a seat")
}
