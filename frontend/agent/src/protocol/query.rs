//! The extension `query`: the names of the extensions that the agent knows.
//!
//! Specs: RFC 9987, "Query Extension".

use ssh_agent_lib::ssh_encoding::{self, Encode};

use super::reply::Reply;
use sshtpm_ssh::wire::Reader;

/// Name of the extension.
pub(super) const NAME: &str = "query";

/// Answers `content`, which must be empty, with `names`.
pub(super) fn answer(content: &[u8], names: &[&str]) -> Reply {
    match (Reader::new(content).end(), encode(names)) {
        (Ok(()), Ok(details)) => Reply::Extension {
            name: NAME,
            details,
        },
        _ => Reply::ExtensionFailure,
    }
}

/// `string[]` in RFC 9987 is one string after the other, and OpenSSH reads it that way.
/// `QueryResponse` of ssh-agent-lib would wrap the strings into one more string.
fn encode(names: &[&str]) -> ssh_encoding::Result<Vec<u8>> {
    let mut details = Vec::new();
    for name in names {
        name.encode(&mut details)?;
    }
    Ok(details)
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn the_names_follow_one_another() {
        let message = answer(b"", &["a", "bc"]).into_message();
        let expected = b"\x1d\0\0\0\x05query\0\0\0\x01a\0\0\0\x02bc";
        assert_eq!(message, expected);
    }
}
