//! Connects to the system bus.
//!
//! Specs: D-Bus Specification, "Server Addresses".

use std::ffi::OsString;
use std::io;

use tokio::net::UnixStream;
use zbus::Address;
use zbus::address::transport::{Transport, UnixSocket};

/// Connects to the socket of the system bus, at `DBUS_SYSTEM_BUS_ADDRESS` or its standard address.
///
/// # Errors
///
/// Nobody listens there, or the address is not that of a Unix socket.
pub(in crate::bus) async fn system_bus() -> zbus::Result<UnixStream> {
    let address = Address::system()?;
    let Transport::Unix(unix) = address.transport() else {
        return Err(not_supported().into());
    };
    let stream = match unix.path() {
        UnixSocket::File(path) => UnixStream::connect(path).await?,
        UnixSocket::Abstract(name) => {
            // unix(7): the address of an abstract socket begins with a zero byte.
            let mut address = OsString::from("\0");
            address.push(name);
            UnixStream::connect(address).await?
        }
        _ => return Err(not_supported().into()),
    };
    Ok(stream)
}

fn not_supported() -> io::Error {
    let text = "the address of the system bus is not that of a Unix socket; see \
                DBUS_SYSTEM_BUS_ADDRESS";
    io::Error::new(io::ErrorKind::Unsupported, text)
}
