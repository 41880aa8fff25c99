//! The thread that starts the programs of a private machine, and lives as long as the machine.
//!
//! A program can ask Linux for a signal at the death of its parent (`PR_SET_PDEATHSIG`, prctl(2)),
//! and gets it when the *thread* ends that started it. nbdkit does so. Started by a thread that
//! ends at once, it lives or dies by which of the two is quicker.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};

/// A program to start, and where the answer goes.
type Order = (Command, Sender<io::Result<Child>>);

/// Starts programs. Its thread ends with it.
pub(crate) struct Starter {
    orders: Sender<Order>,
}

impl Starter {
    /// One whose thread does `go_inside` first.
    pub(crate) fn new(go_inside: impl FnOnce() + Send + 'static) -> Self {
        let (orders, taken) = channel::<Order>();
        std::thread::spawn(move || {
            go_inside();
            for (mut command, answer) in taken {
                // Nobody waits for the answer if the test has failed.
                let _ = answer.send(command.spawn());
            }
        });
        Self { orders }
    }

    /// Starts a program.
    ///
    /// # Errors
    ///
    /// There is no such program, or it cannot be started.
    ///
    /// # Panics
    ///
    /// The thread could not go inside.
    pub(crate) fn start(&self, command: Command) -> io::Result<Child> {
        let (answer, answered) = channel();
        let sent = self.orders.send((command, answer));
        sent.expect("the thread that starts programs is inside");
        answered
            .recv()
            .expect("the thread that starts programs answers")
    }
}
