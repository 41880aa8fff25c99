//! A request to list keys whose users are gone.

use crate::identity::Caller;
use crate::orphans::{Place, Which};
use crate::policy::{Action, Details, Request};

/// A request for one page of the keys whose users are gone.
#[derive(Clone, Debug)]
pub struct ListOrphans {
    /// The caller.
    pub caller: Caller,
    /// Which of them.
    pub which: Which,
    /// Where the page before ended; `None` for the first one.
    pub after: Option<Place>,
}

impl Request for ListOrphans {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::ManageOthers
    }

    fn details(&self) -> Details {
        Details {
            entries: Vec::new(),
            message: "Authentication is required to list the SSH keys of users who are gone".into(),
        }
    }
}
