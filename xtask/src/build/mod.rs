// SPDX-License-Identifier: GPL-2.0-only
//! Stage 3. In: a [`Tree`] and a profile. Out: a [`Kernel`]: an image that
//! boots, its modules and the kernel's own selftests.
//!
//! Nothing is rebuilt that did not change: an unchanged tree is recognised by
//! its hash without running make, and the rest is Kbuild's and ccache's work.

pub mod config;
pub mod kconfig;
pub mod log;
pub mod modules;
pub mod selftests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::context::Cx;
use crate::fsx;
use crate::proc;
use crate::source::archive::hex;
use crate::stop::Stop;
use crate::toolchain::Toolchain;
use crate::tree::{Tree, Variant, kmod};

use modules::Module;

/// Steps of a first build, for the progress bar; later builds know their own.
const STEPS_GUESS: u64 = 2000;

/// Which of the two kernels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// As fast as a user's kernel.
    #[default]
    Release,
    /// KASAN, lockdep, DEBUG_VM, fault injection, kmemleak.
    Debug,
    /// ftrace and its function profiler.
    Trace,
}

impl Profile {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Release, Self::Debug, Self::Trace];

    /// Its name in paths and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// What a build made.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Which variant.
    pub variant: Variant,
    /// Which profile.
    pub profile: Profile,
    /// `uname -r`.
    pub release: String,
    /// The image: a stripped ELF that QEMU enters through its PVH note.
    pub image: PathBuf,
    /// The same with symbols, for a debugger.
    pub vmlinux: PathBuf,
    /// The build folder.
    pub dir: PathBuf,
    /// Every module, those of kmod-rust included.
    pub modules: Vec<Module>,
}

/// `built.json`: what the last finished build was made from.
#[derive(Debug, Serialize, Deserialize)]
struct Built {
    fingerprint: String,
    release: String,
    steps: u64,
}

/// Builds `tree`, or finds that it is built.
///
/// # Errors
/// A Kconfig symbol that got lost; a compiler error (the first, in full, and
/// the log); a full disk.
pub fn kernel(cx: &Cx, tree: &Tree, profile: Profile, toolchain: &Toolchain) -> Result<Kernel> {
    let name = format!("{} {}", tree.name(), profile.name());
    let make = Make::new(cx, tree, profile, toolchain);
    let fragments = config::fragments(&cx.paths.configs(), tree.variant, profile)?;
    let kmod = cx.paths.kmod_rust();
    let fingerprint = make.fingerprint(tree, &fragments, &kmod)?;
    let record = make.dir.join("built.json");
    let built: Option<Built> = fs::read(&record)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let image = make.dir.join("vmlinux.boot");
    if let Some(built) = &built
        && built.fingerprint == fingerprint
        && image.exists()
    {
        cx.ui.stage("build", &format!("{name}: unchanged"));
        return make.kernel(tree, profile, built.release.clone());
    }

    config::configure(cx, &make, &fragments)?;
    let bar = cx.ui.bar(
        "build",
        &name,
        built.as_ref().map_or(STEPS_GUESS, |built| built.steps),
        "steps",
    );
    let mut steps = 0;
    make.run(&["vmlinux", "modules"], "kernel", |line| {
        if log::is_step(line) {
            steps += 1;
            bar.set(steps);
        }
    })?;
    // Kconfig files may have changed with the tree.
    config::verify(&make, &fragments)?;
    if kmod.exists() && tree.variant != Variant::Rust {
        let source = format!("M={}", kmod.display());
        let output = format!("MO={}", make.dir.join("kmod-rust").display());
        make.run(&[&source, &output, "modules"], "kmod-rust", |line| {
            bar.say(line.trim())
        })?;
    }
    let elapsed = bar.elapsed();
    drop(bar);
    // A new file each time: jobs hold links to the old one.
    let stripped = make.dir.join("vmlinux.new");
    proc::read(
        Command::new("objcopy")
            .arg("--strip-all")
            .arg(make.dir.join("vmlinux"))
            .arg(&stripped),
    )?;
    fs::rename(&stripped, &image).context("cannot put the image in its place")?;
    let release = fsx::read(&make.dir.join("include/config/kernel.release"))?
        .trim()
        .to_owned();
    let steps = built.map_or(steps, |built| built.steps.max(steps));
    fsx::write_atomic(
        &record,
        &serde_json::to_vec_pretty(&Built {
            fingerprint,
            release: release.clone(),
            steps,
        })?,
    )?;
    cx.ui.stage(
        "build",
        &format!("{name}: Linux {release} in {}", seconds(elapsed)),
    );
    make.kernel(tree, profile, release)
}

