// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds global variables that are initialised with zero.
//! # Why
//! They are zero anyway, and the value can cost room in the image.
//! # Example
//! ```text
//! int a = 0;
//! ```
//! # Instead
//! ```text
//! int a;
//! ```
//! # Source
//! The type GLOBAL_INITIALISERS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "global_initialisers.rs" GLOBAL_INITIALISERS, [Error], Sure,
    { Added: check },
    fires: [Case::C("int a = 0;"), Case::C("struct foo *b = NULL;")],
    silent: [Case::C("int a = 1;\nint b;"), Case::In("samples/bpf/a_kern.c", "int a = 0;")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r"^\+$Type\s*$Ident(?:\s+$Modifier)*\s*=\s*($Zero)\s*;"),
        cx.line,
        0,
    ) && !is_bpf(cx)
    {
        cx.error("a global variable is zero anyway");
    }
}

/// Programs for the kernel's virtual machine need their variables initialised.
fn is_bpf(cx: &Cx<'_>) -> bool {
    cx.in_file(re!(
        r"^tools/testing/selftests/bpf/progs/.*\.c$|^samples/bpf/.*_kern\.c$|/bpf/.*\.bpf\.c$"
    ))
}
