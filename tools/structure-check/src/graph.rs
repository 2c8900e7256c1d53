//! Who imports whom, and the circles in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Where an import is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, from the workspace's folder on.
    pub file: String,
    /// The line in it, counted from 1.
    pub line: usize,
    /// What is imported, such as `crate::store::Order`.
    pub path: String,
}

/// Nodes are files, folders or packages, by name. An edge is all the places where one imports another.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    edges: BTreeMap<String, BTreeMap<String, BTreeSet<Place>>>,
}

/// One step of a circle: `from` imports `to`, at these places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub from: String,
    pub to: String,
    pub places: Vec<Place>,
}

/// Steps that lead back to where the first began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    pub steps: Vec<Step>,
}

impl Circle {
    /// The step with the fewest imports: the cheapest one to remove.
    pub fn weakest(&self) -> Option<&Step> {
        self.steps.iter().min_by_key(|step| step.places.len())
    }
}

impl Graph {
    /// Notes that `from` imports `to` at `place`. A node that imports itself is no edge.
    pub fn add(&mut self, from: &str, to: &str, place: Place) {
        if from != to {
            let targets = self.edges.entry(from.to_owned()).or_default();
            targets.entry(to.to_owned()).or_default().insert(place);
        }
    }

    /// All edges, with their places.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &str, &BTreeSet<Place>)> {
        self.edges.iter().flat_map(|(from, targets)| {
            targets
                .iter()
                .map(move |(to, places)| (from.as_str(), to.as_str(), places))
        })
    }

    /// Circles whose weakest steps, once removed, leave none: the shortest first.
    pub fn circles(&self) -> Vec<Circle> {
        let mut rest = self.clone();
        let mut circles = Vec::new();
        while let Some(circle) = rest.shortest_circle() {
            if let Some(weakest) = circle.weakest()
                && let Some(targets) = rest.edges.get_mut(&weakest.from)
            {
                targets.remove(&weakest.to);
            }
            circles.push(circle);
        }
        circles
    }

    fn shortest_circle(&self) -> Option<Circle> {
        self.edges
            .keys()
            .filter_map(|start| self.way_back(start))
            .min_by_key(Vec::len)
            .map(|nodes| self.circle_through(&nodes))
    }

    /// The nodes of the shortest way from `start` back to it.
    fn way_back<'graph>(&'graph self, start: &'graph str) -> Option<Vec<&'graph str>> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for target in self.edges.get(node).into_iter().flat_map(BTreeMap::keys) {
                if target == start {
                    return Some(way_to(node, &came_from));
                }
                if !came_from.contains_key(target.as_str()) {
                    came_from.insert(target, node);
                    queue.push_back(target);
                }
            }
        }
        None
    }

    fn circle_through(&self, nodes: &[&str]) -> Circle {
        let next = nodes.iter().cycle().skip(1);
        let steps = nodes.iter().zip(next).map(|(from, to)| Step {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            places: self
                .edges
                .get(*from)
                .and_then(|targets| targets.get(*to))
                .map(|places| places.iter().cloned().collect())
                .unwrap_or_default(),
        });
        Circle {
            steps: steps.collect(),
        }
    }
}

fn way_to<'graph>(
    end: &'graph str,
    came_from: &BTreeMap<&'graph str, &'graph str>,
) -> Vec<&'graph str> {
    let mut way = vec![end];
    let mut node = end;
    while let Some(before) = came_from.get(node) {
        way.push(before);
        node = before;
    }
    way.reverse();
    way
}
