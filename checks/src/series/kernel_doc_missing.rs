// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds parameters and members that a patch leaves without a description in a
//! kernel-doc comment that has the others. Faults that were there before do not
//! count.
//! # Why
//! The documentation is incomplete, and its build warns.
//! # Example
//! ```text
//! /**
//!  * misc_add - Add some
//!  */
//! void misc_add(int count);
//! ```
//! # Instead
//! ```text
//! /**
//!  * misc_add - Add some
//!  * @count: How many
//!  */
//! void misc_add(int count);
//! ```
//! # Source
//! Documentation/doc-guide/kernel-doc.rst; scripts/kernel-doc.

use super::Check;
use crate::kernel_doc::Kind;
use crate::rule::{Case, rule};

rule! {
    "kernel_doc_missing.rs" KERNEL_DOC_MISSING, [Warning], Likely,
    series Check::KernelDoc(Kind::Missing),
    fires: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * add - Add\n+ */\n+void add(int a);"]),
        Case::Series(&[
            "[PATCH 1/2] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * add - Add\n+ */\n+void add(void);",
            "[PATCH 2/2] misc: Change\n\nx\n---\n%a.h\n  */\n-void add(void);\n+void add(int a);",
        ]),
    ],
    silent: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * add - Add\n+ * @a: One\n+ */\n+void add(int a);\n+\n+/* add */\n+void sub(int a);"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%%a.h\n+/**\n+ * struct s - S\n+ */\n+struct s {\n+\t/** @a: One */\n+\tint a;\n+\t/* private: */\n+\tint b;\n+};"]),
    ],
}
