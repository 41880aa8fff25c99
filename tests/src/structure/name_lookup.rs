//! Paths, followed through modules, imports and re-exports to the file that defines their name.
//!
//! Spec: the Rust Reference, "Paths" and "Use declarations". Visibility is not looked at: the
//! compiler has done that.

use std::collections::HashSet;
use std::path::Path;

use super::module_tree::{Kind, Meaning, ModuleId, ModuleTree};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A module of the crate.
    Module(ModuleId),
    /// An item, by the file and the name of its definition.
    Item {
        /// The file with the definition.
        file: &'a Path,
        /// The name in the definition.
        name: String,
        /// What it is.
        kind: Kind,
    },
}

/// Imports and globs that a look-up has followed already, so that it ends.
type Followed = HashSet<(ModuleId, String, usize)>;

impl ModuleTree {
    /// All that `path` can lead to from module `from`: a type, a value, a macro and a module can
    /// share a name. Nothing, when it leads out of the crate.
    pub(super) fn resolve(&self, from: ModuleId, path: &[String]) -> Vec<Found<'_>> {
        self.follow(from, path, &mut Followed::new())
    }

    /// Whether `name`, as the first segment of a path, is a name of this crate or an import.
    pub(super) fn knows(&self, from: ModuleId, name: &str) -> bool {
        let meanings = self.module(from).names.get(name);
        let named = meanings.into_iter().flatten().any(|meaning| match meaning {
            Meaning::Import(path) => path.as_slice() != [name],
            Meaning::Module(_) | Meaning::Item(_) => true,
        });
        named || !self.resolve(from, &[name.to_owned()]).is_empty()
    }

    /// Textual scope of `macro_rules!`: the definition in the nearest module around `from`.
    pub(super) fn macro_around(&self, from: ModuleId, name: &str) -> Option<&Path> {
        let mut next = Some(from);
        while let Some(id) = next {
            let module = self.module(id);
            let meanings = module.names.get(name);
            let is_macro = |meaning: &Meaning| matches!(meaning, Meaning::Item(Kind::Macro));
            if meanings.into_iter().flatten().any(is_macro) {
                return Some(&module.file);
            }
            next = module.parent;
        }
        None
    }

    fn follow(&self, from: ModuleId, path: &[String], followed: &mut Followed) -> Vec<Found<'_>> {
        let mut path = path.iter();
        let mut found = match path.next().map(String::as_str) {
            None => return Vec::new(),
            Some("crate") => vec![Found::Module(Self::ROOT)],
            Some("self") => vec![Found::Module(from)],
            Some("super") => self.parent_of(from),
            Some(name) => self.named(from, name, followed),
        };
        for segment in path {
            found = self.step(found, segment, followed);
        }
        found
    }

    fn parent_of(&self, module: ModuleId) -> Vec<Found<'_>> {
        let parent = self.module(module).parent;
        parent.map(Found::Module).into_iter().collect()
    }

    fn step<'a>(
        &'a self,
        found: Vec<Found<'a>>,
        segment: &str,
        followed: &mut Followed,
    ) -> Vec<Found<'a>> {
        let mut next = Vec::new();
        for found in found {
            match found {
                Found::Module(module) if segment == "super" => next.extend(self.parent_of(module)),
                Found::Module(module) => next.extend(self.named(module, segment, followed)),
                Found::Item {
                    kind: Kind::Type, ..
                } => next.push(found),
                Found::Item { .. } => {}
            }
        }
        next
    }

    /// All that `name` means in `module`; what globs bring in only where nothing else does.
    fn named(&self, module: ModuleId, name: &str, followed: &mut Followed) -> Vec<Found<'_>> {
        let Some(meanings) = self.module(module).names.get(name) else {
            return self.named_by_globs(module, name, followed);
        };
        let mut found = Vec::new();
        for (number, meaning) in meanings.iter().enumerate() {
            match meaning {
                Meaning::Module(child) => found.push(Found::Module(*child)),
                Meaning::Item(kind) => found.push(Found::Item {
                    file: &self.module(module).file,
                    name: name.to_owned(),
                    kind: *kind,
                }),
                Meaning::Import(path) => {
                    if followed.insert((module, name.to_owned(), number)) {
                        found.extend(self.follow(module, path, followed));
                    }
                }
            }
        }
        found
    }

    fn named_by_globs(
        &self,
        module: ModuleId,
        name: &str,
        followed: &mut Followed,
    ) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        for (number, path) in self.module(module).globs.iter().enumerate() {
            if !followed.insert((module, format!("{name} in *"), number)) {
                continue;
            }
            for source in self.follow(module, path, followed) {
                if let Found::Module(source) = source {
                    found.extend(self.named(source, name, followed));
                }
            }
        }
        found
    }
}
