//! Names hosts without letting a slow file system hold up the agent.

use std::sync::Arc;
use std::time::Duration;

use sshtpm_ssh::words::Words;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::known_hosts::KnownHosts;
use super::names::Names;
use super::sentence::Sentence;

/// How long looking up names may take. A home directory may be on another machine.
const MAX_LOOK_UP: Duration = Duration::from_secs(1);

/// Look-ups at a time. One that hangs keeps a thread, so that all others tell no names.
const AT_A_TIME: usize = 1;

/// What this process knows of the names of hosts. Cloning shares its bound.
#[derive(Clone, Debug)]
pub(crate) struct Naming {
    files: KnownHosts,
    places: Arc<Semaphore>,
}

impl Default for Naming {
    /// By the files of the user who runs the process.
    fn default() -> Self {
        Self {
            files: KnownHosts::of_user(),
            places: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }
}

impl Naming {
    /// `sentence` with the names of its hosts, as far as they are found in time.
    pub(crate) async fn put_into_words(&self, sentence: &Sentence) -> Words {
        sentence.in_words(&self.names_in(sentence).await)
    }

    async fn names_in(&self, sentence: &Sentence) -> Names {
        let hosts = sentence.hosts();
        let place = Arc::clone(&self.places).try_acquire_owned();
        let (false, Ok(place)) = (hosts.is_empty(), place) else {
            return Names::default();
        };
        let files = self.files.clone();
        let look_up = spawn_blocking(move || {
            let _place = place;
            files.names_of(&hosts)
        });
        let found = timeout(MAX_LOOK_UP, look_up).await;
        found.ok().and_then(Result::ok).unwrap_or_default()
    }
}
