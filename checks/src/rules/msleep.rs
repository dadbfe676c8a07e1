// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds msleep() of less than 20 milliseconds.
//! # Why
//! It sleeps for whole ticks, so it can take 20 milliseconds.
//! # Example
//! ```text
//! msleep(1);
//! ```
//! # Instead
//! ```text
//! usleep_range(1000, 2000);
//! ```
//! # Source
//! Documentation/timers/delay_sleep_functions.rst.

use super::shared::decimal;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "msleep.rs" MSLEEP, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tmsleep(19);")],
    silent: [Case::C("\tmsleep(20);")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"\bmsleep\s*\((\d+)\);").caps(&cx.lang, cx.line)
        && decimal(caps.s(1)) < 20
    {
        cx.on(&caps, 0)
            .warn("msleep() of less than 20 ms can take 20 ms");
    }
}
