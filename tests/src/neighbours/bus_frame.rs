//! D-Bus messages written by hand: a library would not write what a hostile program may, nor
//! megabytes without as many more of its own.
//!
//! Specs: D-Bus Specification, "Marshaling (Wire Format)" and "Message Format".

/// Little endian, as the first byte of a message says.
const LITTLE_ENDIAN: u8 = b'l';

/// Version of the protocol.
const VERSION: u8 = 1;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `METHOD_CALL`
    Call = 1,
    /// `SIGNAL`
    Signal = 4,
}

/// Header fields: `PATH`, `INTERFACE`, `MEMBER`, `DESTINATION`, `SIGNATURE`.
const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const DESTINATION: u8 = 6;
const SIGNATURE: u8 = 8;

/// A message about to be sent.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// Call or signal.
    pub kind: Kind,
    /// To whom; a signal may go to all.
    pub destination: Option<&'a str>,
    /// The object.
    pub path: &'a str,
    /// The interface.
    pub interface: &'a str,
    /// The method, or the name of the signal.
    pub member: &'a str,
    /// The type of the body.
    pub signature: &'a str,
    /// The arguments.
    pub body: Body,
}

impl Frame<'_> {
    /// As it goes over the wire.
    ///
    /// # Panics
    ///
    /// The body has more than 4 GiB.
    pub fn bytes(&self, serial: u32) -> Vec<u8> {
        let body = &self.body.0;
        let mut message = Body(vec![LITTLE_ENDIAN, self.kind as u8, 0, VERSION]);
        message.uint32(length(body));
        message.uint32(serial);
        let mut fields = Body::default();
        fields.field(PATH, "o", self.path);
        fields.field(INTERFACE, "s", self.interface);
        fields.field(MEMBER, "s", self.member);
        if let Some(destination) = self.destination {
            fields.field(DESTINATION, "s", destination);
        }
        if !self.signature.is_empty() {
            fields.pad(8);
            fields.0.push(SIGNATURE);
            fields.type_name("g");
            fields.type_name(self.signature);
        }
        message.uint32(length(&fields.0));
        // Behind 16 bytes, fields are aligned as they were.
        message.0.extend(&fields.0);
        message.pad(8);
        message.0.extend(body);
        message.0
    }
}

/// Marshalled values. Each is aligned to its size, counted from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Body(pub Vec<u8>);

impl Body {
    /// No options (`a{sv}`).
    pub fn no_options() -> Self {
        let mut body = Self::default();
        body.options(&Self::default());
        body
    }

    /// One option that is a text.
    pub fn text_option(name: &str, value: &str) -> Self {
        let mut entry = Self::default();
        entry.string(name);
        entry.type_name("s");
        entry.string(value);
        let mut body = Self::default();
        body.options(&entry);
        body
    }

    /// Options of which the entries are marshalled already.
    pub fn options(&mut self, entries: &Self) {
        self.uint32(length(&entries.0));
        self.pad(8);
        self.0.extend(&entries.0);
    }

    /// `u`
    pub fn uint32(&mut self, number: u32) {
        self.pad(4);
        self.0.extend(number.to_le_bytes());
    }

    /// `s` or `o`
    pub fn string(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.0.push(0);
    }

    /// `ay`
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.uint32(length(bytes));
        self.0.extend(bytes);
    }

    /// `g`
    ///
    /// # Panics
    ///
    /// It is longer than a type may be.
    pub fn type_name(&mut self, name: &str) {
        let length = u8::try_from(name.len()).expect("a short type");
        self.0.push(length);
        self.0.extend(name.as_bytes());
        self.0.push(0);
    }

    fn pad(&mut self, to: usize) {
        let padded = self.0.len().next_multiple_of(to);
        self.0.resize(padded, 0);
    }

    fn field(&mut self, code: u8, kind: &str, value: &str) {
        self.pad(8);
        self.0.push(code);
        self.type_name(kind);
        self.string(value);
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a message is far below 4 GiB")
}

#[cfg(test)]
mod tests {
    use zbus::Message;
    use zbus::wire::LE;
    use zbus::wire::serialized::{Context, Data};

    use super::{Body, Frame, Kind};

    #[test]
    fn a_message_by_hand_is_one_that_a_library_reads() {
        let mut body = Body::default();
        body.string("name");
        body.bytes(&[1, 2, 3]);
        let frame = Frame {
            kind: Kind::Call,
            destination: Some("org.example.Service"),
            path: "/org/example",
            interface: "org.example.Service",
            member: "Do",
            signature: "say",
            body,
        };
        let bytes = frame.bytes(7);
        // The text with its end takes 9 bytes, and the next value begins at 12.
        let body = &bytes[bytes.len() - (12 + 4 + 3)..];
        let data = Data::new(body, Context::new(LE, 0));
        let (read, _): ((String, Vec<u8>), _) = data.deserialize().expect("the arguments");
        assert_eq!(read, ("name".to_owned(), vec![1, 2, 3]));
        let own = Message::method_call("/org/example", "Do")
            .destination("org.example.Service")
            .interface("org.example.Service")
            .build(&("name", &[1_u8, 2, 3][..]));
        let own = own.expect("a message");
        assert_eq!(own.data().bytes().len(), bytes.len());
    }
}