fn seconds(elapsed: Duration) -> String {
    format!("{}.{} s", elapsed.as_secs(), elapsed.subsec_millis() / 100)
}

/// `make` for one build folder.
pub struct Make {
    src: PathBuf,
    dir: PathBuf,
    logs: PathBuf,
    variables: Vec<String>,
    environment: Vec<(String, String)>,
    version: String,
}

impl Make {
    fn new(cx: &Cx, tree: &Tree, profile: Profile, toolchain: &Toolchain) -> Self {
        let dir = tree.dir.join(format!("build-{}", profile.name()));
        let mut variables = vec![
            format!("O={}", dir.display()),
            // Tells the variants apart in `uname -r`, and keeps setlocalversion
            // from asking git.
            format!("LOCALVERSION=-{}", tree.variant.name()),
        ];
        variables.extend(
            toolchain
                .environment()
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        let mut environment = vec![
            ("LC_ALL".to_owned(), "C".to_owned()),
            (
                "LIBCLANG_PATH".to_owned(),
                toolchain.libclang.display().to_string(),
            ),
            // Same source, same bytes.
            ("KBUILD_BUILD_TIMESTAMP".to_owned(), "1970-01-01".to_owned()),
            ("KBUILD_BUILD_USER".to_owned(), "kernel-series".to_owned()),
            ("KBUILD_BUILD_HOST".to_owned(), "localhost".to_owned()),
            ("KBUILD_BUILD_VERSION".to_owned(), "1".to_owned()),
        ];
        let compiler = match (profile, &toolchain.clang) {
            (Profile::Debug, Some(clang)) => clang.display().to_string(),
            _ => "gcc".to_owned(),
        };
        if let Some(ccache) = &toolchain.ccache {
            // Not HOSTCC: Kbuild hands it to rustc as its linker, one word.
            variables.push(format!("CC={} {compiler}", ccache.display()));
            // Seen from its build folder each variant's source has the same
            // name, so that one variant's objects serve the others.
            environment.push(("CCACHE_BASEDIR".into(), tree.dir.display().to_string()));
            environment.push(("CCACHE_NOHASHDIR".into(), "1".into()));
            if std::env::var_os("CCACHE_DIR").is_none() {
                environment.push(("CCACHE_DIR".into(), cx.paths.ccache().display().to_string()));
            }
        } else {
            variables.push(format!("CC={compiler}"));
        }
        Self {
            logs: cx
                .paths
                .work()
                .join("logs")
                .join(format!("{}-{}", tree.name(), profile.name())),
            src: tree.src.clone(),
            dir,
            variables,
            environment,
            version: toolchain.rustc_version.clone(),
        }
    }

    /// The same for another build folder beside this one.
    #[must_use]
    pub fn beside(mut self, name: &str) -> Self {
        let dir = self.dir.with_file_name(format!("build-{name}"));
        self.variables[0] = format!("O={}", dir.display());
        self.logs = self.logs.with_file_name(format!(
            "{}-{name}",
            dir.parent()
                .and_then(Path::file_name)
                .unwrap_or_default()
                .to_string_lossy()
        ));
        self.dir = dir;
        self
    }

    /// The build folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The source folder.
    pub fn src(&self) -> &Path {
        &self.src
    }

    /// Runs make with `args` in the source folder, for this build folder; `log`
    /// names its log file.
    ///
    /// # Errors
    /// With the first compiler error in full, and where the log is.
    pub fn run(&self, args: &[&str], log: &str, on_line: impl FnMut(&str)) -> Result<()> {
        let mut command = self.command(&self.src);
        command.args(&self.variables);
        self.execute(command, args, log, on_line)
    }

    /// Runs make in a folder of the source that has a Makefile of its own.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_in(
        &self,
        folder: &str,
        args: &[&str],
        log: &str,
        on_line: impl FnMut(&str),
    ) -> Result<()> {
        self.execute(self.command(&self.src.join(folder)), args, log, on_line)
    }

