//! Every name of an error is raised by some code.

use mist_core::error::Error;

use crate::project::{self, Result, none};

/// The names that `sources` never raise: neither by the variant of `Error`, nor by the name itself.
fn unraised(names: &[&'static str], sources: &[String]) -> Vec<&'static str> {
    let raised = |name: &str| {
        let variant = name.strip_prefix("Mist.").unwrap_or(name);
        sources
            .iter()
            .any(|text| constructs(text, variant) || text.contains(&format!("\"{name}\"")))
    };
    names.iter().copied().filter(|name| !raised(name)).collect()
}

/// Whether `text` makes an `Error` of `variant`, and not only matches one.
fn constructs(text: &str, variant: &str) -> bool {
    let start = format!("Error::{variant} {{");
    text.match_indices(&start).any(|(at, _)| {
        let Some((fields, rest)) = braced(&text[at + start.len()..]) else { return false };
        let rest = rest.trim_start_matches([')', ' ', '\n']);
        let pattern = fields.trim_end().ends_with("..")
            || ["=>", "| ", "= "].iter().any(|after| rest.starts_with(after))
            || rest.starts_with("if ");
        !pattern
    })
}

/// The text before and after the brace that closes an open one.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut open = 1;
    let end = text.find(|letter| {
        open += i32::from(letter == '{') - i32::from(letter == '}');
        open == 0
    })?;
    Some((&text[..end], &text[end + 1..]))
}

/// The code of `text`: no comments, no tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_error_name_is_raised_by_some_code() -> Result {
    let paths = project::sources()?;
    // That file lists all names, and raises none.
    let paths = paths.iter().filter(|path| !path.ends_with("mist-core/src/error.rs"));
    let sources = paths.map(|path| Ok(code(&project::read(path)?))).collect::<Result<Vec<_>>>()?;
    let unraised = unraised(Error::NAMES, &sources);
    let say = |name| format!("crates/mist-core/src/error.rs: nothing raises `{name}`; remove it");
    none(&unraised.into_iter().map(say).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_name_that_is_only_matched_or_mentioned_is_not_raised() {
    let raised = |text: &str| unraised(&["Mist.Locked"], &[code(text)]).is_empty();
    assert!(raised("return Err(Error::Locked { stack, problem: format!(\"{a}\") });"));
    assert!(raised("let error = Error::Locked {\n    stack,\n    problem,\n};\nErr(error)"));
    assert!(raised("Error::Locked { stack }"));
    assert!(raised("(_, \"x\") => \"Mist.Locked\","));
    assert!(!raised("matches!(error, Error::Locked { .. })"));
    assert!(!raised("Err(Error::Locked { stack }) => stack,"));
    assert!(!raised("let Error::Locked { stack } = error else { return };"));
    assert!(!raised("Error::Locked { .. } | Error::Drift { .. } => 1,"));
    assert!(!raised("/// Raises [`Error::Locked { stack }`].\nfn x() {}"));
    assert!(!raised("#[cfg(test)]\nmod tests {\n    let x = Error::Locked { stack };\n}\n"));
}
