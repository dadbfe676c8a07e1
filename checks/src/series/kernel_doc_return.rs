// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds kernel-doc comments of functions that a patch leaves without a section
//! "Return:", though there is something to return. Faults that were there before
//! do not count.
//! # Why
//! Callers want to know what they get, and what an error looks like.
//! # Example
//! ```text
//! /**
//!  * misc_add - Add one
//!  */
//! int misc_add(void);
//! ```
//! # Instead
//! ```text
//! /**
//!  * misc_add - Add one
//!  * Return: 0, or -ENOSPC if there is no room.
//!  */
//! int misc_add(void);
//! ```
//! # Source
//! Documentation/doc-guide/kernel-doc.rst; scripts/kernel-doc -Wreturn.

use super::Check;
use crate::kernel_doc::Kind;
use crate::rule::{Case, rule};

rule! {
    "kernel_doc_return.rs" KERNEL_DOC_RETURN, [Warning], Likely,
    series Check::KernelDoc(Kind::Return),
    fires: [Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * add - Add\n+ */\n+int add(void);"])],
    silent: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * add - Add\n+ *\n+ * Returns: the sum\n+ */\n+int add(void);"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * add - Add\n+ */\n+static inline void add(void)\n+{\n+}"]),
    ],
}
