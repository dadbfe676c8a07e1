// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds parameters and members that a patch leaves described in a kernel-doc
//! comment, but not in the code. Faults that were there before do not count.
//! # Why
//! The documentation speaks of what is not there, and its build warns.
//! # Example
//! ```text
//! /**
//!  * misc_add - Add one
//!  * @count: How many
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
    "kernel_doc_excess.rs" KERNEL_DOC_EXCESS, [Warning], Likely,
    series Check::KernelDoc(Kind::Excess),
    fires: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * add - Add\n+ * @a: One\n+ * @b: Two\n+ */\n+void add(int a);"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * enum e - E\n+ * @A: One\n+ * @B: Two\n+ */\n+enum e { A };"]),
    ],
    silent: [Case::Series(&[
        "[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * struct s - S\n+ * @a: One\n+ * @b: Two\n+ * @b.c: Three\n+ */\n+struct s {\n+\tint a[2];\n+\tstruct {\n+\t\tint c;\n+\t} b;\n+};",
    ])],
}
