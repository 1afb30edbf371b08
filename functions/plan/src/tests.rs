//! Stories of this operation.
