//! A host, and the user to log in as, as people type them.

use std::fmt::{Display, Formatter};

use crate::error::Failure;

/// `[USER@]HOST`, `[USER@][HOST]:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The user to log in as; `None` for any user.
    pub(crate) user: Option<String>,
    /// The host, in the form that ssh takes.
    pub(crate) host: String,
    /// The port, if one is named.
    pub(crate) port: Option<String>,
}

impl Place {
    /// Understands what was typed. Whether there is such a host is not known here.
    ///
    /// # Errors
    ///
    /// [`Failure::Usage`]: a part of it is empty, or the port is not a number from 1 to 65535.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = || Failure::Usage(format!("expected [USER@]HOST, got `{text}`"));
        let (user, rest) = match text.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, text),
        };
        let (host, port) = match rest.strip_prefix('[').map(|rest| rest.split_once("]:")) {
            Some(bracketed) => {
                let (host, port) = bracketed.ok_or_else(wrong)?;
                (host, Some(port.parse::<u16>().map_err(|_| wrong())?))
            }
            None => (rest, None),
        };
        if host.is_empty() || user == Some("") || port == Some(0) {
            return Err(wrong());
        }
        Ok(Self {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port: port.map(|port| port.to_string()),
        })
    }

    /// The options of ssh that say the same, before the host itself.
    pub(crate) fn options(&self) -> Vec<String> {
        let user = self.user.iter().flat_map(|user| ["-l", user]);
        let port = self.port.iter().flat_map(|port| ["-p", port]);
        user.chain(port).map(str::to_owned).collect()
    }

    /// How known_hosts would have it.
    pub(crate) fn name(&self) -> String {
        match &self.port {
            Some(port) if port != "22" => format!("[{}]:{port}", self.host),
            _ => self.host.clone(),
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn parts(text: &str) -> (Option<String>, String, Option<String>) {
        let place = Place::parse(text).unwrap();
        (place.user, place.host, place.port)
    }

    #[test]
    fn user_and_port_need_not_be_said() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts("alpha"), (None, "alpha".to_owned(), None));
        assert_eq!(parts("git@alpha"), (some("git"), "alpha".to_owned(), None));
        assert_eq!(
            parts("a@b@[::1]:2222"),
            (some("a@b"), "::1".to_owned(), some("2222"))
        );
        assert_eq!(parts("::1"), (None, "::1".to_owned(), None));
    }

    #[test]
    fn ssh_is_told_of_user_and_port_by_options() {
        assert_eq!(Place::parse("alpha").unwrap().options(), [""; 0]);
        let place = Place::parse("git@[alpha]:2222").unwrap();
        assert_eq!(place.options(), ["-l", "git", "-p", "2222"]);
    }

    #[test]
    fn the_usual_port_is_not_part_of_the_name() {
        assert_eq!(Place::parse("[alpha]:22").unwrap().name(), "alpha");
        assert_eq!(Place::parse("[alpha]:2222").unwrap().name(), "[alpha]:2222");
    }

    #[test]
    fn what_has_an_empty_part_or_no_port_is_wrong_usage() {
        for text in [
            "",
            "@",
            "git@",
            "@alpha",
            "[alpha]",
            "[alpha]:",
            "[alpha]:0",
            "[]:22",
        ] {
            assert!(Place::parse(text).is_err(), "{text}");
        }
    }
}
