// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds tables of device ids without an empty entry at the end.
//! # Why
//! Whoever goes through the table does not stop at its end.
//! # Example
//! ```text
//! static const struct pci_device_id ids[] = {
//! 	{ PCI_DEVICE(1, 2) },
//! };
//! ```
//! # Instead
//! ```text
//! static const struct pci_device_id ids[] = {
//! 	{ PCI_DEVICE(1, 2) },
//! 	{ }
//! };
//! ```
//! # Source
//! The type MISSING_SENTINEL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::lang::Lang;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "missing_sentinel.rs" MISSING_SENTINEL, [Error], Likely,
    { Late: check },
    fires: [Case::C("static const struct pci_device_id ids[] = {\n\t{ PCI_DEVICE(1, 2) },\n};")],
    silent: [Case::C("static const struct pci_device_id ids[] = {\n\t{ PCI_DEVICE(1, 2) },\n\t{ }\n};"), Case::C("static const struct of_device_id ids[] = {\n\t{ .a = \"\" },\n};")],
}

fn check(cx: &mut Cx<'_>) {
    let table = re!(r"struct\s+$DeviceIdTypes\s+\w+\s*\[\s*\]\s*=\s*\{");
    let Some(found) = cx.statement.clone() else {
        return;
    };
    if table.is(&cx.lang, cx.line) && !ends_empty(&cx.lang, &found.text) {
        cx.sees(table, cx.line, 0);
        cx.error("a table of device ids ends with an empty entry");
    }
}

/// Whether the last entry of a table is empty, or one of the usual ends.
fn ends_empty(lang: &Lang, table: &[u8]) -> bool {
    let mut table = text::strip_markers(table);
    for nothing in [
        re!(r"\\(?=\n)"),
        re!(r#""""#),
        re!("0x0"),
        re!(r"[\s$;,0]"),
        re!(r"\.$Ident="),
    ] {
        table = nothing.sub_all(lang, &table, b"");
    }
    let ends: [&[u8]; 6] = [
        b"{}};",
        b"{{}}};",
        b"ISAPNP_DEVICE_SINGLE_END}};",
        b"ISAPNP_CARD_END}};",
        b"NULL};",
        b"PCMCIA_DEVICE_NULL};",
    ];
    ends.iter().any(|end| table.ends_with(end))
}
