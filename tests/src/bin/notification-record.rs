//! A notification server that has no screen: it writes down what it is to show.
//!
//! `notification-record FILE` serves the session bus, and appends a line of JSON to FILE for each
//! notification that is shown or closed.
//!
//! Specs: Desktop Notifications Specification 1.2.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;

use serde_json::{Value, json};
use zbus::{OwnedVariant, fdo};

/// The server.
struct Server {
    record: File,
    last: u32,
}

impl Server {
    fn note(&mut self, line: &Value) -> fdo::Result<()> {
        let written = writeln!(self.record, "{line}");
        written.map_err(|error| fdo::Error::IOError(error.to_string()))
    }
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "the specification has as many")]
    fn notify(
        &mut self,
        app_name: &str,
        _replaces_id: u32,
        _app_icon: &str,
        summary: &str,
        body: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedVariant>,
        expire_timeout: i32,
    ) -> fdo::Result<u32> {
        self.last += 1;
        self.note(&json!({
            "shown": self.last, "program": app_name, "summary": summary, "body": body,
            "expires": expire_timeout,
        }))?;
        Ok(self.last)
    }

    fn close_notification(&mut self, id: u32) -> fdo::Result<()> {
        self.note(&json!({ "closed": id }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("no file")?;
    let record = OpenOptions::new().create(true).append(true).open(path)?;
    let server = Server { record, last: 0 };
    let _bus = zbus::connection::Builder::session()
        .serve_at("/org/freedesktop/Notifications", server)
        .name("org.freedesktop.Notifications")
        .build()
        .await?;
    std::future::pending::<()>().await;
    Ok(())
}
