//! Whether the system bus answers.

use super::finding::Finding;
use crate::probe::bus::{Bus, NoAnswer};

/// Whether the system bus answers.
pub(crate) fn check(bus: &Result<Bus, NoAnswer>) -> Finding {
    match bus {
        Ok(_) => Finding::ok("the system bus answers"),
        Err(error) => Finding::fail(
            format!("the system bus cannot be reached: {error}"),
            "`systemctl status dbus.socket` says more.\n\
             In a container, /run/dbus/system_bus_socket has to be shared with it.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{NoAnswer, check};
    use crate::checks::finding::Finding;

    #[test]
    fn without_a_bus_the_check_fails() {
        let check = check(&Err(NoAnswer::NoBus("no such file".to_owned())));
        assert!(matches!(check, Finding::Fail(_)));
    }
}
