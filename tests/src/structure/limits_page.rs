//! The page of limits: each constant that it names is in a file of that name.

use super::workspace::SourceFile;

/// How many constants the page names, and those that its files do not have, a line each.
pub(super) fn wrong(page: &str, sources: &[SourceFile]) -> (usize, String) {
    let mut known = 0;
    let mut wrong = String::new();
    for row in page.lines().filter(|line| line.starts_with('|')) {
        for (file, constant) in named(row) {
            known += 1;
            let defined = ["const", "static"].map(|kind| format!("{kind} {constant}: "));
            let defines = |text: &str| defined.iter().any(|one| text.contains(one));
            let mut named = sources.iter().filter(|source| source.path.ends_with(file));
            if !named.any(|source| defines(&source.text)) {
                wrong += &format!("{file} {constant}\n");
            }
        }
    }
    (known, wrong)
}

/// The constants in the last cell of a row, each with the file named before it.
fn named(row: &str) -> Vec<(&str, &str)> {
    let cell = row.trim_end_matches([' ', '|']).rsplit(" | ").next();
    let words = cell.unwrap_or_default().split('`').skip(1).step_by(2);
    let mut file = "";
    let mut named = Vec::new();
    for word in words {
        if word.ends_with(".rs") {
            file = word;
        } else if !file.is_empty() && is_constant(word) {
            named.push((file, word));
        }
    }
    named
}

fn is_constant(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.len() > 3 && word.chars().all(is_part)
}
