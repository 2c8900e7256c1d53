//! The imports between folders, from those between files.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use crate::graph::Graph;

/// For each folder of a package, the imports between the files and folders right inside it; `files` has the
/// package's imports. Files of unit tests are left out: they may use all that they test.
pub fn graphs(package: &str, files: &Graph, tests: &BTreeSet<String>) -> BTreeMap<String, Graph> {
    let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
    for (from, to, places) in files.edges() {
        if tests.contains(from) || tests.contains(to) {
            continue;
        }
        let (from, to) = (room_path(package, from), room_path(package, to));
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let (Some(inside_from), Some(inside_to)) = (from.get(common), to.get(common)) else {
            continue;
        };
        let parts = iter::once(package)
            .filter(|package| !package.is_empty())
            .chain(from[..common].iter().map(String::as_str));
        let folder = parts.collect::<Vec<_>>().join("/");
        let graph = graphs.entry(folder).or_default();
        for place in places {
            graph.add(inside_from, inside_to, place.clone());
        }
    }
    graphs
}

/// The folders on the way to a file, and the file.
fn room_path(package: &str, file: &str) -> Vec<String> {
    let inside = file.strip_prefix(package).unwrap_or(file);
    inside
        .split('/')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
