// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds RGMII modes that put delays on the board, without a comment.
//! # Why
//! The mode describes the board, and most boards have no such delays.
//! # Example
//! ```text
//! phy-mode = "rgmii";
//! ```
//! # Instead
//! ```text
//! phy-mode = "rgmii-id";
//! ```
//! # Source
//! Documentation/devicetree/bindings/net/ethernet-controller.yaml.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "uncommented_rgmii_mode.rs" UNCOMMENTED_RGMII_MODE, [Warning], Likely,
    { Hunk: check },
    fires: [Case::In("arch/arm/boot/dts/a.dts", "\tphy-mode = \"rgmii\";")],
    silent: [Case::In("arch/arm/boot/dts/a.dts", "\tphy-mode = \"rgmii-id\";")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r#"^\+\s*(phy-mode|phy-connection-type)\s*=\s*""#),
        cx.line,
        1,
    ) && cx.in_file(re!(r"\.(dts|dtsi|dtso)$"))
        && !cx.has_comment()
        && re!(r#"^"rgmii(?:|-rxid|-txid)"$"#).is(&cx.lang, cx.quoted())
    {
        cx.warn("a delay on the board needs a comment; most boards want \"rgmii-id\"");
    }
}
