//! `make bench`: how fast it is, against what the chip alone would take.
//!
//! Purpose: measure the programs as they are installed, through the real agent socket, bus, polkitd
//! and broker, each time in turns with a floor, so that the ratio says something whatever machine
//! it is and whatever else that does. May touch: private machines, like the scenarios. Must never
//! stand in for a component, nor change a figure.
//!
//! `docs/PERFORMANCE.md` says what each measure is and how to read it.

pub mod baseline;
mod bus_times;
pub mod chip_proxy;
pub mod chips;
pub mod commands;
pub mod comparison;
pub mod fairness;
pub mod floor;
pub mod guard;
pub mod kind;
pub mod list_behind;
pub mod lists;
pub mod login;
pub mod machine_facts;
pub mod memory;
pub mod module;
mod module_commands;
pub mod neighbours;
pub mod noticed;
mod our_module;
pub mod pin;
pub mod pkcs11;
pub mod plan;
pub mod plot;
pub mod polkit_share;
mod provider;
mod repeated;
pub mod report;
pub mod row;
pub mod sampling;
pub mod sealed;
pub mod sign;
pub mod slow_chip;
pub mod stage;
pub mod start;
pub mod throughput;
mod tpm2_pkcs11;

use std::any::Any;
use std::time::Instant;

use plan::Plan;
use row::Row;

/// One thing that is measured, in a world of its own.
pub struct Measure {
    /// Its name for `--only`.
    pub name: &'static str,
    make: fn(Plan) -> Vec<Row>,
}

/// All of them, in the order of the table.
pub const MEASURES: [Measure; 16] = [
    Measure {
        name: "sign",
        make: sign::measure,
    },
    Measure {
        name: "pin",
        make: pin::measure,
    },
    Measure {
        name: "sealed",
        make: sealed::measure,
    },
    Measure {
        name: "pkcs11",
        make: pkcs11::measure,
    },
    Measure {
        name: "pkcs11-module",
        make: module::measure,
    },
    Measure {
        name: "throughput",
        make: throughput::measure,
    },
    Measure {
        name: "commands",
        make: commands::measure,
    },
    Measure {
        name: "slow-chip",
        make: slow_chip::measure,
    },
    Measure {
        name: "polkit",
        make: polkit_share::measure,
    },
    Measure {
        name: "login",
        make: login::measure,
    },
    Measure {
        name: "lists",
        make: lists::measure,
    },
    Measure {
        name: "list-behind",
        make: list_behind::measure,
    },
    Measure {
        name: "start",
        make: start::measure,
    },
    Measure {
        name: "memory",
        make: memory::measure,
    },
    Measure {
        name: "fairness",
        make: fairness::measure,
    },
    Measure {
        name: "neighbours",
        make: neighbours::measure,
    },
];

/// Makes those measures whose name contains `only`. One that cannot be made is a row with the
/// reason, and the others are made all the same.
pub fn measure(plan: Plan, only: &str) -> Vec<Row> {
    let wanted = MEASURES
        .iter()
        .filter(|measure| measure.name.contains(only));
    wanted.flat_map(|measure| measure.rows(plan)).collect()
}

impl Measure {
    fn rows(&self, plan: Plan) -> Vec<Row> {
        let start = Instant::now();
        eprintln!("measuring: {}", self.name);
        let made = std::panic::catch_unwind(|| (self.make)(plan));
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("measuring: {} took {seconds:.0} s", self.name);
        made.unwrap_or_else(|panic| vec![self.failed(&*panic)])
    }

    fn failed(&self, panic: &(dyn Any + Send)) -> Row {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let reason = text.unwrap_or("it said nothing").lines().next();
        let note = format!("not measured: {}", reason.unwrap_or_default());
        Row {
            failed: true,
            ..Row::new(self.name, self.name).note(note)
        }
    }
}
