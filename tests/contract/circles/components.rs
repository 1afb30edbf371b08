//! The circles of a graph: sets of nodes from each of which a path goes to every other one.

use std::collections::{BTreeMap, BTreeSet};

/// The nodes that each node points to.
pub(super) type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The circles of `graph`, each in order of names. A node that points to itself is none.
pub(super) fn circles<'a>(graph: &Graph<'a>) -> Vec<Vec<&'a str>> {
    let reached: BTreeMap<_, _> =
        graph.keys().map(|node| (*node, reachable(graph, node))).collect();
    let both = |a: &str, b: &str| reached[a].contains(b) && reached[b].contains(a);
    let mut found: Vec<Vec<_>> = Vec::new();
    for node in graph.keys() {
        if found.iter().any(|circle| circle.contains(node)) {
            continue;
        }
        let circle: Vec<_> = graph.keys().filter(|it| both(node, it)).copied().collect();
        if circle.len() > 1 {
            found.push(circle);
        }
    }
    found
}

/// The nodes of `graph` at the ends of all paths from `start`.
fn reachable<'a>(graph: &Graph<'a>, start: &str) -> BTreeSet<&'a str> {
    let next = |node: &str| graph.get(node).into_iter().flatten().copied();
    let mut found = BTreeSet::new();
    let mut left: Vec<_> = next(start).collect();
    while let Some(node) = left.pop() {
        if graph.contains_key(node) && found.insert(node) {
            left.extend(next(node));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_apart() {
        let edges =
            [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "d"), ("e", "f"), ("f", "e")];
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry(from).or_default().insert(to);
        }
        assert_eq!(circles(&graph), [vec!["a", "b", "c"], vec!["e", "f"]]);
    }
}
