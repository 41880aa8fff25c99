//! What an agent serves: which keys, in front of which agents.

use std::path::PathBuf;
use std::rc::Rc;

use tokio::net::UnixListener;

use crate::args::Arguments;
use crate::asking::person::AgentPerson;
use crate::behind::agents::Agents;
use crate::behind::direct::Direct;
use crate::broker::keys::BrokerKeys;
use crate::config::{self, AgentName, Config, Surroundings};
use crate::dialler::client::ThroughDialler;
use crate::error::AgentError;
use crate::keys::Keys;
use crate::only::OnlySome;
use crate::process::user_signals::UserSignals;
use crate::serving::{accept, limit};

/// An agent that knows how it serves.
#[derive(Debug)]
pub(crate) struct ConfiguredAgent {
    config: Config,
    way: Way,
}

/// How the agents behind are reached.
#[derive(Debug)]
enum Way {
    /// By this process, which starts OpenSSH's agent with these options.
    Direct(Vec<String>),
    /// Through the dialler at this socket, as the agent with this name.
    ThroughDialler(PathBuf, Option<AgentName>),
}

impl ConfiguredAgent {
    /// As the command line and `agent.toml` say.
    ///
    /// # Errors
    ///
    /// The file has a mistake, or does not describe the agent.
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, AgentError> {
        let way = match &arguments.dialler_socket {
            Some(socket) => Way::ThroughDialler(socket.clone(), arguments.name.clone()),
            None => Way::Direct(arguments.for_ssh_agent()),
        };
        Ok(Self {
            config: config::of(arguments.wanted()?, Surroundings::of_process())?,
            way,
        })
    }

    /// Serves `listener` until `stopped` is ready. `person` is asked for PINs.
    pub(crate) async fn serve(
        self,
        listener: UnixListener,
        person: AgentPerson,
        signals: UserSignals,
        stopped: impl Future<Output = ()>,
    ) {
        let agents = agents(&self.config, self.way);
        let keys = BrokerKeys::new(person, self.config.notifications);
        match self.config.only {
            None => serve(listener, keys, agents, signals, stopped).await,
            Some(only) => {
                let keys = OnlySome::new(keys, only);
                serve(listener, keys, agents, signals, stopped).await;
            }
        }
    }
}

fn agents(config: &Config, way: Way) -> Agents {
    let behind = &config.behind;
    match way {
        Way::Direct(options) => Agents::new(behind, Direct::new(behind, options)),
        Way::ThroughDialler(socket, name) => {
            Agents::new(behind, ThroughDialler::new(socket, name, behind))
        }
    }
}

async fn serve<K: Keys + 'static>(
    listener: UnixListener,
    keys: K,
    agents: Agents,
    signals: UserSignals,
    stopped: impl Future<Output = ()>,
) {
    let keys = Rc::new(keys);
    let agents = Rc::new(agents);
    let limit = limit::connections(agents.count());
    tokio::select! {
        () = accept::serve(listener, limit, Rc::clone(&keys), Rc::clone(&agents), stopped) => {}
        () = signals.obey(&*keys, &agents) => {}
    }
}
