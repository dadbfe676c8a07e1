// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds links to mail archives other than lore.kernel.org.
//! # Why
//! Archives vanish; lore is kept by the kernel's own people, and finds a mail
//! by its Message-ID.
//! # Example
//! ```text
//! Link: https://marc.info/?l=linux-kernel&m=1
//! ```
//! # Instead
//! ```text
//! Link: https://lore.kernel.org/all/x@y/
//! ```
//! # Source
//! <https://www.kernel.org/lore.html>

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "prefer_lore_archive.rs" PREFER_LORE_ARCHIVE, [Warning], Sure,
    { Log: check },
    fires: [Case::Message("x\n\nLink: https://marc.info/?l=linux-kernel\n")],
    silent: [Case::Message("x\n\nLink: https://lore.kernel.org/r/1\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"http.*\b(?:$ObsoleteArchives)"), cx.raw, 0) {
        cx.warn("mails are best linked to at lore.kernel.org");
    }
}
