//! No files of a crate use each other in a circle: each can be read after those that it uses.

mod components;
mod source;
mod tokens;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    components::{Graph, circles},
    tree::{Edge, Tree},
};
use crate::{
    dependencies,
    project::{self, Result, none},
};

#[test]
fn no_crate_has_files_that_use_each_other_in_a_circle() -> Result {
    let mut problems = Vec::new();
    let mut files = 0;
    for root in roots()? {
        let tree = Tree::read(&root, &|path| project::read(path).ok())?;
        files += tree.files().count();
        problems.extend(check(&tree));
    }
    assert!(files > 300, "only {files} files were found");
    none(&problems);
    Ok(())
}

/// The root files of all libraries and programs of the workspace; tests are no part of them.
fn roots() -> Result<Vec<String>> {
    let metadata = dependencies::metadata()?;
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let targets = metadata["packages"].as_array().into_iter().flatten();
    let targets = targets.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let ours = targets.filter(|target| {
        let kind = target["kind"][0].as_str();
        kind == Some("lib") || kind == Some("bin")
    });
    let files = ours.filter_map(|target| target["src_path"].as_str()?.strip_prefix(root));
    Ok(files.map(|file| file.trim_start_matches('/').to_owned()).collect())
}

/// The circles of a crate, each with one place for each of its uses.
fn check(tree: &Tree) -> Vec<String> {
    let edges = tree.edges();
    let mut graph: Graph<'_> = tree.files().map(|file| (file, BTreeSet::new())).collect();
    for Edge { from, to, .. } in &edges {
        graph.entry(from).or_default().insert(to);
    }
    circles(&graph).into_iter().map(|circle| describe(&circle, &edges)).collect()
}

fn describe(circle: &[&str], edges: &BTreeSet<Edge>) -> String {
    let mut uses = BTreeMap::new();
    for Edge { from, to, line } in edges {
        if circle.contains(&from.as_str()) && circle.contains(&to.as_str()) {
            uses.entry((from, to)).or_insert(line);
        }
    }
    let uses = uses.into_iter().map(|((from, to), line)| format!("\n  {from}:{line} uses {to}"));
    let files = circle.len();
    format!("{files} files use each other; move what they share:{}", uses.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of a crate of these files.
    fn circles_of(files: &[(&str, &str)]) -> Result<Vec<String>> {
        let read = |path: &str| {
            let file = files.iter().find(|(name, _)| *name == path)?;
            Some(file.1.to_owned())
        };
        Ok(check(&Tree::read("src/lib.rs", &read)?))
    }

    /// Files that are declared by the root.
    fn siblings(a: &str, b: &str) -> Result<Vec<String>> {
        let root = "mod a; mod b; pub use a::A; pub use self::b::B;";
        circles_of(&[("src/lib.rs", root), ("src/a.rs", a), ("src/b.rs", b)])
    }

    #[test]
    fn a_use_in_one_direction_is_no_circle() -> Result {
        assert!(siblings("use crate::b::B;", "struct B;")?.is_empty());
        assert!(siblings("use super::b::B;", "struct B;")?.is_empty());
        Ok(())
    }

    #[test]
    fn siblings_that_use_each_other_are_a_circle() -> Result {
        for (a, b) in [
            ("use crate::b::B;", "use crate::a::A;"),
            ("use super::b::B;", "fn f() -> super::a::A {}"),
            ("use crate::b; fn f() { b::g() }", "fn f() { g!(crate::a::h()) }"),
            ("use crate::b::*;", "use crate::{a::{A}};"),
        ] {
            let found = siblings(a, b)?;
            assert_eq!(found.len(), 1, "{a} {b}");
            assert!(found[0].contains("src/a.rs:1 uses src/b.rs"), "{found:?}");
            assert!(found[0].contains("src/b.rs:1 uses src/a.rs"), "{found:?}");
        }
        Ok(())
    }

    #[test]
    fn what_tests_texts_and_comments_use_does_not_count() -> Result {
        let a = "use crate::b::B;";
        for b in [
            "#[cfg(test)] mod tests { use crate::a::A; }",
            "#[cfg(test)] mod tests;",
            "/// [`crate::a::A`]\nconst B: &str = \"crate::a::A\";",
        ] {
            assert!(siblings(a, b)?.is_empty(), "{b}");
        }
        Ok(())
    }

    #[test]
    fn a_child_that_uses_its_parent_is_a_circle_if_the_parent_uses_the_child() -> Result {
        let child = ("src/a.rs", "use super::Shared;");
        let uses = |root: &str| circles_of(&[("src/lib.rs", root), child]);
        assert!(uses("mod a; struct Shared;")?.is_empty(), "a declaration uses nothing");
        assert_eq!(uses("mod a; struct Shared; fn f() { a::g() }")?.len(), 1);
        assert_eq!(uses("mod a; pub use a::A; struct Shared;")?.len(), 1);
        Ok(())
    }

    #[test]
    fn a_module_may_export_the_names_of_its_children_to_others() -> Result {
        let files = |child: &'static str| {
            [
                ("src/lib.rs", "mod facade; mod user;"),
                ("src/facade/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
                ("src/facade/a.rs", child),
                ("src/facade/b.rs", "struct B;"),
                ("src/user.rs", "use crate::facade::B;"),
            ]
        };
        assert!(circles_of(&files("use super::b::B;"))?.is_empty());
        assert!(circles_of(&files("use crate::user::User;"))?.is_empty());
        let through = circles_of(&files("use super::B;"))?;
        assert_eq!(through.len(), 1, "children take no names from the module that exports theirs");
        assert!(through[0].contains("src/facade/a.rs:1 uses src/facade/mod.rs"), "{through:?}");
        Ok(())
    }

    #[test]
    fn a_name_is_followed_to_the_file_that_defines_it() -> Result {
        let found = circles_of(&[
            ("src/lib.rs", "mod facade; mod user;"),
            ("src/facade.rs", "mod a; pub use a::A as Other;"),
            ("src/facade/a.rs", "use crate::user::User;"),
            ("src/user.rs", "fn f() -> crate::facade::Other {}"),
        ])?;
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("2 files") && found[0].contains("uses src/facade/a.rs"),
            "{found:?}"
        );
        Ok(())
    }

    #[test]
    fn a_module_without_a_file_is_reported() {
        assert!(circles_of(&[("src/lib.rs", "mod gone;")]).is_err());
    }
}
