// SPDX-License-Identifier: GPL-2.0-only
//! Reading the log of a kernel build. Pure: text in, text out.

/// Longest error that is shown, in lines.
const MAX_LINES: usize = 60;

/// Whether a line reports one finished step: `  CC      mm/gup.o`,
/// `  RUSTC L rust/core.o`, `  LD [M]  drivers/vfio/vfio.ko`.
pub fn is_step(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("  ") else {
        return false;
    };
    let word = rest.split(' ').next().unwrap_or_default();
    !word.is_empty()
        && rest.len() > word.len()
        && word
            .chars()
            .all(|c| c.is_ascii_uppercase() || c == '_' || c == '+')
}

/// The first error of the log in full: from the line that announces it, with
/// the lines that lead to it (`In file included from`, `In function`), to the
/// end of what the same tool said. None if nothing looks like an error.
pub fn first_error(log: &str) -> Option<String> {
    let lines: Vec<&str> = log.lines().collect();
    let at = lines.iter().position(|line| announces(line))?;
    let begin = lines[..at]
        .iter()
        .rposition(|line| !leads(line))
        .map_or(0, |last| last + 1);
    let end = lines[at + 1..]
        .iter()
        .position(|line| ends(line))
        .map_or(lines.len(), |next| at + 1 + next);
    let shown = &lines[begin..end];
    let mut text = shown[..shown.len().min(MAX_LINES)].join("\n");
    if shown.len() > MAX_LINES {
        text.push_str(&format!("\n… {} more lines", shown.len() - MAX_LINES));
    }
    Some(text)
}

/// gcc, ld, modpost: `FILE:LINE: error: …`, `ERROR: …`; rustc: `error[E0308]: …`,
/// `error: …`; make itself: `*** No rule to make target`.
fn announces(line: &str) -> bool {
    line.contains(": error: ")
        || line.contains(": fatal error: ")
        || line.starts_with("error: ")
        || line.starts_with("error[")
        || line.starts_with("ERROR: ")
        || line.contains(": undefined reference to ")
        || line.starts_with("ld: ")
        || line.contains("*** No rule to make target")
        || line.starts_with("/bin/sh: ")
}

/// What gcc prints before the error it belongs to.
fn leads(line: &str) -> bool {
    line.starts_with("In file included from")
        || line.starts_with("                 from")
        || line.contains(": In function ")
        || line.contains(": At top level:")
        || line.contains(": warning: ") && line.starts_with("error")
}

/// The next step of the build, or make's own summing up.
fn ends(line: &str) -> bool {
    is_step(line) || line.starts_with("make[") || line.starts_with("make: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_and_chatter_is_not() {
        for line in [
            "  CC      mm/gup.o",
            "  RUSTC L rust/core.o",
            "  LD [M]  a/b.ko",
            "  HOSTCC  scripts/x",
            "  MODPOST Module.symvers",
        ] {
            assert!(is_step(line), "{line}");
        }
        for line in [
            "make[1]: Entering directory",
            "  mm/gup.c: In function",
            "",
            "  ",
            "warning: x",
        ] {
            assert!(!is_step(line), "{line}");
        }
    }

    #[test]
    fn the_first_gcc_error_comes_in_full() {
        let log = "  CC      a.o\n  CC      drivers/vfio/vfio_iommu_type1.o\n\
In file included from ./include/linux/mm.h:5,\n                 from drivers/vfio/x.c:3:\n\
drivers/vfio/x.c: In function 'f':\ndrivers/vfio/x.c:10:9: error: 'foo' undeclared\n   10 |         foo = 1;\n      |         ^~~\n\
make[4]: *** [scripts/Makefile.build:287: drivers/vfio/x.o] Error 1\n  CC      b.o\nb.c:1:1: error: second\n";
        let error = first_error(log).unwrap();
        assert!(error.starts_with("In file included from"), "{error}");
        assert!(error.contains("^~~"), "{error}");
        assert!(
            !error.contains("make[4]") && !error.contains("second"),
            "{error}"
        );
    }

    #[test]
    fn the_first_rustc_error_comes_in_full() {
        let log = "  RUSTC L rust/kernel.o\nerror[E0308]: mismatched types\n  --> rust/kernel/x.rs:3:5\n   |\n3  |     1\n   |     ^ expected `()`\n\nerror: aborting due to 1 previous error\n\nmake[2]: *** [rust/Makefile:1: rust/kernel.o] Error 1\n";
        let error = first_error(log).unwrap();
        assert!(
            error.starts_with("error[E0308]") && error.contains("expected `()`"),
            "{error}"
        );
    }

    #[test]
    fn modpost_and_missing_rules_are_errors_too() {
        let modpost = "  MODPOST Module.symvers\nERROR: modpost: \"vfio_x\" [drivers/vfio/vfio_iommu_type1.ko] undefined!\nmake[2]: *** x\n";
        assert!(first_error(modpost).unwrap().contains("vfio_x"));
        let rule = "make[3]: *** No rule to make target 'drivers/vfio/x.o', needed by 'drivers/vfio/'.  Stop.\n";
        assert!(first_error(rule).unwrap().contains("drivers/vfio/x.o"));
        assert_eq!(first_error("  CC a.o\n"), None);
    }
}
