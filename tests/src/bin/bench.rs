//! `make bench`: measures, prints the table, and writes it to `target/bench`.
//!
//! Starts itself again inside the namespaces of `tests/namespace`, where it measures and can write
//! nothing; what it finds comes back as JSON. Its exit status says whether it could do its work,
//! not whether goals are met.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Parser;
use sshtpm_tests::bench::baseline::Baseline;
use sshtpm_tests::bench::comparison::comparison;
use sshtpm_tests::bench::plan::Plan;
use sshtpm_tests::bench::report::Report;
use sshtpm_tests::bench::row::Row;
use sshtpm_tests::bench::{machine_facts, measure, plot};
use sshtpm_tests::daemon::LOG_VARIABLE;

/// Measure how fast sshtpm is, against what the chip alone would take
#[derive(Debug, Parser)]
struct Arguments {
    /// Measure less of everything: two minutes
    #[arg(long)]
    short: bool,

    /// Make only the measures whose name contains this
    #[arg(long, value_name = "NAME", default_value = "")]
    only: String,

    /// Keep these figures in the repository, for later runs to be compared with
    #[arg(long)]
    write_baseline: bool,

    /// Measure, and write the rows as JSON (inside the namespaces)
    #[arg(long, hide = true)]
    inside: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if arguments.inside {
        let plan = Plan {
            short: arguments.short,
        };
        let rows = measure(plan, &arguments.only);
        serde_json::to_writer(std::io::stdout(), &rows)?;
        return Ok(());
    }
    if arguments.write_baseline && !arguments.only.is_empty() {
        return Err("the kept figures are of one run: --write-baseline goes without --only".into());
    }
    let machine = machine_facts::find();
    let rows = measure_inside(&arguments)?;
    let report = Report {
        machine,
        short: arguments.short,
        rows,
    };
    println!("\n{}", report.text());
    write(&report)?;
    compare(&report)?;
    let failed = report.rows.iter().filter(|row| row.failed);
    let failed: Vec<_> = failed.map(|row| row.what.as_str()).collect();
    if report.rows.is_empty() || !failed.is_empty() {
        return Err(format!("not everything was measured: {}", failed.join(", ")).into());
    }
    if arguments.write_baseline {
        Baseline::of(&report).write(&kept_figures())?;
        println!("written: tests/bench/baseline.json");
    }
    Ok(())
}

fn kept_figures() -> PathBuf {
    root().join("tests/bench/baseline.json")
}

/// The directory of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Measures the programs that were built with this one.
fn measure_inside(arguments: &Arguments) -> Result<Vec<Row>, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let programs = own.parent().ok_or("a program is in a directory")?;
    let mut command = Command::new(root().join("tests/namespace"));
    command
        .arg(&own)
        .arg("--inside")
        .args(["--only", &arguments.only]);
    if arguments.short {
        command.arg("--short");
    }
    // As they are installed; libtss2 would explain each refusal.
    command
        .env("SSHTPM_BIN", programs)
        .env(LOG_VARIABLE, "info")
        .env("TSS2_LOG", "all+NONE");
    let output = command.stdout(Stdio::piped()).spawn()?.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("the measuring ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn write(report: &Report) -> Result<(), Box<dyn Error>> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let directory = target.join("bench");
    std::fs::create_dir_all(&directory)?;
    let (json, svg) = (directory.join("bench.json"), directory.join("bench.svg"));
    std::fs::write(&json, serde_json::to_string_pretty(report)?)?;
    plot::write(report, &svg)?;
    println!("written: target/bench/bench.json and bench.svg");
    Ok(())
}

fn compare(report: &Report) -> Result<(), Box<dyn Error>> {
    match &Baseline::read(&kept_figures())? {
        Some(old) => println!("{}", comparison(old, &report.rows)),
        None => println!("no figures are kept yet (--write-baseline)"),
    }
    Ok(())
}
