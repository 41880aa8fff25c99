//! Circles of files.

use std::collections::BTreeSet;

use super::uses::Uses;

/// Files of which each uses all others, directly or by a detour.
pub(super) struct Circle {
    pub(super) files: BTreeSet<usize>,
    /// The uses between them.
    pub(super) uses: Vec<(usize, usize, Vec<String>)>,
}

/// Every circle, each file being in one of them at most.
pub(super) fn circles(uses: &Uses) -> Vec<Circle> {
    let files: BTreeSet<usize> = uses.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut circles = Vec::new();
    for &file in &files {
        if seen.contains(&file) {
            continue;
        }
        let from_here = reached(uses, file);
        let around: BTreeSet<usize> = from_here
            .into_iter()
            .filter(|&other| reached(uses, other).contains(&file))
            .collect();
        seen.extend(&around);
        if !around.is_empty() {
            circles.push(Circle {
                uses: inside(uses, &around),
                files: around,
            });
        }
    }
    circles
}

/// What `file` uses, directly or by a detour; itself only if that is around a circle.
fn reached(uses: &Uses, file: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![file];
    while let Some(at) = ahead.pop() {
        for (_, to) in uses.keys().filter(|(from, _)| *from == at) {
            if reached.insert(*to) {
                ahead.push(*to);
            }
        }
    }
    reached
}

fn inside(uses: &Uses, files: &BTreeSet<usize>) -> Vec<(usize, usize, Vec<String>)> {
    let between = uses
        .iter()
        .filter(|((from, to), _)| files.contains(from) && files.contains(to));
    between
        .map(|(&(from, to), names)| (from, to, names.iter().cloned().collect()))
        .collect()
}
