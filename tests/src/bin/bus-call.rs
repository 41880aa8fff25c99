//! Makes one method call on the system bus: reads it as JSON, writes the reply or error as JSON.

use std::io::Read;

use futures_util::StreamExt;
use serde_json::{Map, Value, json};
use sshtpm_tests::{Argument, Refusal, Request, channel};
use zbus::message::{Flags, Type};
use zbus::{Connection, Dict, Message, MessageStream, Signature, Structure, Variant};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut request = String::new();
    std::io::stdin().read_to_string(&mut request)?;
    let request: Request = serde_json::from_str(&request)?;
    let call = message(&request)?;
    let bus = Connection::system().await?;
    let reply = match request.in_channel {
        true => exchange(&channel::open(&bus).await?, &call).await?,
        false => exchange(&bus, &call).await?,
    };
    let answer = match reply.message_type() {
        Type::Error => Err(refusal(&reply)?),
        _ => Ok(arguments(&reply)?),
    };
    println!("{}", serde_json::to_string(&answer)?);
    Ok(())
}

fn message(request: &Request) -> Result<Message, Failure> {
    let flags = match request.interactive {
        true => Flags::ALLOW_INTERACTIVE_AUTH,
        false => Flags::empty(),
    };
    let call = Message::method_call(request.path.as_str(), request.member.as_str())
        .with_flags(flags)
        .destination(request.destination.as_str())
        .interface(request.interface.as_str());
    let call = match &request.sender {
        Some(sender) => call.sender(sender.as_str()),
        None => call,
    };
    if request.arguments.is_empty() {
        return Ok(call.build(&())?);
    }
    let mut body = Structure::builder();
    for argument in &request.arguments {
        body.push_value(variant(argument)?);
    }
    Ok(call.build(&body.build()?)?)
}

fn variant(argument: &Argument) -> Result<Variant<'_>, Failure> {
    Ok(match argument {
        Argument::Text(text) => Variant::from(text.as_str()),
        Argument::Number(number) => Variant::from(*number),
        Argument::Flag(truth) => Variant::from(*truth),
        Argument::Texts(texts) => Variant::from(texts.clone()),
        Argument::Destinations(destinations) => Variant::from(destinations.clone()),
        Argument::Sessions(sessions) => Variant::from(sessions.clone()),
        Argument::Bytes(bytes) => Variant::from(bytes.as_slice()),
        Argument::Descriptor => {
            let file: std::os::fd::OwnedFd = std::fs::File::open("/dev/null")?.into();
            Variant::Fd(file.into())
        }
        Argument::Options(options) => {
            let mut entries = Dict::new(&Signature::Str, &Signature::Variant);
            for (name, value) in options {
                let value = Variant::Variant(Box::new(variant(value)?));
                entries.append(Variant::from(name.as_str()), value)?;
            }
            Variant::Dict(entries)
        }
    })
}

async fn exchange(connection: &Connection, call: &Message) -> Result<Message, Failure> {
    let mut messages = MessageStream::from(connection);
    connection.send(call).await?;
    let serial = call.primary_header().serial_num();
    while let Some(message) = messages.next().await {
        let message = message?;
        if message.header().reply_serial() == Some(serial) {
            return Ok(message);
        }
    }
    Err("the bus closed the connection".into())
}

fn refusal(reply: &Message) -> Result<Refusal, Failure> {
    let name = reply.header().error_name().map(ToString::to_string);
    Ok(Refusal {
        name: name.ok_or("an error without a name")?,
        text: reply.body().deserialize().unwrap_or_default(),
    })
}

fn arguments(reply: &Message) -> Result<Value, Failure> {
    let body = reply.body();
    if body.is_empty() {
        return Ok(json!([]));
    }
    let arguments: Structure<'_> = body.deserialize()?;
    Ok(arguments.fields().iter().map(value).collect())
}

/// Bytes become a list of numbers, a dictionary an object, a structure a list.
fn value(variant: &Variant<'_>) -> Value {
    match variant {
        Variant::U8(number) => json!(number),
        Variant::Bool(truth) => json!(truth),
        Variant::U32(number) => json!(number),
        Variant::U64(number) => json!(number),
        Variant::Str(text) => json!(text.as_str()),
        Variant::Variant(inner) => value(inner),
        Variant::Array(elements) => elements.inner().iter().map(value).collect(),
        Variant::Structure(fields) => fields.fields().iter().map(value).collect(),
        Variant::Dict(entries) => {
            Value::Object(entries.iter().filter_map(entry).collect::<Map<_, _>>())
        }
        other => json!(other.to_string()),
    }
}

fn entry((name, content): (&Variant<'_>, &Variant<'_>)) -> Option<(String, Value)> {
    match name {
        Variant::Str(name) => Some((name.to_string(), value(content))),
        _ => None,
    }
}
