//! Names that the service makes up, and rules for names that callers choose.

use uuid::Uuid;

const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Up to 20 random lower-case letters and digits.
pub(crate) fn alphanumeric(length: usize) -> String {
    let mut rest = Uuid::new_v4().as_u128();
    let mut name = String::with_capacity(length);
    for _ in 0..length {
        name.extend(
            usize::try_from(rest % 36)
                .ok()
                .and_then(|index| ALPHABET.get(index))
                .map(|byte| char::from(*byte)),
        );
        rest /= 36;
    }
    name
}

/// Up to 32 random hexadecimal digits.
pub(crate) fn hexadecimal(length: usize) -> String {
    Uuid::new_v4().simple().to_string().chars().take(length).collect()
}

/// Letters, digits and hyphens, with no hyphen at either end.
pub(crate) fn is_host_label(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_names_have_their_length_and_differ() {
        assert_eq!(alphanumeric(10).len(), 10);
        assert_ne!(alphanumeric(10), alphanumeric(10));
        assert_eq!(hexadecimal(17).len(), 17);
    }

    #[test]
    fn host_labels_neither_begin_nor_end_with_a_hyphen() {
        assert!(is_host_label("shop-a"));
        for bad in ["-shop", "shop-", "sh_op", "sh.op", "shöp"] {
            assert!(!is_host_label(bad), "{bad}");
        }
    }
}
