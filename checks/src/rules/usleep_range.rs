// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds udelay() of ten microseconds or more, and usleep_range() whose
//! limits are equal or in the wrong order.
//! # Why
//! A busy wait keeps the processor from other work; a range without room
//! cannot share a timer interrupt with others.
//! # Example
//! ```text
//! usleep_range(50, 50);
//! ```
//! # Instead
//! ```text
//! usleep_range(50, 100);
//! ```
//! # Source
//! Documentation/timers/delay_sleep_functions.rst.

use super::shared::{decimal, on_statement};
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "usleep_range.rs" USLEEP_RANGE, [Check, Warning], Likely,
    { Late: check },
    fires: [
        Case::C("\tudelay(10);"),
        Case::C("\tusleep_range(50, 50);"),
        Case::C("\tusleep_range(60, 50);"),
    ],
    silent: [Case::C("\tudelay(9);\n\tusleep_range(50, 100);")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"\budelay\s*\(\s*(\d+)\s*\)").caps(&cx.lang, cx.line)
        && decimal(caps.s(1)) >= 10
    {
        cx.on(&caps, 0)
            .check("usleep_range() lets others work meanwhile");
    }
    if !re!(r"\busleep_range\b").is(&cx.lang, cx.line) {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let range = re!(r"^\+(?:.*?)\busleep_range\s*\(\s*($FuncArg)\s*,\s*($FuncArg)\s*\)");
    let Some(caps) = range.caps(&cx.lang, found.scan()) else {
        return;
    };
    let (min, max) = (caps.s(1), caps.s(7));
    let place = caps.start(1)..caps.end(7);
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    if min == max {
        on_statement(cx, place);
        cx.warn("a range needs some room");
    } else if digits(min) && digits(max) && decimal(min) > decimal(max) {
        on_statement(cx, place);
        cx.warn("the limits of the range are in the wrong order");
    }
}
