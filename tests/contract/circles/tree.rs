//! The modules of a crate, and which of them use names of which.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// The most imports of imports that are followed; more can only be a circle of imports.
const DEEPEST: usize = 20;

/// A module, by the names from the root of the crate to it; none for the root.
type Module = Vec<String>;

/// The modules of a crate that have files of their own.
#[derive(Debug, Default)]
pub(super) struct Tree {
    modules: BTreeMap<Module, File>,
}

#[derive(Debug)]
struct File {
    path: String,
    source: Source,
}

/// One file uses a name of another one.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
    /// The line in `from`.
    pub(super) line: usize,
}

impl Tree {
    /// The modules that the file `root` declares, and those that these declare. `read` gives the text of a file, and
    /// nothing if there is no such file.
    pub(super) fn read(root: &str, read: &impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = read(root).ok_or_else(|| format!("{root}: there is no such file"))?;
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let mut tree = Self::default();
        let mut left = vec![(Module::new(), folder, root.to_owned(), text)];
        while let Some((module, folder, path, text)) = left.pop() {
            let source = Source::read(&text);
            for child in &source.children {
                let below = format!("{folder}/{child}");
                let places = [format!("{below}.rs"), format!("{below}/mod.rs")];
                let found = places.into_iter().find_map(|place| Some((read(&place)?, place)));
                let (text, place) =
                    found.ok_or_else(|| format!("{path}: the file of `mod {child}` is missing"))?;
                let module = module.iter().chain([child]).cloned().collect();
                left.push((module, below, place, text));
            }
            tree.modules.insert(module, File { path, source });
        }
        Ok(tree)
    }

    /// The files of the crate.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.modules.values().map(|file| file.path.as_str())
    }

    /// Every use of a name of another file.
    pub(super) fn edges(&self) -> BTreeSet<Edge> {
        let mut edges = BTreeSet::new();
        for (module, file) in &self.modules {
            let imports = file.source.imports.iter().map(|it| (&it.path, it.line, it.name == "*"));
            let paths = file.source.paths.iter().map(|(path, line)| (path, *line, false));
            for (path, line, all) in imports.chain(paths) {
                for used in self.used(module, path, all) {
                    let (from, to) = (file.path.clone(), self.modules[&used].path.clone());
                    if from != to {
                        edges.insert(Edge { from, to, line });
                    }
                }
            }
        }
        edges
    }

    /// The modules of which `module` uses names when it says `path`: the one that defines the name, and those above
    /// `module` that only pass the name on.
    ///
    /// So a module that declares its children and exports their names is no part of a circle, unless its children
    /// take the names from there. The name of a module alone uses nothing of it, unless `all` its names are imported.
    fn used(&self, module: &Module, path: &[String], all: bool) -> BTreeSet<Module> {
        let mut used = BTreeSet::new();
        if let Some((target, passed)) = self.resolve(module, path, DEEPEST) {
            used.extend(passed.into_iter().filter(|it| module.starts_with(it)));
            if target.rest > 0 || all {
                used.insert(target.module);
            }
        }
        used
    }

    /// The target of `path` in `module`, and the modules whose imports are on the way; `None` for another crate.
    fn resolve(
        &self,
        module: &Module,
        path: &[String],
        left: usize,
    ) -> Option<(Target, Vec<Module>)> {
        let (mut at, mut rest) = self.first(module, path)?;
        let mut passed = Vec::new();
        while let [name, others @ ..] = rest {
            let child: Module = at.iter().chain([name]).cloned().collect();
            if self.modules.contains_key(&child) {
                (at, rest) = (child, others);
                continue;
            }
            let imports = &self.modules[&at].source.imports;
            let Some(import) = imports.iter().find(|it| it.name == *name).filter(|_| left > 0)
            else {
                break;
            };
            let longer: Vec<_> = import.path.iter().chain(others).cloned().collect();
            let (target, others) = self.resolve(&at, &longer, left - 1)?;
            passed.push(at);
            passed.extend(others);
            return Some((target, passed));
        }
        Some((Target { module: at, rest: rest.len() }, passed))
    }

    /// The module where `path` begins, and what is left of it.
    fn first<'a>(&self, module: &Module, path: &'a [String]) -> Option<(Module, &'a [String])> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some((Module::new(), rest)),
            "self" => Some((module.clone(), rest)),
            "super" => {
                let supers = path.iter().take_while(|it| *it == "super").count();
                let above = module.len().checked_sub(supers)?;
                Some((module[..above].to_vec(), &path[supers..]))
            }
            name => {
                let source = &self.modules[module].source;
                let is_child = source.children.iter().any(|it| it == name);
                let is_import =
                    || source.imports.iter().any(|it| it.name == *name && it.path[..] != path[..1]);
                (is_child || is_import()).then(|| (module.clone(), path))
            }
        }
    }
}

/// The target of a path.
#[derive(Debug)]
struct Target {
    module: Module,
    /// The number of names that follow the path of `module`: zero if the path is that of the module.
    rest: usize,
}
