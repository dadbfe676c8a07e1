// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds kernel-doc comments that a patch leaves with another name than what
//! they stand before. Faults that were there before do not count.
//! # Why
//! The comment is not found under the name of the code.
//! # Example
//! ```text
//! /**
//!  * misc_add_one - Add one
//!  */
//! void misc_add(void);
//! ```
//! # Instead
//! ```text
//! /**
//!  * misc_add - Add one
//!  */
//! void misc_add(void);
//! ```
//! # Source
//! Documentation/doc-guide/kernel-doc.rst; scripts/kernel-doc.

use super::Check;
use crate::kernel_doc::Kind;
use crate::rule::{Case, rule};

rule! {
    "kernel_doc_name.rs" KERNEL_DOC_NAME, [Warning], Likely,
    series Check::KernelDoc(Kind::Name),
    fires: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * sub - Add\n+ */\n+void add(void);"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * struct a - A\n+ */\n+struct b { };"]),
    ],
    silent: [Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * add() - Add\n+ */\n+void add(void);"])],
}
