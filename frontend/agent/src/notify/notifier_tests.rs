//! Notifications that are shown behind a socket.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::FutureExt;
use sshtpm_ssh::session::Binding;
use tokio::io::AsyncReadExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::LocalSet;
use tokio::time::timeout;

use super::{For, Notice, Notifier, Occasion, Signing};
use crate::asker::Asker;
use crate::notify::screen::Screen;
use crate::origin::Origin;
use crate::protocol::fake_keys::{self, string};

const KEY: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

/// Longer than any pause.
const MINUTE: Duration = Duration::from_mins(1);

/// A service that takes notifications, and a notifier that sends them there.
struct Setting {
    listener: UnixListener,
    notifier: Notifier,
    _directory: tempfile::TempDir,
}

fn setting(occasions: &[Occasion]) -> Setting {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("askpass.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let settings = occasions.iter().collect();
    Setting {
        listener,
        notifier: Notifier::new(settings, Screen::AtService(socket)),
        _directory: directory,
    }
}

fn data() -> Vec<u8> {
    [string(b"session"), vec![50], string(b"alice")].concat()
}

fn signing<'a>(data: &'a [u8], asker: &'a Asker) -> Signing<'a> {
    Signing {
        fingerprint: KEY,
        data,
        asker,
    }
}

fn forwarded() -> Asker {
    let session = Binding {
        host_key: fake_keys::blob(),
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding: true,
    };
    Asker {
        origin: Origin::Forwarded,
        sessions: Rc::new(vec![session]),
        client: None,
    }
}

impl Setting {
    /// The next notification, and the connection on which it came.
    async fn next(&self) -> (Notice, UnixStream) {
        let (mut stream, _) = self.listener.accept().await.unwrap();
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.push(stream.read_u8().await.unwrap());
        }
        line.pop();
        (Notice::decode(&line).unwrap().unwrap(), stream)
    }

    async fn next_text(&self) -> String {
        let (notice, _stream) = self.next().await;
        let text = notice.text.in_words(&Default::default());
        text.to_string()
    }
}

#[tokio::test]
async fn a_use_is_told_with_its_purpose_and_the_host_that_asks() {
    let local = LocalSet::new();
    let test = local.run_until(async {
        let setting = setting(&[Occasion::Used]);
        let (data, asker) = (data(), forwarded());
        setting.notifier.used(signing(&data, &asker));
        let host = fake_keys::fingerprint();
        let told = format!(
            "SSH key {KEY} was used to log in as the user \"alice\", asked for by ANOTHER HOST to \
             which the agent is forwarded ({host})"
        );
        assert_eq!(setting.next_text().await, told);
    });
    test.await;
}

#[tokio::test]
async fn an_occasion_that_the_user_did_not_name_is_not_told() {
    let local = LocalSet::new();
    let test = local.run_until(async {
        let setting = setting(&[Occasion::Waiting]);
        let (data, asker) = (data(), Asker::default());
        setting.notifier.used(signing(&data, &asker));
        let _showing = setting.notifier.waiting(signing(&data, &asker), For::Pin);
        let told = setting.next_text().await;
        assert!(told.contains("needs its PIN to log in"), "{told}");
    });
    test.await;
}

#[tokio::test]
async fn a_notice_of_waiting_is_shown_as_long_as_somebody_waits() {
    let local = LocalSet::new();
    let test = local.run_until(async {
        let setting = setting(&[Occasion::Waiting]);
        let (data, asker) = (data(), Asker::default());
        let what = For::Confirmation;
        let showing = setting.notifier.waiting(signing(&data, &asker), what);
        let (notice, mut stream) = setting.next().await;
        assert_eq!(notice.occasion, Occasion::Waiting);
        drop(showing);
        // The agent hangs up.
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    });
    test.await;
}

#[tokio::test]
async fn a_wait_that_is_shown_hides_no_use() {
    let local = LocalSet::new();
    let test = local.run_until(async {
        let setting = setting(&[Occasion::Used, Occasion::Waiting]);
        let (data, asker) = (data(), forwarded());
        let _showing = setting.notifier.waiting(signing(&data, &asker), For::Pin);
        let (waiting, _stream) = setting.next().await;
        assert_eq!(waiting.occasion, Occasion::Waiting);
        let another = setting.notifier.forwarded.waiting.next().now_or_never();
        assert!(another.is_none(), "{another:?}");
        setting.notifier.used(signing(&data, &asker));
        assert_eq!(setting.next().await.0.occasion, Occasion::Used);
    });
    test.await;
}

#[tokio::test(start_paused = true)]
async fn uses_too_soon_after_a_notice_are_told_together_without_a_further_one() {
    let local = LocalSet::new();
    let test = local.run_until(async {
        let setting = setting(&[Occasion::Used]);
        let (data, asker) = (data(), Asker::default());
        setting.notifier.used(signing(&data, &asker));
        let first = setting.next_text().await;
        assert!(first.starts_with("SSH key SHA256:"), "{first}");
        for _ in 0..1000 {
            setting.notifier.used(signing(&data, &asker));
        }
        let second = setting.next_text().await;
        assert!(second.contains("was used 1000 times to log in"), "{second}");
        let third = timeout(MINUTE, setting.next_text()).await;
        assert!(third.is_err(), "{third:?}");
    });
    test.await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_comes_too_soon_is_shown_if_somebody_still_waits() {
    let local = LocalSet::new();
    let test = local.run_until(async {
        let setting = setting(&[Occasion::Waiting]);
        let (data, asker) = (data(), Asker::default());
        let waiting = |what| setting.notifier.waiting(signing(&data, &asker), what);
        let first = waiting(For::Pin);
        let (_notice, _stream) = setting.next().await;
        let over = waiting(For::Pin);
        let lasting = waiting(For::Confirmation);
        drop(over);
        let next = setting.next_text().await;
        assert!(next.contains("needs your confirmation"), "{next}");
        drop((first, lasting));
        let more = timeout(MINUTE, setting.next_text()).await;
        assert!(more.is_err(), "{more:?}");
    });
    test.await;
}

#[tokio::test]
async fn a_flood_of_a_host_hides_no_use_of_this_machine() {
    let local = LocalSet::new();
    let test = local.run_until(async {
        let setting = setting(&[Occasion::Used]);
        let (data, here, there) = (data(), Asker::default(), forwarded());
        for _ in 0..1000 {
            setting.notifier.used(signing(&data, &there));
        }
        setting.notifier.used(signing(&data, &here));
        let (first, second) = (setting.next_text().await, setting.next_text().await);
        assert!(first.contains("ANOTHER HOST"), "{first}");
        assert!(second.contains("on this machine"), "{second}");
    });
    test.await;
}
