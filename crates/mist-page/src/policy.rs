//! The content security policy of the page, with the hashes of its only style and its only script.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// The style of every view.
pub(crate) const STYLE: &str =
    concat!(include_str!("../assets/base.css"), include_str!("../assets/views.css"));

/// The script of every view. All views work without it.
pub(crate) const SCRIPT: &str = include_str!("../assets/page.js");

/// The policy of the served page.
pub(crate) static SERVED: LazyLock<String> = LazyLock::new(|| {
    format!("{}; connect-src 'self'; form-action 'self'; frame-ancestors 'none'", common())
});

/// The policy of a file, which stands in the file.
pub(crate) static FILE: LazyLock<String> =
    LazyLock::new(|| format!("{}; form-action 'none'", common()));

fn common() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
