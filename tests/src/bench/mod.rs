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
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use plan::Plan;
use row::Row;

/// One thing that is measured, in a world of its own.
pub struct Measure {
    /// Its name for `--only`.
    pub name: &'static str,
    make: fn(Plan) -> Vec<Row>,
    company: Company,
}

/// What else is measured at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Company {
    /// It waits most of the time, so in the short form another one is made beside it.
    BesideAnother,
    /// It keeps the processors busy.
    Alone,
    /// So does this one, for minutes. It is made only if it is named.
    IfNamed,
}

/// All of them, in the order of the table. Those that are made alone come last.
pub const MEASURES: [Measure; 19] = [
    Measure {
        name: "sign",
        make: sign::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "pin",
        make: pin::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "sealed",
        make: sealed::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "pkcs11",
        make: pkcs11::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "pkcs11-module",
        make: module::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "peers",
        make: peers::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "throughput",
        make: throughput::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "commands",
        make: commands::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "slow-chip",
        make: slow_chip::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "polkit",
        make: polkit_share::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "login",
        make: login::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "lists",
        make: lists::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "list-behind",
        make: list_behind::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "start",
        make: start::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "memory",
        make: memory::measure,
        company: Company::BesideAnother,
    },
    Measure {
        name: "fairness",
        make: fairness::measure,
        company: Company::Alone,
    },
    Measure {
        name: "neighbours",
        make: neighbours::measure,
        company: Company::Alone,
    },
    Measure {
        name: "scale",
        make: scale::measure,
        company: Company::IfNamed,
    },
    Measure {
        name: "scale-jump-host",
        make: jump_host::measure,
        company: Company::IfNamed,
    },
];

/// Makes those measures whose name contains `only`. One that cannot be made is a row with the
/// reason, and the others are made all the same.
pub fn measure(plan: Plan, only: &str) -> Vec<Row> {
    let wanted = MEASURES.iter().filter(|measure| measure.is_wanted(only));
    let (beside, alone): (Vec<_>, Vec<_>) =
        wanted.partition(|measure| measure.company == Company::BesideAnother);
    let mut rows = rows_of(&beside, plan, plan.pick(1, 2));
    rows.extend(rows_of(&alone, plan, 1));
    rows
}

/// The rows of `measures` in their order, of which so many are made at once.
fn rows_of(measures: &[&Measure], plan: Plan, at_once: usize) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let take = || {
        let place = next.fetch_add(1, Ordering::Relaxed);
        measures
            .get(place)
            .map(|measure| (place, measure.rows(plan)))
    };
    let mut made: Vec<_> = std::thread::scope(|scope| {
        let start = |_| scope.spawn(|| std::iter::from_fn(take).collect::<Vec<_>>());
        let threads: Vec<_> = (0..at_once).map(start).collect();
        let ends = threads.into_iter().map(|thread| thread.join());
        ends.flat_map(|end| end.expect("a measure that panics is a row"))
            .collect()
    });
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().flat_map(|(_, rows)| rows).collect()
}

impl Measure {
    fn is_wanted(&self, only: &str) -> bool {
        let is_named = self.name.contains(only);
        is_named && (self.company != Company::IfNamed || !only.is_empty())
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
    use super::{Company, MEASURES};

    #[test]
    fn what_takes_minutes_is_made_only_if_it_is_named() {
        let names = |only| {
            let wanted = MEASURES.iter().filter(move |one| one.is_wanted(only));
            wanted.map(|one| one.name).collect::<Vec<_>>()
        };
        assert!(!names("").iter().any(|name| name.starts_with("scale")));
        assert_eq!(names("scale"), ["scale", "scale-jump-host"]);
    }

    #[test]
    fn the_table_ends_with_what_is_made_alone() {
        let is_alone = |one: &super::Measure| one.company != Company::BesideAnother;
        assert!(
            MEASURES
                .iter()
                .skip_while(|one| !is_alone(one))
                .all(is_alone)
        );
    }
}
