// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds files whose first line is no licence tag, or one in the wrong style or
//! place, or of an unknown licence.
//! # Why
//! Tools find the licence of a file by this line.
//! # Example
//! ```text
//! /* GPL */
//! ```
//! # Instead
//! ```text
//! // SPDX-License-Identifier: GPL-2.0-only
//! ```
//! # Source
//! Documentation/process/license-rules.rst.

use crate::context::Cx;
use crate::diagnostic::Level;
use crate::re::{Caps, re};
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "spdx_license_tag.rs" SPDX_LICENSE_TAG, [Warning, Check], Sure,
    { Hunk: first, Source: other },
    fires: [Case::File("drivers/misc/a.c", "/* SPDX-License-Identifier: GPL-2.0 */\n"), Case::File("drivers/misc/a.c", "// SPDX-License-Identifier: GPL-2.0\n// SPDX-Foo: x\n")],
    silent: [Case::File("drivers/misc/a.c", "// SPDX-License-Identifier: GPL-2.0\n"), Case::File("drivers/misc/a.h", "/* SPDX-License-Identifier: GPL-2.0 */\n")],
}

fn first(cx: &mut Cx<'_>) {
    if cx.file_line != cx.license_line {
        return;
    }
    if re!(r"^[ \+]\s*\#\!\s*\/").is(&cx.lang, cx.raw) {
        cx.license_line = 2;
    } else if cx.raw.bytes.first() == Some(&b'+') {
        tag(cx);
    }
}

fn tag(cx: &mut Cx<'_>) {
    let mark: &[u8] = if cx.in_file(re!(r"\.(h|s|S)$")) {
        b"/*"
    } else if cx.in_file(re!(r"\.(c|rs|dts|dtsi)$")) {
        b"//"
    } else if cx.license_line == 2 || cx.in_file(re!(r"\.(sh|pl|py|awk|tc|yaml)$")) {
        b"#"
    } else if cx.in_file(re!(r"\.rst$")) {
        b".."
    } else {
        b""
    };
    let shown = text::show(mark);
    if cx.in_file(re!(r"\.[chsS]$"))
        && re!("SPDX-License-Identifier:").is(&cx.lang, cx.raw)
        && !re!(r"^\+\s*$Arg0\s*").is_with(&cx.lang, cx.raw, &[mark])
    {
        cx.sees(re!(r"^\+\s*(\S+)"), cx.raw, 1);
        cx.warn(format!(
            "in {} the tag stands in a '{shown}' comment",
            cx.file
        ));
    }
    if !mark.is_empty()
        && !re!(r"^\+$Arg0 SPDX-License-Identifier: ").is_with(&cx.lang, cx.raw, &[mark])
    {
        let line = cx.license_line;
        cx.on_start();
        cx.warn(format!("no SPDX-License-Identifier tag in line {line}"));
        return;
    }
    if let Some(caps) = re!("(SPDX-License-Identifier: .*)").caps(&cx.lang, cx.raw) {
        license(cx, &caps);
    }
}

fn license(cx: &mut Cx<'_>, caps: &Caps<'_>) {
    let tag = caps.s(1);
    let shown = text::show(tag);
    if !cx.world.is_license_valid(&shown) {
        cx.on(caps, 1);
        cx.warn(format!("'{shown}' is not in LICENSES/"));
    }
    if cx.file.starts_with("Documentation/devicetree/bindings/")
        && !re!(r"GPL-2\.0(?:-only)? OR BSD-2-Clause").is(&cx.lang, tag)
    {
        cx.on(caps, 1);
        cx.in_patch(
            Level::Warning,
            "bindings are licensed (GPL-2.0-only OR BSD-2-Clause)",
        );
    }
    if cx.file.starts_with("include/dt-bindings/")
        && !re!(r"GPL-2\.0(?:-only)? OR \S+").is(&cx.lang, tag)
    {
        cx.on(caps, 1);
        cx.warn("headers of bindings are licensed (GPL-2.0-only OR .*)");
    }
}

fn other(cx: &mut Cx<'_>) {
    if cx.file_line != cx.license_line && re!(r"\bSPDX-License-Identifier:").is(&cx.lang, cx.raw) {
        let line = cx.license_line;
        cx.sees(re!("SPDX-License-Identifier:"), cx.raw, 0);
        cx.warn(format!("the tag belongs in line {line}"));
    }
    if re!(r"\bSPDX-.*:").is(&cx.lang, cx.raw)
        && !re!(r"\bSPDX-License-Identifier:").is(&cx.lang, cx.raw)
        && !re!(r"\bSPDX-FileCopyrightText:").is(&cx.lang, cx.raw)
    {
        cx.sees(re!(r"\bSPDX-\S*"), cx.raw, 0);
        cx.warn("another SPDX tag than the licence");
    }
}
