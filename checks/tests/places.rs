// SPDX-License-Identifier: GPL-2.0-only
//! Where on its line a finding is. In: lines of C; out: what a caret stands
//! under.

use checks::{Diagnostic, Input, Kind, Nowhere, Options};

fn check(kind: Kind, name: &str, text: &[u8]) -> Vec<Diagnostic> {
    let options = Options {
        strict: true,
        ..Options::default()
    };
    checks::check(&Input { name, text, kind }, &options, &Nowhere)
}

/// What the findings of a type are about, in a source and in a patch.
fn places(kind: &str, line: &str) -> Vec<String> {
    let source = format!("// SPDX-License-Identifier: GPL-2.0\n{line}\n");
    let lines = 1 + line.lines().count();
    let added = source.lines().map(|line| format!("+{line}\n"));
    let patch = format!(
        "From: A <a@b.c>\nSubject: [PATCH] a: b\n\nx\n---\n--- a/mm/a.c\n+++ b/mm/a.c\n@@ -0,0 +1,{lines} @@\n{}",
        added.collect::<String>()
    );
    let about = |found: Vec<Diagnostic>| -> Vec<String> {
        let found = found.into_iter().filter(|found| found.kind == kind);
        found
            .map(|found| match &found.place {
                Some(place) => found.source[place.clone()].to_owned(),
                None => "?".to_owned(),
            })
            .collect()
    };
    let inside = about(check(Kind::File, "mm/a.c", source.as_bytes()));
    let patched = about(check(Kind::Patch, "a.patch", patch.as_bytes()));
    assert_eq!(inside, patched, "{kind}: {line}");
    inside
}

#[test]
fn findings_are_under_the_caret() {
    for (kind, line, wanted) in [
        ("SPACING", "\ta=b+c;", &["=", "+"][..]),
        ("SPACING", "\tif(a)", &["if("]),
        ("SPACING", "\tf( a);", &[" "]),
        ("SPACING", "\tf (a);", &[" "]),
        ("TRAILING_WHITESPACE", "int a; \t", &[" \t"]),
        ("SPACE_BEFORE_TAB", "int a; \t/* b */", &[" \t"]),
        ("LEADING_SPACE", "    int a;", &["    "]),
        ("CODE_INDENT", "        int a;", &["        "]),
        ("VOLATILE", "static volatile int a;", &["volatile"]),
        (
            "COMPARISON_TO_NULL",
            "\tif (a && b == NULL)",
            &["b == NULL"],
        ),
        (
            "CAMELCASE",
            "\tint abCd = cdEf->eeFf;",
            &["abCd", "cdEf", "eeFf"],
        ),
        ("STRCPY", "\tx = 1, strcpy(a, b);", &["strcpy("]),
        ("IF_0", "#if 0", &["#if 0"]),
        ("MACRO_ARG_REUSE", "#define M(x, ab) ((ab) + (ab))", &["ab"]),
        ("INITIALISED_STATIC", "\tstatic int a = 0;", &["0"]),
        ("PREFER_KERNEL_TYPES", "\tuint8_t a;", &["uint8_t"]),
        ("REPEATED_WORD", "/* to the the end */", &["the the"]),
        ("OPEN_ENDED_LINE", "\tf(", &["("]),
        ("BRACKET_SPACE", "\tx = a [1];", &[" "]),
        ("COMPLEX_MACRO", "#define SUM(x) 1 + x", &["SUM"]),
        ("AVOID_EXTERNS", "extern int f(int a);", &["extern"]),
        ("ASSIGN_IN_IF", "\tif ((a = b) == c)", &["="]),
        (
            "FUNCTION_ARGUMENTS",
            "int f( struct x *, int,\n      long);",
            &["struct x *", "int", "?"],
        ),
        (
            "UNNECESSARY_PARENTHESES",
            "\tif (a && (b == c) &&\n\t    (d == e))\n\t\tf();",
            &["b == c", "?"],
        ),
        ("PARENTHESIS_ALIGNMENT", "\tf(a,\n\t\tb);", &[""]),
        (
            "LONG_LINE",
            &format!("\tf({}1234);", "a, ".repeat(29)),
            &["4);"],
        ),
        (
            "ALLOC_WITH_SIZEOF",
            "\tp = kzalloc(sizeof(*p), GFP_KERNEL);",
            &["kzalloc"],
        ),
        ("CONCATENATED_STRING", "\tf(\"a\"B);", &[""]),
        ("EMBEDDED_FILENAME", "/* see mm/a.c for it */", &["mm/a.c"]),
        ("EXPORT_SYMBOL", "\nEXPORT_SYMBOL(b);", &["EXPORT_SYMBOL"]),
        (
            "FSF_MAILING_ADDRESS",
            "/* 59 Temple Place */",
            &["59 Temple Pl"],
        ),
        ("INVALID_UTF8", "/* \u{fc} \u{1} */", &["\u{1}"]),
        ("LINE_SPACING", "\n\nint a;", &[""]),
        ("MEMSET", "\tmemset(a, 4, 0x1);", &["0x1"]),
        ("MODULE_LICENSE", "MODULE_LICENSE(\"Free\");", &["\"Free\""]),
        (
            "NON_OCTAL_PERMISSIONS",
            "module_param(foo, int, 644);",
            &["644"],
        ),
        ("OPEN_BRACE", "int f(int a) {\n}", &["{"]),
        (
            "PREFER_FALLTHROUGH",
            "\t\tf(); /* Falls through. */",
            &["Falls through"],
        ),
        ("PRINTF_L", "\tf(\"100%% %Lu\", a);", &["%Lu"]),
        (
            "PRINTF_0XDECIMAL",
            "\tf(\"%u 0x%04u\", \"0x%d\", a, b);",
            &["0x%04u", "0x%d"],
        ),
        ("RETURN_PARENTHESES", "\treturn (a);", &["("]),
        ("RETURN_PARENTHESES", "\treturn\n\t\t(a);", &["?"]),
        ("SELF_ASSIGNMENT", "\tint abc = abc;", &["abc"]),
        (
            "SUSPECT_COMMA_SEMICOLON",
            "\ta = b(c, d),\n\te = f();",
            &[","],
        ),
        ("TRAILING_SEMICOLON", "#define a(b) c(b); ", &[";"]),
        ("TRAILING_STATEMENTS", "\tif (a) b(); /* c */", &["b();"]),
        (
            "UNNECESSARY_MODIFIER",
            "\tpr_info(\"%04hx %hhu\\n\", a, b);",
            &["%04hx", "%hhu"],
        ),
        ("USLEEP_RANGE", "\tusleep_range(60, 50);", &["60, 50"]),
    ] {
        assert_eq!(places(kind, line), wanted, "{kind}: {line}");
    }
}

#[test]
fn what_is_no_text_has_no_place_or_the_right_one() {
    let text =
        b"// SPDX-License-Identifier: GPL-2.0\n\tstrcpy(\"\xff\xc3\", b); /* \xe4\xb8\xad */ \n";
    for found in check(Kind::File, "mm/a.c", text) {
        match (found.kind, found.place) {
            ("STRCPY", Some(place)) => assert_eq!(&found.source[place], "strcpy("),
            ("TRAILING_WHITESPACE", Some(place)) => assert_eq!(&found.source[place], " "),
            (_, Some(place)) => assert!(found.source.get(place).is_some()),
            (_, None) => {}
        }
    }
}
