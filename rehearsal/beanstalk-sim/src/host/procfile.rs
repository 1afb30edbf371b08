//! The `Procfile` and the `Buildfile` of an application.

/// The name of the process that gets the traffic.
pub(super) const WEB: &str = "web";

/// One process line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The name of the process.
    pub(super) name: String,
    /// The command for the shell.
    pub(super) command: String,
}

/// The name of a file of process lines.
pub(super) const PROCFILE: &str = "Procfile";
/// The name of a file of build commands.
pub(super) const BUILDFILE: &str = "Buildfile";

/// The reason why a `Procfile` or `Buildfile` is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProcfileError {
    /// The file is not text.
    #[error("the {file} is not UTF-8")]
    NotUtf8 {
        /// The name of the file.
        file: &'static str,
    },
    /// A line has no name, no command, or a name with other characters than letters, digits, `_` and `-`.
    #[error("line {number} of the {file} is not `name: command`")]
    Malformed {
        /// The name of the file.
        file: &'static str,
        /// The number of the line, from 1.
        number: usize,
    },
    /// Two lines have the same name.
    #[error("line {number} of the {file} names `{name}` a second time")]
    Duplicate {
        /// The name of the file.
        file: &'static str,
        /// The number of the line, from 1.
        number: usize,
        /// The name.
        name: String,
    },
    /// No process would get the traffic.
    #[error("the Procfile has no `web` process")]
    NoWeb,
}

/// The process lines of a `Procfile`, `web` first.
///
/// Blank lines and lines that begin with `#` are skipped. Beanstalk documents that `web` must be the first line;
/// accepting another order is *assumed*.
pub(super) fn parse(content: &[u8]) -> Result<Vec<Line>, ProcfileError> {
    let mut lines = parse_lines(PROCFILE, content)?;
    let web = lines.iter().position(|line| line.name == WEB).ok_or(ProcfileError::NoWeb)?;
    lines[..=web].rotate_right(1);
    Ok(lines)
}

/// The lines of a `Buildfile`, in their order.
pub(super) fn parse_buildfile(content: &[u8]) -> Result<Vec<Line>, ProcfileError> {
    parse_lines(BUILDFILE, content)
}

fn parse_lines(file: &'static str, content: &[u8]) -> Result<Vec<Line>, ProcfileError> {
    let content = std::str::from_utf8(content).map_err(|_| ProcfileError::NotUtf8 { file })?;
    let mut lines: Vec<Line> = Vec::new();
    for (index, text) in content.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = index + 1;
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let line = line(text).ok_or(ProcfileError::Malformed { file, number })?;
        if lines.iter().any(|other| other.name == line.name) {
            return Err(ProcfileError::Duplicate { file, number, name: line.name });
        }
        lines.push(line);
    }
    Ok(lines)
}

fn line(text: &str) -> Option<Line> {
    let (name, command) = text.split_once(':')?;
    let (name, command) = (name.trim_end(), command.trim_start());
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    // A command for a shell cannot contain a NUL.
    let good = !name.is_empty()
        && name.chars().all(allowed)
        && !command.is_empty()
        && !command.contains('\0');
    good.then(|| Line { name: name.to_owned(), command: command.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(content: &str) -> Result<Vec<String>, ProcfileError> {
        Ok(parse(content.as_bytes())?
            .into_iter()
            .map(|line| format!("{}={}", line.name, line.command))
            .collect())
    }

    #[test]
    fn comments_and_blank_lines_are_skipped_and_web_comes_first() {
        let content = "\u{feff}# the shop\r\n\r\ncache: ./cache -v\r\nweb:  python3 app.py --at 127.0.0.1:$PORT \r\nweb_foo:x\n";
        assert_eq!(
            names(content).unwrap(),
            ["web=python3 app.py --at 127.0.0.1:$PORT", "cache=./cache -v", "web_foo=x"]
        );
    }

    #[test]
    fn invalid_lines_are_refused_with_their_number() {
        for line in ["web", "web:", "web: ", ": run", "my web: run", "w\u{e9}b: run", "web: a\0b"] {
            let content = format!("# first\n{line}\n");
            assert_eq!(
                names(&content),
                Err(ProcfileError::Malformed { file: PROCFILE, number: 2 }),
                "{line:?}"
            );
        }
    }

    #[test]
    fn a_second_line_of_one_name_is_refused() {
        let expected =
            ProcfileError::Duplicate { file: PROCFILE, number: 3, name: "web".to_owned() };
        assert_eq!(names("web: a\ncache: b\nweb: c"), Err(expected));
    }

    #[test]
    fn without_web_nothing_would_get_the_traffic() {
        for content in ["", "# nothing", "Web: run", "cache: run"] {
            assert_eq!(names(content), Err(ProcfileError::NoWeb), "{content:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(parse(b"web: \xff"), Err(ProcfileError::NotUtf8 { file: PROCFILE }));
    }

    #[test]
    fn a_buildfile_keeps_its_order_and_needs_no_web() {
        let lines = parse_buildfile(b"fetch: make fetch\nbuild: make\n").unwrap();
        let names: Vec<_> = lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["fetch", "build"]);
        let error = parse_buildfile(b"make").unwrap_err();
        assert_eq!(error.to_string(), "line 1 of the Buildfile is not `name: command`");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(content in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(lines) = parse(&content) {
                prop_assert_eq!(&lines[0].name, WEB);
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(content in "([a-z#: \n]|web:){0,40}") {
            if let Ok(lines) = parse(content.as_bytes()) {
                prop_assert!(lines.iter().all(|line| !line.command.is_empty()));
            }
        }
    }
}
