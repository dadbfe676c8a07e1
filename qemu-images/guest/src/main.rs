//! Init of the test VM.
fn main() {}
