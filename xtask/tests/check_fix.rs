// SPDX-License-Identifier: GPL-2.0-only
//! What `cargo xtask check --fix` changes means the same: a source compiles to
//! the same object, a patch still applies and makes such a source.

mod common;

use std::path::Path;
use std::process::Command;

use checks::{Kind, Nowhere, Options};
use common::git;
use xtask::checked::fix::{Change, fix};
use xtask::checked::input::{Origin, Source, Text};

/// For each rule with a fix: a source with that fault, as often as it can be
/// made, and how many lines have to change at least.
const CASES: [(&str, usize, &str); 5] = [
    ("SPACING", 20, SPACING),
    (
        "TRAILING_WHITESPACE",
        4,
        "int a; \nchar s[] = \"a \"; \t\n#define M(a) \\\n\t(a + \\\n\t 1) \nint b = M(2);\n/* c \n */\n",
    ),
    (
        "LEADING_SPACE",
        2,
        "int f(int a)\n{\n        int b = a;\n\n           return b;\n}\n\
         char s[] = \"one \\\n        two\";\n",
    ),
    (
        "CODE_INDENT",
        2,
        "int f(int a)\n{\n        int b = a;\n\n    \treturn b;\n}\n\
         char s[] = \"one \\\n    \ttwo\";\n",
    ),
    (
        "SPACE_BEFORE_TAB",
        2,
        "int a; \t/* c */\nint \tb;\nchar s[] = \"one \\\n \ttwo \tthree\";\nchar t[] = \"a \tb\";\n",
    ),
];

const SPACING: &str = "\
struct pair {\n\tint a,b;\n\tstruct pair*next;\n};\n\
static int g(int a,int b){\n\treturn a<b;\n}\n\
int f(int a,int b,struct pair *c)\n{\n\
\tint d=a+b*2-1 ;\n\
\tint minus = - -d,plus = + +d,both = a- -b,not = ! ! a;\n\
\tint arr[4]={1,2,3};\n\
\tdouble e=1e+5,h=0x1p-3;\n\n\
\tif(a==b&&b!=3||!d)\n\t\td++ ;\n\
\tfor(a=0;a<b;a++)\n\t\td+=a?b:d;\n\
\twhile(d>100)\n\t\td-=- a;\n\
\tdo {\n\t\td -- ;\n\t} while(d>50);\n\
\tswitch(d) {\n\tcase 1 :\n\t\td<<=1;\n\t\tbreak;\n\tdefault :\n\t\td|=arr[ 1 ];\n\t}\n\
\tc -> a=d;\n\tc->next -> b=d&~1;\n\
\td=(a<b)?a:b;\n\td^=*&a* *&b;\n\
\treturn d<<1|a>>2&b^3 , g(minus,plus)+both+not+(int)e+(int)h;\n}\n\
#define STRING(...) #__VA_ARGS__\n\
#define MAX(a,b) ((a)>(b)?(a):(b))\n\
char s1[]=STRING(a+b);\n\
char s2[]=STRING(a,\n\t\tb=c);\n\
char s3[]=\"a=b,c \\\nd=e,f\";\n\
int m=MAX(1,2);\n";

fn fixed(kind: Kind, name: &str, text: &str) -> (String, Vec<Change>) {
    let source = Source {
        name: name.to_owned(),
        path_in_tree: name.to_owned(),
        kind,
        origin: Origin::Input,
    };
    let text = Text::whole(text.as_bytes().to_vec());
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let (bytes, changes) = fix(&source, &text, &options, &Nowhere);
    (String::from_utf8(bytes).unwrap(), changes)
}

/// The object that a source becomes under a name that is always the same.
fn object(source: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.c"), source).unwrap();
    let output = Command::new("gcc")
        .args(["-c", "-O2", "-g0", "-w", "-std=gnu11", "a.c", "-o", "a.o"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{source}");
    std::fs::read(dir.path().join("a.o")).unwrap()
}

#[test]
fn a_fixed_source_is_the_same_to_the_compiler() {
    for (rule, least, source) in CASES {
        let (after, changes) = fixed(Kind::File, "lib/a.c", source);
        assert!(changes.len() >= least, "{rule}: {changes:#?}");
        assert_eq!(object(source), object(&after), "{rule}: {after}");
    }
}

#[test]
fn a_fixed_patch_applies_and_makes_the_same() {
    for (rule, least, source) in CASES {
        let dir = tempfile::tempdir().unwrap();
        let here = dir.path();
        git(here, &["init", "--quiet"]);
        // What was there stays there, faults and all.
        let (head, tail) = ("int head; \nint between=1;\n", "int tail;  \nint last;\n");
        let put = |text: &str| std::fs::write(here.join("a.c"), text).unwrap();
        put(&format!("{head}int gone; \n{tail}"));
        git(here, &["add", "a.c"]);
        git(here, &["commit", "--quiet", "-m", "x"]);
        put(&format!("{head}{source}{tail}"));
        let diff = git(here, &["diff"]);
        let patch = format!("From: A <a@b.c>\nSubject: [PATCH] a: b\n\nx\n---\n{diff}\n");
        let (after, changes) = fixed(Kind::Patch, "a.patch", &patch);
        assert!(changes.len() >= least, "{rule}: {changes:#?}");
        git(here, &["checkout", "--quiet", "a.c"]);
        std::fs::write(here.join("a.patch"), &after).unwrap();
        git(here, &["apply", "--whitespace=nowarn", "a.patch"]);
        let applied = std::fs::read_to_string(here.join("a.c")).unwrap();
        assert!(
            applied.starts_with(head) && applied.ends_with(tail),
            "{rule}"
        );
        let before = format!("{head}{source}{tail}");
        assert_ne!(before, applied, "{rule}");
        assert_eq!(object(&before), object(&applied), "{rule}: {applied}");
    }
}

#[test]
fn every_rule_with_a_fix_has_a_case() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks/src/rules");
    for entry in std::fs::read_dir(rules).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let name = entry
            .path()
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .to_uppercase();
        assert_eq!(
            text.contains("cx.fix("),
            CASES.iter().any(|(rule, ..)| *rule == name),
            "{name}"
        );
    }
}

#[test]
fn what_is_no_c_stays_as_it_is() {
    for name in ["a.rs", "a.py", "Makefile", "a.rst"] {
        let text = "x = \"a \n  \tb\" \n";
        assert_eq!(fixed(Kind::File, name, text).0, text, "{name}");
    }
}
