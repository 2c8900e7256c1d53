//! `use` items: the paths that they import, and the names that these get.

use syn::visit::Visit;
use syn::{ItemUse, UseTree, Visibility};

/// What the `use` items of a module bring into scope, those inside its functions included.
#[derive(Default)]
pub struct Scope {
    /// Names with their paths.
    pub names: Vec<(String, Vec<String>)>,
    /// Paths that end in `::*`.
    pub globs: Vec<Vec<String>>,
}

impl<'ast> Visit<'ast> for Scope {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_some() {
            return;
        }
        for import in imports(&item.tree) {
            match import.name {
                Some(name) => self.names.push((name, import.path)),
                None if import.glob => self.globs.push(import.path),
                None => {}
            }
        }
    }
}

/// One path of a `use`.
pub struct Import {
    pub path: Vec<String>,
    /// The name that it has here; none for `as _` and for a glob.
    pub name: Option<String>,
    pub glob: bool,
    pub line: usize,
}

/// The paths of a `use`, one by one.
pub fn imports(tree: &UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    flatten(tree, &mut Vec::new(), &mut found);
    found
}

fn flatten(tree: &UseTree, before: &mut Vec<String>, found: &mut Vec<Import>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, found);
            before.pop();
        }
        UseTree::Name(name) => {
            let ident = name.ident.to_string();
            let mut path = before.clone();
            // `use a::{self}` is `use a`.
            if ident != "self" || path.is_empty() {
                path.push(ident);
            }
            found.push(Import {
                name: path.last().cloned(),
                path,
                glob: false,
                line: name.ident.span().start().line,
            });
        }
        UseTree::Rename(renamed) => {
            let ident = renamed.ident.to_string();
            let mut path = before.clone();
            if ident != "self" || path.is_empty() {
                path.push(ident);
            }
            let name = renamed.rename.to_string();
            found.push(Import {
                name: (name != "_").then_some(name),
                path,
                glob: false,
                line: renamed.ident.span().start().line,
            });
        }
        UseTree::Glob(glob) => found.push(Import {
            name: None,
            path: before.clone(),
            glob: true,
            line: glob.star_token.spans[0].start().line,
        }),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, before, found);
            }
        }
    }
}

/// A `use` that others see is a re-export: it says where a name may be found, and needs nothing itself.
pub fn is_reexport(item: &ItemUse) -> bool {
    !matches!(item.vis, Visibility::Inherited)
}
