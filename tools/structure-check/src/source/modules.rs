//! The modules of a crate, with the names that each defines.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::visit::Visit;
use syn::{Attribute, Item, ItemMod, Lit, Meta};

use super::uses::Scope;

/// What imports are counted between: a file, or the tests inside one.
pub struct Unit {
    /// The file, with a mark when it is the tests inside.
    pub name: String,
    pub file: String,
    /// It is built for tests only.
    pub test: bool,
}

/// Where a name leads.
pub enum Definition {
    /// An item of this unit.
    Item(usize),
    Module(usize),
    /// A `use`: the path is to be resolved from the module that has it.
    Import(Vec<String>),
}

pub struct Module {
    pub parent: Option<usize>,
    pub unit: usize,
    pub names: BTreeMap<String, Vec<Definition>>,
    /// Paths that end in `::*`.
    pub globs: Vec<Vec<String>>,
    pub items: Vec<Item>,
}

/// A crate's modules; the first is its root.
pub struct Crate {
    pub modules: Vec<Module>,
    pub units: Vec<Unit>,
}

/// The folder in which a file module's own modules are looked for.
struct Location<'path> {
    workspace: &'path Path,
    folder: PathBuf,
    test: bool,
}

impl Crate {
    /// Reads the file `root` and every module below it.
    pub fn load(workspace: &Path, root: &Path) -> Result<Self> {
        let mut source = Self {
            modules: Vec::new(),
            units: Vec::new(),
        };
        let location = Location {
            workspace,
            folder: root.parent().map(Path::to_owned).unwrap_or_default(),
            test: false,
        };
        source.load_file(None, root, location)?;
        Ok(source)
    }

    fn load_file(
        &mut self,
        parent: Option<usize>,
        path: &Path,
        location: Location<'_>,
    ) -> Result<usize> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = syn::parse_file(&text).with_context(|| format!("in {}", path.display()))?;
        let relative = path.strip_prefix(location.workspace).unwrap_or(path);
        let name = relative.to_string_lossy().replace('\\', "/");
        self.units.push(Unit {
            file: name.clone(),
            name,
            test: location.test,
        });
        self.add_module(parent, self.units.len() - 1, file.items, &location)
    }

    fn add_module(
        &mut self,
        parent: Option<usize>,
        unit: usize,
        items: Vec<Item>,
        location: &Location<'_>,
    ) -> Result<usize> {
        let index = self.modules.len();
        self.modules.push(Module {
            parent,
            unit,
            names: BTreeMap::new(),
            globs: Vec::new(),
            items: Vec::new(),
        });
        let mut rest = Vec::new();
        for item in items {
            match item {
                Item::Mod(declared) => self.add_child(index, unit, declared, location)?,
                item => rest.push(item),
            }
        }
        for item in &rest {
            if let Some(name) = defined_name(item) {
                // An exported macro belongs to the crate's root, wherever it is written.
                let owner = if exports_macro(item) { 0 } else { index };
                self.define(owner, name, Definition::Item(unit));
            }
        }
        let mut scope = Scope::default();
        for item in &rest {
            scope.visit_item(item);
        }
        for (name, path) in scope.names {
            self.define(index, name, Definition::Import(path));
        }
        self.modules[index].globs = scope.globs;
        self.modules[index].items = rest;
        Ok(index)
    }

    fn add_child(
        &mut self,
        parent: usize,
        unit: usize,
        declared: ItemMod,
        location: &Location<'_>,
    ) -> Result<()> {
        let name = declared.ident.to_string();
        let only_tests = is_for_tests(&declared.attrs);
        let test = location.test || only_tests;
        let below = location.folder.join(&name);
        let child = match declared.content {
            Some((_, items)) => {
                let unit = if only_tests && !location.test {
                    self.units.push(Unit {
                        name: format!("{} (its tests)", self.units[unit].file),
                        file: self.units[unit].file.clone(),
                        test,
                    });
                    self.units.len() - 1
                } else {
                    unit
                };
                let inside = Location {
                    workspace: location.workspace,
                    folder: below,
                    test,
                };
                self.add_module(Some(parent), unit, items, &inside)?
            }
            None => {
                let (path, folder) = match named_path(&declared.attrs) {
                    Some(path) => {
                        let path = location.folder.join(path);
                        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
                        (path, folder)
                    }
                    None => {
                        let file = location.folder.join(format!("{name}.rs"));
                        let path = if file.exists() {
                            file
                        } else {
                            below.join("mod.rs")
                        };
                        (path, below)
                    }
                };
                let inside = Location {
                    workspace: location.workspace,
                    folder,
                    test,
                };
                self.load_file(Some(parent), &path, inside)?
            }
        };
        self.define(parent, name, Definition::Module(child));
        Ok(())
    }

    fn define(&mut self, module: usize, name: String, definition: Definition) {
        let names = &mut self.modules[module].names;
        names.entry(name).or_default().push(definition);
    }
}

fn defined_name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

fn exports_macro(item: &Item) -> bool {
    match item {
        Item::Macro(item) => item
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("macro_export")),
        _ => false,
    }
}

/// `#[cfg(test)]`, alone or among other conditions that must hold.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && matches!(&attribute.meta, Meta::List(list) if {
                let condition = list.tokens.to_string().replace(' ', "");
                condition == "test" || condition.starts_with("all(test,")
            })
    })
}

fn named_path(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let Meta::NameValue(value) = &attribute.meta else {
            return None;
        };
        match &value.value {
            syn::Expr::Lit(literal) if value.path.is_ident("path") => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        }
    })
}
