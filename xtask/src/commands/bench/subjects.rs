// SPDX-License-Identifier: GPL-2.0-only
//! The kernels to measure: built, or taken from job folders.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::Args;
use crate::bench::run::Subject;
use crate::boot::machine::Machine;
use crate::boot::qemu::{Accel, KERNEL};
use crate::build::{self, Profile};
use crate::commands::test_vm;
use crate::context::Cx;
use crate::job::{Ingredients, Job};
use crate::report::Base;
use crate::results;
use crate::series::Series;
use crate::series::content::Content;
use crate::source;
use crate::source::archive::hex;
use crate::stop::Stop;
use crate::toolchain::Toolchain;
use crate::tree::{self, Variant};

/// A job folder, and what it is called in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenJob {
    name: Option<String>,
    dir: PathBuf,
}

pub(super) fn given_job(text: &str) -> Result<GivenJob, String> {
    match text.split_once('=') {
        // A path may have such a sign, too, but hardly before the first slash.
        Some((name, dir)) if !name.contains('/') => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
            if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
                return Err("a name has letters, digits and -_.+".into());
            }
            Ok(GivenJob {
                name: Some(name.into()),
                dir: dir.into(),
            })
        }
        _ => Ok(GivenJob {
            name: None,
            dir: text.into(),
        }),
    }
}

/// What is measured.
pub(super) struct Kernels {
    pub(super) base: Base,
    pub(super) subjects: Vec<Subject>,
    /// The series that they were built from, if that is known.
    pub(super) patches: Option<(String, Content)>,
}

/// The variants, built.
pub(super) fn built(
    cx: &Cx,
    args: &Args,
    machine: &Machine,
    init: &Path,
    room: &Path,
    profile: Profile,
) -> Result<Kernels> {
    let series = Series::select(cx, &args.series)?;
    let toolchain = Toolchain::find(cx)?;
    let source = cx.timed("source", || {
        source::obtain(cx, &args.source, &series.about.base)
    })?;
    let _lock = cx.lock_work()?;
    let trees = test_vm::variants(cx, &args.variant, &series)
        .into_iter()
        .map(|variant| tree::prepare(cx, &source, &series, variant))
        .collect::<Result<Vec<_>>>()?;
    let content = match trees.iter().find(|tree| tree.variant == Variant::Series) {
        Some(tree) => results::content(cx, tree)?,
        None => None,
    };
    let mut subjects = Vec::new();
    for tree in &trees {
        let name = tree.name();
        let kernel = cx.timed(&format!("build {name}"), || {
            build::kernel(cx, tree, profile, &toolchain)
        })?;
        let dir = room.join(&name);
        let job = Job::assemble(
            &dir,
            &Ingredients {
                kernel: &kernel,
                machine,
                accel: Accel::Tcg,
                may_fall_back: false,
                init,
                selftests: &[],
                scenarios: Vec::new(),
                isolate: false,
                fail_fast: false,
                soak_s: 0,
                extra: &[],
            },
        )?;
        subjects.push(Subject {
            variant: name,
            job,
            dir,
        });
    }
    Ok(Kernels {
        base: Base::from(&source),
        subjects,
        patches: content.map(|content| (series.name, content)),
    })
}

/// The kernels of job folders.
pub(super) fn given(jobs: &[GivenJob], machine: &Machine) -> Result<Kernels> {
    let mut subjects: Vec<Subject> = Vec::new();
    for GivenJob { name, dir } in jobs {
        let mut job = Job::load(dir)?;
        job.machine = machine.clone();
        let variant = name.clone().unwrap_or_else(|| job.variant.clone());
        if subjects.iter().any(|other| other.variant == variant) {
            return Err(
                Stop::environment(format!("two of the jobs are called {variant}"))
                    .help("--job NAME=DIR gives a name")
                    .into(),
            );
        }
        subjects.push(Subject {
            variant,
            job,
            dir: std::path::absolute(dir)?,
        });
    }
    let first = subjects.first().context("there is a job")?;
    let image = first.dir.join(KERNEL);
    let bytes =
        std::fs::read(&image).with_context(|| format!("cannot read {}", image.display()))?;
    let own = format!("-{}", first.job.variant);
    let release = &first.job.release;
    let base = Base {
        release: release.strip_suffix(&own).unwrap_or(release).to_owned(),
        source: "job folder; the SHA-256 is the kernel image's".into(),
        sha256: hex(&Sha256::digest(bytes)),
    };
    Ok(Kernels {
        base,
        subjects,
        patches: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_may_have_a_name() {
        let job = given_job("mine=runs/x=y").unwrap();
        assert_eq!(
            (job.name.as_deref(), job.dir),
            (Some("mine"), "runs/x=y".into())
        );
        assert_eq!(given_job("runs/x=y").unwrap().name, None);
        assert!(given_job("../=x").unwrap().name.is_none());
        assert!(given_job("..=x").is_err() && given_job("a b=x").is_err());
    }
}
