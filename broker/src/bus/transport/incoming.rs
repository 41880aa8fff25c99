//! A message that came in, before zbus has it.

use zbus::message::Message;

/// A message at the door.
#[derive(Debug)]
pub(in crate::bus) struct Incoming {
    /// The message; without its body if that was too long.
    pub(in crate::bus) message: Message,
    /// Bytes of the body that was sent.
    pub(in crate::bus) body_bytes: usize,
    /// Whether the body was thrown away.
    pub(in crate::bus) was_cut: bool,
    /// Whether the sender wants an answer. zbus is told that every sender does, so that each call
    /// ends with a message by which the keeper knows that it ended.
    pub(in crate::bus) wants_answer: bool,
}
