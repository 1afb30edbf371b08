//! The modules in a source file: its children, its imports, and the paths that it uses.

use super::tokens::{Kind, Token, tokens};

/// A path as it is written, such as `super::lock::Lease`.
pub(super) type Path = Vec<String>;

/// An import of one name.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Import {
    /// The name that it has here; `*` for all names.
    pub(super) name: String,
    pub(super) path: Path,
    pub(super) line: usize,
}

/// A source file, read.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The modules with files of their own.
    pub(super) children: Vec<String>,
    pub(super) imports: Vec<Import>,
    /// Paths in code, with their lines.
    pub(super) paths: Vec<(Path, usize)>,
    /// The number of open modules without files.
    inner: usize,
}

impl Source {
    /// Reads `text`, without what only tests compile.
    pub(super) fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut source = Self::default();
        // The depth of braces, and those at which an inner module began.
        let (mut depth, mut inner): (usize, Vec<usize>) = (0, Vec::new());
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let next = |offset: usize| tokens.get(at + offset).map(|it| it.kind);
            let follows_path = at > 0 && tokens[at - 1].kind == Kind::Path;
            match (token.kind, next(1), next(2)) {
                (Kind::Word("use"), Some(_), _) => {
                    at += source.import(&tokens[at + 1..], &Path::new());
                }
                (Kind::Word("mod"), Some(Kind::Word(name)), Some(Kind::Mark(';'))) => {
                    source.children.push(name.to_owned());
                }
                (Kind::Word("mod"), Some(Kind::Word(_)), Some(Kind::Mark('{'))) => {
                    inner.push(depth);
                }
                (Kind::Word(_), Some(Kind::Path), _) if !follows_path => {
                    at += source.path(&tokens[at..]);
                }
                (Kind::Mark('{'), ..) => depth += 1,
                (Kind::Mark('}'), ..) => {
                    depth = depth.saturating_sub(1);
                    inner.pop_if(|began| *began == depth);
                }
                _ => {}
            }
            source.inner = inner.len();
            at += 1;
        }
        source
    }

    /// Reads the tree of a `use` behind `prefix`; returns how many tokens it has.
    fn import(&mut self, tokens: &[Token<'_>], prefix: &[String]) -> usize {
        let mut path = prefix.to_vec();
        let mut name = None;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match (token.kind, tokens.get(at + 1).map(|it| it.kind)) {
                (Kind::Word("as"), Some(Kind::Word(other))) => {
                    name = Some(other.to_owned());
                    at += 1;
                }
                // `{self, …}` is the module itself.
                (Kind::Word("self"), _) if path.len() == prefix.len() && !prefix.is_empty() => {
                    name = path.last().cloned();
                }
                (Kind::Word(word), _) => path.push(word.to_owned()),
                (Kind::Mark('*'), _) => name = Some("*".to_owned()),
                (Kind::Mark('{'), _) => return at + self.group(&tokens[at..], &path),
                (Kind::Path, _) => {}
                (Kind::Mark(_), _) => break,
            }
            at += 1;
        }
        let line = tokens.first().map_or(0, |token| token.line);
        if let Some(name) = name.or_else(|| path.last().cloned()) {
            let path = self.outside(path);
            self.imports.push(Import { name, path, line });
        }
        at
    }

    /// Reads `{…}` of a `use`; returns how many tokens it has.
    fn group(&mut self, tokens: &[Token<'_>], prefix: &[String]) -> usize {
        let mut at = 1;
        while let Some(token) = tokens.get(at) {
            match token.kind {
                Kind::Mark('}') => return at + 1,
                Kind::Mark(',') => at += 1,
                _ => at += self.import(&tokens[at..], prefix).max(1),
            }
        }
        at
    }

    /// Reads a path in code; returns how many tokens it has besides its first.
    fn path(&mut self, tokens: &[Token<'_>]) -> usize {
        let mut path = Path::new();
        let mut rest = tokens;
        while let [Token { kind: Kind::Word(word), .. }, others @ ..] = rest {
            path.push((*word).to_owned());
            match others {
                [Token { kind: Kind::Path, .. }, others @ ..] => rest = others,
                _ => break,
            }
        }
        let length = 2 * path.len() - 1;
        let path = self.outside(path);
        self.paths.push((path, tokens[0].line));
        length - 1
    }

    /// A path in an inner module, as it would be written outside of it.
    fn outside(&self, mut path: Path) -> Path {
        let supers = path.iter().take(self.inner).take_while(|it| *it == "super").count();
        path.drain(..supers);
        if supers > 0 && path.first().is_none_or(|first| first != "super") {
            path.insert(0, "self".to_owned());
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(text: &str) -> Vec<(String, String)> {
        let imports = Source::read(text).imports;
        imports.into_iter().map(|it| (it.name, it.path.join("::"))).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect()
    }

    #[test]
    fn each_name_of_a_use_is_an_import() {
        let found = imports("pub use crate::{a::{self, B as C}, d::*, e}; fn f() {} use super::G;");
        let expected = [
            ("a", "crate::a"),
            ("C", "crate::a::B"),
            ("*", "crate::d"),
            ("e", "crate::e"),
            ("G", "super::G"),
        ];
        assert_eq!(found, pairs(&expected));
    }

    #[test]
    fn children_and_paths_are_read() {
        let source = Source::read("mod a;\npub(crate) mod b;\nfn f() { a::g(super::C::new()) }");
        assert_eq!(source.children, ["a", "b"]);
        let paths: Vec<_> =
            source.paths.iter().map(|(path, line)| (path.join("::"), *line)).collect();
        assert_eq!(paths, [("a::g".to_owned(), 3), ("super::C::new".to_owned(), 3)]);
    }

    #[test]
    fn an_inner_module_belongs_to_its_file() {
        let text = "mod a { use super::B; use super::super::C; } use super::D;";
        let expected = [("B", "self::B"), ("C", "super::C"), ("D", "super::D")];
        assert_eq!(imports(text), pairs(&expected));
    }
}
