//! Answers, and their encoding.
//!
//! Specs: RFC 9987, "Generic Agent Responses", "Requesting a List of Keys", "Private Key
//! Operations", "Extension Mechanism".

use ssh_agent_lib::proto::{Extension, Response};
use ssh_agent_lib::ssh_encoding::{self, Encode};
use sshtpm_ssh::limits::MAX_MESSAGE_BYTES;

use crate::behind::listed::Offered;

/// Message number of `SSH_AGENT_FAILURE`.
pub(super) const FAILURE: u8 = 5;

/// Message number of `SSH_AGENT_IDENTITIES_ANSWER`.
const IDENTITIES_ANSWER: u8 = 12;

/// Message number of `SSH_AGENT_SIGN_RESPONSE`.
pub(super) const SIGN_RESPONSE: u8 = 14;

/// An answer to a request.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    /// The request failed, or the message or extension is unknown.
    Failure,
    /// The request succeeded.
    Success,
    /// The extension is known, but this request failed.
    ExtensionFailure,
    /// The keys and certificates on offer, each as the blob that came from where it is kept: the
    /// library does not encode a certificate that is valid for ever.
    Identities(Vec<Offered>),
    /// A signature blob (RFC 4253 §6.6), as the broker made it.
    Signature(Vec<u8>),
    /// The answer of an agent behind, as it came, of 1 to 262,144 bytes.
    Passed(Vec<u8>),
    /// The answer of a known extension.
    Extension {
        /// Name of the extension.
        name: &'static str,
        /// The bytes after the name, without a length in front.
        details: Vec<u8>,
    },
}

impl Reply {
    /// The message, of 1 to [`MAX_MESSAGE_BYTES`] bytes. A failure if the answer cannot be encoded.
    pub(super) fn into_message(self) -> Vec<u8> {
        self.encode()
            .ok()
            .filter(|message| message.len() <= MAX_MESSAGE_BYTES)
            .unwrap_or_else(|| vec![FAILURE])
    }

    fn encode(self) -> ssh_encoding::Result<Vec<u8>> {
        let mut message = Vec::new();
        match self {
            Self::Failure => Response::Failure.encode(&mut message)?,
            Self::Success => Response::Success.encode(&mut message)?,
            Self::ExtensionFailure => Response::ExtensionFailure.encode(&mut message)?,
            Self::Identities(keys) => {
                IDENTITIES_ANSWER.encode(&mut message)?;
                keys.len().encode(&mut message)?;
                for key in keys {
                    key.blob.encode(&mut message)?;
                    key.comment.encode(&mut message)?;
                }
            }
            Self::Passed(answer) => message = answer,
            Self::Signature(blob) => {
                SIGN_RESPONSE.encode(&mut message)?;
                blob.encode(&mut message)?;
            }
            Self::Extension { name, details } => {
                let extension = Extension {
                    name: name.to_owned(),
                    details: details.into(),
                };
                Response::ExtensionResponse(extension).encode(&mut message)?;
            }
        }
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_MESSAGE_BYTES, Reply};

    #[test]
    fn a_signature_is_passed_on_as_it_is() {
        let message = Reply::Signature(vec![1, 2, 3]).into_message();
        assert_eq!(message, [14, 0, 0, 0, 3, 1, 2, 3]);
    }

    #[test]
    fn an_answer_that_is_too_long_becomes_a_failure() {
        let message = Reply::Signature(vec![0; MAX_MESSAGE_BYTES]).into_message();
        assert_eq!(message, [5]);
    }

    #[test]
    fn the_plain_answers_are_their_numbers() {
        assert_eq!(Reply::Failure.into_message(), [5]);
        assert_eq!(Reply::Success.into_message(), [6]);
        assert_eq!(Reply::ExtensionFailure.into_message(), [28]);
    }

    #[test]
    fn an_extension_answers_with_its_name_and_its_details() {
        let name = "query";
        let details = b"\0\0\0\x01a".to_vec();
        let message = Reply::Extension { name, details }.into_message();
        assert_eq!(message, b"\x1d\0\0\0\x05query\0\0\0\x01a");
    }
}
