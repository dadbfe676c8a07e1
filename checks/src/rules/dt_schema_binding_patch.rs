// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds new device tree bindings as plain text.
//! # Why
//! Schemas can be checked by a program.
//! # Example
//! ```text
//! Documentation/devicetree/bindings/iio/a.txt
//! ```
//! # Instead
//! ```text
//! Documentation/devicetree/bindings/iio/a.yaml
//! ```
//! # Source
//! Documentation/devicetree/bindings/writing-schema.rst.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "dt_schema_binding_patch.rs" DT_SCHEMA_BINDING_PATCH, [Warning], Sure,
    { Log: check },
    fires: [Case::Patch("diff --git a/Documentation/devicetree/bindings/a.txt b/Documentation/devicetree/bindings/a.txt\nnew file mode 100644\n")],
    silent: [Case::Patch("diff --git a/Documentation/devicetree/bindings/a.yaml b/Documentation/devicetree/bindings/a.yaml\nnew file mode 100644\n")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.head.in_log
        && re!(r"^new file mode\s*\d+\s*$").is(&cx.lang, cx.line)
        && cx.in_file(re!(r"^Documentation/devicetree/bindings/.*\.txt$"))
    {
        cx.warn("new bindings are written as schemas");
    }
}
