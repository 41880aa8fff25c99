//! Catches the signals that are for users, and whose default action would end the agent.
//!
//! Specs: signal(7); ssh-agent(1), which forgets its keys at SIGUSR1 since OpenSSH 10.0.

use std::io;
use std::rc::Rc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

use crate::behind::agents::Agents;
use crate::keys::Keys;
use crate::protocol;

/// Receives SIGUSR1 and SIGUSR2 instead of the default action, for as long as the process lives.
#[derive(Debug)]
pub(crate) struct UserSignals {
    first: Signal,
    second: Signal,
}

impl UserSignals {
    /// Catches the signals.
    ///
    /// # Errors
    ///
    /// The process has no file descriptor left for the signals.
    pub(crate) fn install() -> io::Result<Self> {
        Ok(Self {
            first: signal(SignalKind::user_defined1())?,
            second: signal(SignalKind::user_defined2())?,
        })
    }

    /// Does at each SIGUSR1 what `ssh-add -D` does: the broker forgets the PINs of the user, and
    /// `agents` remove their keys, at once or, if they are locked, when they are unlocked. The
    /// agent stays locked, as OpenSSH's does. SIGUSR2 has no meaning yet and does nothing. Never
    /// returns.
    pub(crate) async fn obey(mut self, keys: &impl Keys, agents: &Rc<Agents>) {
        loop {
            tokio::select! {
                _ = self.first.recv() => forget(keys, agents).await,
                _ = self.second.recv() => info!("ignored SIGUSR2, which has no meaning here"),
            }
        }
    }
}

async fn forget(keys: &impl Keys, agents: &Rc<Agents>) {
    info!("SIGUSR1: the broker is to forget the PINs of this user, and agents behind their keys");
    // What failed is logged.
    protocol::remove_all_without_a_client(keys, Rc::clone(agents)).await;
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use nix::sys::signal::{Signal, raise};
    use tokio::task::{LocalSet, spawn_local};

    use super::UserSignals;
    use crate::behind::fake_agents::{FakeAgents, willing, with_key};
    use crate::protocol;
    use crate::protocol::client::Client;
    use crate::protocol::fake_keys::FakeKeys;

    #[tokio::test]
    async fn a_list_after_a_signal_waits_until_keys_are_removed() {
        let fakes = FakeAgents::new(&[with_key, willing]);
        let agents = fakes.agents();
        let keys = Rc::new(FakeKeys::answering(Vec::new(), Vec::new()).and_pins());
        let signals = UserSignals::install().unwrap();
        raise(Signal::SIGUSR1).unwrap();
        let (mut client, of_client) = (Client::before(Rc::clone(&agents)), Rc::clone(&keys));
        let list = async move { protocol::answer(&[11], &mut client, &*of_client).await };
        let both = async {
            // The tasks of connections are polled after the one that obeys signals.
            let list = spawn_local(list);
            tokio::select! {
                () = signals.obey(&*keys, &agents) => {}
                listed = list => drop(listed.unwrap()),
            }
        };
        LocalSet::new().run_until(both).await;
        assert_eq!(fakes.kinds(), [(0, 19), (0, 11)]);
    }
}
