//! Host names.

/// Whether a name has only letters, digits and hyphens, and no hyphen at either end.
pub(crate) fn is_host_label(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_labels_neither_begin_nor_end_with_a_hyphen() {
        assert!(is_host_label("shop-a"));
        for bad in ["-shop", "shop-", "sh_op", "sh.op", "shöp"] {
            assert!(!is_host_label(bad), "{bad}");
        }
    }
}
