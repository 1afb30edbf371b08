//! Tests against a mocked client.
