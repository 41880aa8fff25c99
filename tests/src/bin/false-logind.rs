//! A program that pretends to be logind on the system bus.
//!
//! `false-logind UID` takes logind's name, and says that this user has an unlocked session in the
//! foreground of a seat, until it ends. It prints what it is to delay.
//!
//! Specs: org.freedesktop.login1(5).

use std::fs::File;

use zbus::connection::Builder;
use zbus::{OwnedFd, OwnedObjectPath, fdo};

const SESSION: &str = "/org/freedesktop/login1/session/_31";

/// Number, uid, user name, seat and object of a session.
type ListedSession = (String, u32, String, String, OwnedObjectPath);

struct Manager(u32);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn list_sessions(&self) -> Vec<ListedSession> {
        let path = OwnedObjectPath::try_from(SESSION).ok();
        let path = path.into_iter();
        path.map(|path| ("1".into(), self.0, "user".into(), "seat0".into(), path))
            .collect()
    }

    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> fdo::Result<OwnedFd> {
        println!("{mode} {what}");
        let lock =
            File::open("/dev/null").map_err(|error| fdo::Error::IOError(error.to_string()))?;
        Ok(std::os::fd::OwnedFd::from(lock).into())
    }
}

struct Session(u32);

#[zbus::interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property)]
    fn user(&self) -> (u32, OwnedObjectPath) {
        (self.0, OwnedObjectPath::default())
    }

    #[zbus(property)]
    fn class(&self) -> &str {
        "user"
    }

    #[zbus(property)]
    fn seat(&self) -> (String, OwnedObjectPath) {
        ("seat0".to_owned(), OwnedObjectPath::default())
    }

    #[zbus(property)]
    fn remote(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn state(&self) -> &str {
        "active"
    }

    #[zbus(property)]
    fn locked_hint(&self) -> bool {
        false
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let uid = std::env::args().nth(1).ok_or("no uid")?.parse()?;
    let _bus = Builder::system()
        .serve_at("/org/freedesktop/login1", Manager(uid))
        .serve_at(SESSION, Session(uid))
        .name("org.freedesktop.login1")
        .build()
        .await?;
    std::future::pending::<()>().await;
    Ok(())
}
