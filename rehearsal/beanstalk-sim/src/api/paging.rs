//! Pages of long lists.

use crate::wire::{ApiError, Params};

/// The most items on one page.
const MOST: usize = 1000;

/// One page and, if there are more items, the token of the next page.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next_token: Option<String>,
}

/// The page in `MaxRecords` and `NextToken`. The token is the index of its first item.
pub(super) fn page<T>(items: Vec<T>, params: &Params) -> Result<Page<T>, ApiError> {
    page_of(items, params, "MaxRecords", MOST)
}

/// The same with another name and bound of the page size.
pub(super) fn page_of<T>(
    items: Vec<T>,
    params: &Params,
    parameter: &str,
    most: usize,
) -> Result<Page<T>, ApiError> {
    let size = params.number(parameter, 1..=most)?.unwrap_or(most);
    let start = match params.text("NextToken") {
        Some(token) => token.parse().map_err(|_| invalid_token())?,
        None => 0_usize,
    };
    let end = start.saturating_add(size);
    let next_token = (end < items.len()).then(|| end.to_string());
    Ok(Page { items: items.into_iter().skip(start).take(size).collect(), next_token })
}

/// The size of a page.
pub(super) fn page_size(params: &Params) -> Result<usize, ApiError> {
    Ok(params.number("MaxRecords", 1..=MOST)?.unwrap_or(MOST))
}

pub(super) fn invalid_token() -> ApiError {
    ApiError::invalid_value("The NextToken is not valid.")
}
