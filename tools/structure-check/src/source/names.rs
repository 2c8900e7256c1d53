//! Following a path to the units that define what it names.

use std::collections::BTreeSet;

use super::modules::{Crate, Definition};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Unit(usize),
    Module(usize),
}

/// The units that define what `path` names in `module`; none when it is of another crate, or a module.
pub fn units(source: &Crate, module: usize, path: &[String]) -> BTreeSet<usize> {
    let mut search = Search {
        source,
        open: BTreeSet::new(),
    };
    let targets = search.resolve(module, path);
    let units = targets.into_iter().filter_map(|target| match target {
        Target::Unit(unit) => Some(unit),
        Target::Module(_) => None,
    });
    units.collect()
}

struct Search<'source> {
    source: &'source Crate,
    /// Names that are being looked up: two globs may point at each other.
    open: BTreeSet<(usize, String)>,
}

impl Search<'_> {
    fn resolve(&mut self, module: usize, path: &[String]) -> Vec<Target> {
        match path.first().map(String::as_str) {
            Some("crate") => self.walk(0, &path[1..]),
            _ => self.walk(module, path),
        }
    }

    fn walk(&mut self, module: usize, path: &[String]) -> Vec<Target> {
        let Some((name, rest)) = path.split_first() else {
            return vec![Target::Module(module)];
        };
        match name.as_str() {
            "self" => return self.walk(module, rest),
            "super" => {
                let parent = self.source.modules[module].parent;
                return parent.map_or_else(Vec::new, |parent| self.walk(parent, rest));
            }
            _ => {}
        }
        let found = self.look_up(module, name);
        if rest.is_empty() {
            return found;
        }
        let modules: Vec<usize> = found
            .iter()
            .filter_map(|target| match target {
                Target::Module(module) => Some(*module),
                Target::Unit(_) => None,
            })
            .collect();
        // `status::Status` goes through the module `status`, not through a function of that name. Where
        // there is no such module, it is a type, and the rest is a part of it.
        if modules.is_empty() {
            return found;
        }
        modules
            .into_iter()
            .flat_map(|module| self.walk(module, rest))
            .collect()
    }

    fn look_up(&mut self, module: usize, name: &str) -> Vec<Target> {
        let key = (module, name.to_owned());
        if !self.open.insert(key.clone()) {
            return Vec::new();
        }
        let source = self.source;
        let mut found = Vec::new();
        for definition in source.modules[module].names.get(name).into_iter().flatten() {
            match definition {
                Definition::Item(unit) => found.push(Target::Unit(*unit)),
                Definition::Module(child) => found.push(Target::Module(*child)),
                Definition::Import(path) => found.extend(self.resolve(module, path)),
            }
        }
        if found.is_empty() {
            for glob in &source.modules[module].globs {
                for target in self.resolve(module, glob) {
                    if let Target::Module(target) = target {
                        found.extend(self.look_up(target, name));
                    }
                }
            }
        }
        self.open.remove(&key);
        found
    }
}
