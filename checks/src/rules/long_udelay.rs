// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds udelay() of more than two milliseconds.
//! # Why
//! It can overflow on some machines; mdelay() cannot.
//! # Example
//! ```text
//! udelay(5000);
//! ```
//! # Instead
//! ```text
//! mdelay(5);
//! ```
//! # Source
//! Documentation/timers/delay_sleep_functions.rst.

use super::shared::decimal;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "long_udelay.rs" LONG_UDELAY, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tudelay(2001);")],
    silent: [Case::C("\tudelay(2000);")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"\budelay\s*\(\s*(\d+)\s*\)").caps(&cx.lang, cx.line)
        && decimal(caps.s(1)) > 2000
    {
        cx.on(&caps, 0).warn("a delay of milliseconds is mdelay()");
    }
}
