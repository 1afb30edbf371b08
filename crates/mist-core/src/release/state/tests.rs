//! Stories of the state.
