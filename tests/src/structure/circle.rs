//! Circles: files of one crate that can only be understood together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use super::crate_uses::{CrateUses, FileUse};

/// Files each of which uses every other, directly or by way of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Circle {
    /// The files, sorted.
    pub(super) files: Vec<PathBuf>,
    /// What they use of each other.
    pub(super) uses: Vec<FileUse>,
}

/// The circles in a crate. Every file is in one of them at most.
pub(super) fn circles(crate_uses: &CrateUses) -> Vec<Circle> {
    let uses: Vec<FileUse> = crate_uses.uses().collect();
    let mut used: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for one in &uses {
        used.entry(&one.from).or_default().push(&one.to);
    }
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = used
        .keys()
        .map(|&file| (file, reached_from(file, &used)))
        .collect();
    let reaches = |from: &Path, to: &Path| reached.get(from).is_some_and(|all| all.contains(to));
    let mut circles: Vec<Circle> = Vec::new();
    for &file in reached.keys().filter(|&&file| reaches(file, file)) {
        if circles.iter().any(|circle| circle.has(file)) {
            continue;
        }
        let both = reached
            .keys()
            .filter(|&&other| reaches(file, other) && reaches(other, file));
        let files = both.map(|&file| file.to_owned()).collect();
        circles.push(Circle::of(files, &uses));
    }
    circles
}

/// The files that `from` uses, and those that they use, and so on.
fn reached_from<'a>(
    from: &'a Path,
    used: &BTreeMap<&'a Path, Vec<&'a Path>>,
) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        for &other in used.get(file).into_iter().flatten() {
            if reached.insert(other) {
                next.push(other);
            }
        }
    }
    reached
}

impl Circle {
    fn of(files: Vec<PathBuf>, uses: &[FileUse]) -> Self {
        let inside = |one: &&FileUse| files.contains(&one.from) && files.contains(&one.to);
        let uses = uses.iter().filter(inside).cloned().collect();
        Self { files, uses }
    }

    fn has(&self, file: &Path) -> bool {
        self.files.iter().any(|own| own == file)
    }
}

/// A line for each use: `file → file: names`.
impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "circle of {} files:", self.files.len())?;
        for FileUse { from, to, names } in &self.uses {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let names = names.join(", ");
            writeln!(f, "  {} → {}: {names}", from.display(), to.display())?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "circle_tests.rs"]
mod tests;
