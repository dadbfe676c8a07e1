// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds NR_CPUS outside of definitions and of the bounds of arrays.
//! # Why
//! It is how many there could ever be, not how many there are.
//! # Example
//! ```text
//! for (i = 0; i < NR_CPUS; i++)
//! ```
//! # Instead
//! ```text
//! for_each_possible_cpu(i)
//! ```
//! # Source
//! The type NR_CPUS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "nr_cpus.rs" NR_CPUS, [Warning], Guess,
    { Late: check },
    fires: [Case::C("\tfor (i = 0; i < NR_CPUS; i++)")],
    silent: [Case::C("\tint a[NR_CPUS];\n#if NR_CPUS > 1")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let line = cx.line;
    if re!(r"\bNR_CPUS\b").is(lang, line)
        && !re!(r"^.\s*\s*#\s*if\b.*\bNR_CPUS\b").is(lang, line)
        && !re!(r"^.\s*\s*#\s*define\b.*\bNR_CPUS\b").is(lang, line)
        && !re!(r"^.\s*$Declare\s.*\[[^\]]*NR_CPUS[^\]]*\]").is(lang, line)
        && !re!(r"\[[^\]]*\.\.\.[^\]]*NR_CPUS[^\]]*\]").is(lang, line)
        && !re!(r"\[[^\]]*NR_CPUS[^\]]*\.\.\.[^\]]*\]").is(lang, line)
        && !re!(r"^.\s*\.\w+\s*=\s*.*\bNR_CPUS\b").is(lang, line)
    {
        cx.sees(re!(r"\bNR_CPUS\b"), line, 0);
        cx.warn(
            "NR_CPUS is how many there could be: num_possible_cpus(), for_each_possible_cpu()?",
        );
    }
}
