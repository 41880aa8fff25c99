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
pub mod by_use;
pub mod chip_proxy;
pub mod chips;
pub mod commands;
pub mod comparison;
pub mod fairness;
pub mod floor;
pub mod guard;
pub mod jump_host;
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
mod peer;
pub mod peers;
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
pub mod scale;
pub mod sealed;
pub mod sign;
pub mod slow_chip;
mod ssh_tpm_agent;
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
    when: When,
}

/// When a measure is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    /// It takes minutes.
    IfNamed,
}

/// All of them, in the order of the table.
pub const MEASURES: [Measure; 20] = [
    Measure {
        name: "sign",
        make: sign::measure,
        when: When::Always,
    },
    Measure {
        name: "pin",
        make: pin::measure,
        when: When::Always,
    },
    Measure {
        name: "sealed",
        make: sealed::measure,
        when: When::Always,
    },
    Measure {
        name: "pkcs11",
        make: pkcs11::measure,
        when: When::Always,
    },
    Measure {
        name: "pkcs11-module",
        make: module::measure,
        when: When::Always,
    },
    Measure {
        name: "peers",
        make: peers::measure,
        when: When::Always,
    },
    Measure {
        name: "throughput",
        make: throughput::measure,
        when: When::Always,
    },
    Measure {
        name: "commands",
        make: commands::measure,
        when: When::Always,
    },
    Measure {
        name: "by-use",
        make: by_use::measure,
        when: When::Always,
    },
    Measure {
        name: "slow-chip",
        make: slow_chip::measure,
        when: When::Always,
    },
    Measure {
        name: "polkit",
        make: polkit_share::measure,
        when: When::Always,
    },
    Measure {
        name: "login",
        make: login::measure,
        when: When::Always,
    },
    Measure {
        name: "lists",
        make: lists::measure,
        when: When::Always,
    },
    Measure {
        name: "list-behind",
        make: list_behind::measure,
        when: When::Always,
    },
    Measure {
        name: "start",
        make: start::measure,
        when: When::Always,
    },
    Measure {
        name: "memory",
        make: memory::measure,
        when: When::Always,
    },
    Measure {
        name: "fairness",
        make: fairness::measure,
        when: When::Always,
    },
    Measure {
        name: "neighbours",
        make: neighbours::measure,
        when: When::Always,
    },
    Measure {
        name: "scale",
        make: scale::measure,
        when: When::IfNamed,
    },
    Measure {
        name: "scale-jump-host",
        make: jump_host::measure,
        when: When::IfNamed,
    },
];

/// Makes those measures whose name contains `only`. One that cannot be made is a row with the
/// reason, and the others are made all the same.
pub fn measure(plan: Plan, only: &str) -> Vec<Row> {
    let wanted = MEASURES.iter().filter(|measure| measure.is_wanted(only));
    wanted.flat_map(|measure| measure.rows(plan)).collect()
}

impl Measure {
    fn is_wanted(&self, only: &str) -> bool {
        let is_named = self.name.contains(only);
        is_named && (self.when == When::Always || !only.is_empty())
    }

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

#[cfg(test)]
mod tests {
    use super::MEASURES;

    #[test]
    fn what_takes_minutes_is_made_only_if_it_is_named() {
        let names = |only| {
            let wanted = MEASURES.iter().filter(move |one| one.is_wanted(only));
            wanted.map(|one| one.name).collect::<Vec<_>>()
        };
        assert!(!names("").iter().any(|name| name.starts_with("scale")));
        assert_eq!(names("scale"), ["scale", "scale-jump-host"]);
    }
}
