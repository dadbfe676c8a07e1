// SPDX-License-Identifier: GPL-2.0-only
//! `/init`: everything is in the library. A scenario runs in a process of its
//! own, this program once more with the scenario's name.

fn main() -> ! {
    let mut args = std::env::args().skip(1);
    match (args.next().as_deref(), args.next()) {
        (Some("scenario"), Some(name)) => guest::init::run_scenario(&name),
        (Some("cell"), Some(index)) => guest::init::run_cell(&index),
        _ => guest::init::run(),
    }
}
