//! The stages of the pipeline, so that `tests/` can call them.
