//! The paths that a module's code names.

use std::collections::BTreeSet;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, ImplItemFn, ItemFn, ItemMod, ItemUse, Macro, Meta, Pat, PatIdent, Path, TraitItemFn,
    Visibility,
};

use super::modules::Module;
use super::uses::{imports, is_reexport};

/// A path somewhere in a module's code.
pub struct Mention {
    pub segments: Vec<String>,
    pub line: usize,
    /// It is the path of a `use`.
    pub by_use: bool,
}

/// Every path of a module: of its imports, types, expressions, attributes and macro calls. Its re-exports
/// are none: they need nothing.
pub fn of_module(module: &Module) -> Vec<Mention> {
    let mut reader = Reader::default();
    for item in &module.items {
        reader.visit_item(item);
    }
    reader.mentions
}

#[derive(Default)]
struct Reader {
    mentions: Vec<Mention>,
    /// The variables of the functions around: a variable may have an item's name.
    variables: Vec<BTreeSet<String>>,
}

impl Reader {
    fn mention(&mut self, segments: Vec<String>, line: usize) {
        if let [name] = segments.as_slice()
            && self.variables.iter().any(|names| names.contains(name))
        {
            return;
        }
        self.mentions.push(Mention {
            segments,
            line,
            by_use: false,
        });
    }

    fn with_variables(&mut self, variables: Variables, read: impl FnOnce(&mut Self)) {
        self.variables.push(variables.names);
        read(self);
        self.variables.pop();
    }

    /// The input of a macro or an attribute: words joined by `::`, wherever they are.
    fn read_tokens(&mut self, tokens: TokenStream, strings: bool) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        let mut after_dot = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if path.is_empty() || colons == 2 => {
                    if path.is_empty() {
                        line = ident.span().start().line;
                    }
                    // The name of a field or method.
                    if !(path.is_empty() && after_dot) {
                        path.push(ident.to_string());
                    }
                    colons = 0;
                    after_dot = false;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    if punct.spacing() == Spacing::Alone && colons == 1 {
                        self.end_path(&mut path, line);
                        colons = 0;
                    }
                }
                other => {
                    self.end_path(&mut path, line);
                    colons = 0;
                    after_dot = false;
                    match other {
                        TokenTree::Group(group) => self.read_tokens(group.stream(), strings),
                        TokenTree::Ident(ident) => {
                            line = ident.span().start().line;
                            path.push(ident.to_string());
                        }
                        TokenTree::Punct(punct) => after_dot = punct.as_char() == '.',
                        TokenTree::Literal(literal) if strings => {
                            self.read_string(&literal.to_string(), literal.span().start().line);
                        }
                        TokenTree::Literal(_) => {}
                    }
                }
            }
        }
        self.end_path(&mut path, line);
    }

    fn end_path(&mut self, path: &mut Vec<String>, line: usize) {
        if !path.is_empty() {
            self.mention(std::mem::take(path), line);
        }
    }

    /// serde names functions in strings: `default = "defaults::one"`.
    fn read_string(&mut self, literal: &str, line: usize) {
        let text = literal.trim_matches('"');
        let is_path = text.contains("::")
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "_:".contains(letter));
        if is_path {
            self.mention(text.split("::").map(str::to_owned).collect(), line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if is_reexport(item) || item.leading_colon.is_some() {
            return;
        }
        for import in imports(&item.tree) {
            self.mentions.push(Mention {
                segments: import.path,
                line: import.line,
                by_use: true,
            });
        }
    }

    /// Modules are read one by one.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// `pub(in crate::store)` is no import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            let segments = path.segments.iter();
            self.mention(
                segments.map(|segment| segment.ident.to_string()).collect(),
                first.ident.span().start().line,
            );
        }
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        // A variable, or a constant or variant that is imported by its name.
        let name = pattern.ident.to_string();
        if name.starts_with(char::is_uppercase) {
            self.mention(vec![name], pattern.ident.span().start().line);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        match &attribute.meta {
            Meta::List(list) => {
                self.visit_path(&list.path);
                self.read_tokens(list.tokens.clone(), true);
            }
            Meta::Path(path) => self.visit_path(path),
            // Doc comments too.
            Meta::NameValue(_) => {}
        }
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.visit_path(&called.path);
        self.read_tokens(called.tokens.clone(), false);
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        let mut variables = Variables::default();
        variables.visit_item_fn(function);
        self.with_variables(variables, |reader| visit::visit_item_fn(reader, function));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        let mut variables = Variables::default();
        variables.visit_impl_item_fn(function);
        self.with_variables(variables, |reader| {
            visit::visit_impl_item_fn(reader, function);
        });
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        let mut variables = Variables::default();
        variables.visit_trait_item_fn(function);
        self.with_variables(variables, |reader| {
            visit::visit_trait_item_fn(reader, function);
        });
    }
}

/// The variables of a function, its closures' too.
#[derive(Default)]
struct Variables {
    names: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Variables {
    fn visit_pat(&mut self, pattern: &'ast Pat) {
        if let Pat::Ident(pattern) = pattern {
            let name = pattern.ident.to_string();
            if !name.starts_with(char::is_uppercase) {
                self.names.insert(name);
            }
        }
        visit::visit_pat(self, pattern);
    }
}