    fn command(&self, dir: &Path) -> Command {
        let jobs = std::thread::available_parallelism().map_or(2, usize::from);
        let mut command = Command::new("make");
        command
            .arg("-C")
            .arg(dir)
            .arg(format!("--jobs={jobs}"))
            // One target's words in one piece, so that an error is whole.
            .arg("--output-sync=target")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        // What cargo sets for this program would change what rustc and make do.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(is_cargos) {
                command.env_remove(name);
            }
        }
        command
    }

    fn execute(
        &self,
        mut command: Command,
        args: &[&str],
        log: &str,
        on_line: impl FnMut(&str),
    ) -> Result<()> {
        command.args(args);
        let path = self.logs.join(format!("{log}.log"));
        fsx::create_dir(&self.dir)?;
        let status = proc::run_logged(command, &path, on_line)?;
        if status.success() {
            return Ok(());
        }
        if proc::says_no_space(&path) {
            return Err(fsx::no_space(&self.dir).into());
        }
        let text = fs::read(&path).unwrap_or_default();
        let first = log::first_error(&String::from_utf8_lossy(&text))
            .unwrap_or_else(|| proc::tail(&path, 20));
        Err(Stop::infrastructure(format!(
            "make {} failed; the first error:\n{first}",
            args.join(" ")
        ))
        .help(format!("the whole log: {}", path.display()))
        .into())
    }

    /// Everything that decides what comes out of the build.
    fn fingerprint(
        &self,
        tree: &Tree,
        fragments: &[config::Fragment],
        kmod: &Path,
    ) -> Result<String> {
        let mut hasher = Sha256::new();
        for part in [
            tree.id.as_str(),
            self.version.as_str(),
            &self.variables.join(" "),
        ] {
            hasher.update(part);
            hasher.update([0]);
        }
        hasher.update(config::digest(fragments));
        let gcc = proc::read(Command::new("gcc").arg("--version"))?;
        hasher.update(gcc.lines().next().unwrap_or_default());
        hasher.update(kmod::probes_digest(kmod)?);
        Ok(hex(&hasher.finalize()))
    }

    fn kernel(&self, tree: &Tree, profile: Profile, release: String) -> Result<Kernel> {
        Ok(Kernel {
            variant: tree.variant,
            profile,
            release,
            image: self.dir.join("vmlinux.boot"),
            vmlinux: self.dir.join("vmlinux"),
            modules: modules::list(&[&self.dir, &self.dir.join("kmod-rust")])
                .with_context(|| format!("cannot list the modules of {}", self.dir.display()))?,
            dir: self.dir.clone(),
        })
    }
}

/// A variable that cargo, rustup or an outer make passes down.
fn is_cargos(name: &str) -> bool {
    name.starts_with("CARGO_") && name != "CARGO_HOME"
        || matches!(
            name,
            "RUSTUP_TOOLCHAIN"
                | "RUSTFLAGS"
                | "RUSTC"
                | "RUSTC_WRAPPER"
                | "MAKEFLAGS"
                | "MAKELEVEL"
        )
}

/// `make` for `tree`, for stages that build more than the kernel.
pub fn make_for(cx: &Cx, tree: &Tree, profile: Profile, toolchain: &Toolchain) -> Make {
    Make::new(cx, tree, profile, toolchain)
}
