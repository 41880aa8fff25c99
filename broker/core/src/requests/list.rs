//! A request to list keys.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to list keys.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) target: Target,
}

impl Request for List {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::ListOwnKeys)
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![("owner", self.target.owner.name().as_str().to_owned())],
            message: Words::from(
                "Authentication is required to list the SSH keys in the TPM of the user ",
            )
            .and(Quoted::new(self.target.owner.name().as_str())),
        }
    }
}
