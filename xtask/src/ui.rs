// SPDX-License-Identifier: GPL-2.0-only
//! The only place that draws: progress bars on a terminal, plain lines
//! elsewhere. Progress goes to stderr; stdout belongs to results (KTAP, JSON).

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a plain log hears from a long step.
const PLAIN_PERIOD: Duration = Duration::from_secs(15);

/// The screen.
#[derive(Debug)]
pub struct Ui {
    bars: MultiProgress,
    plain: bool,
    silent: bool,
}

impl Ui {
    /// Bars if stderr is a terminal that can draw, plain lines otherwise.
    pub fn new() -> Self {
        let drawable = std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            && std::env::var_os("CI").is_none();
        let target = if drawable {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            plain: !drawable,
            silent: false,
        }
    }

    /// Says nothing (for tests).
    pub fn quiet() -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        Self {
            bars,
            plain: true,
            silent: true,
        }
    }

    /// Whether stderr is a terminal with bars.
    pub fn is_terminal(&self) -> bool {
        !self.plain
    }

    /// A line for people, on stderr, above any bar.
    pub fn note(&self, text: &str) {
        if !self.silent {
            // As for a result: nobody may be reading any more.
            self.bars.suspend(|| {
                let _ = writeln!(std::io::stderr(), "{text}");
            });
        }
    }

    /// What a stage found or did: `stage   text`.
    pub fn stage(&self, stage: &str, text: &str) {
        self.note(&format!("{stage:>10}  {text}"));
    }

    /// A line of the result, on stdout, flushed: somebody may be reading along.
    pub fn result(&self, line: &str) {
        self.bars.suspend(|| {
            let mut out = std::io::stdout().lock();
            // A reader that went away (`| head`) is no reason to fail a run.
            let _ = writeln!(out, "{line}");
            let _ = out.flush();
        });
    }

    /// A bar for work of known length; `unit` is "objects", "MiB" and so on.
    pub fn bar(&self, stage: &str, what: &str, total: u64, unit: &'static str) -> Bar {
        let style = ProgressStyle::with_template(&format!(
            "{{prefix:>10}}  {{wide_msg}} [{{bar:24}}] {{pos}}/{{len}} {unit} {{elapsed}}"
        ))
        .expect("the template is a constant")
        .progress_chars("=> ");
        self.make(stage, what, ProgressBar::new(total).with_style(style), unit)
    }

    /// A spinner for work of unknown length.
    pub fn spinner(&self, stage: &str, what: &str) -> Bar {
        let style = ProgressStyle::with_template("{prefix:>10}  {spinner} {wide_msg} {elapsed}")
            .expect("the template is a constant");
        let bar = self.make(
            stage,
            what,
            ProgressBar::new_spinner().with_style(style),
            "",
        );
        bar.bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    fn make(&self, stage: &str, what: &str, bar: ProgressBar, unit: &'static str) -> Bar {
        let bar = self.bars.add(
            bar.with_prefix(stage.to_owned())
                .with_message(what.to_owned()),
        );
        bar.tick();
        Bar {
            plain: (self.plain && !self.silent).then(|| Plain {
                stage: stage.to_owned(),
                what: what.to_owned(),
                unit,
                said: Mutex::new(Instant::now()),
            }),
            bar,
            started: Instant::now(),
        }
    }
}

impl Default for Ui {
    fn default() -> Self {
        Self::new()
    }
}

/// One running step. Vanishes when dropped; the stage line that follows tells
/// the outcome.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    plain: Option<Plain>,
    started: Instant,
}

#[derive(Debug)]
struct Plain {
    stage: String,
    what: String,
    unit: &'static str,
    said: Mutex<Instant>,
}

impl Bar {
    /// Sets the position; a bar whose total was an estimate grows with it.
    pub fn set(&self, position: u64) {
        if self.bar.length().is_some_and(|length| position > length) {
            self.bar.set_length(position);
        }
        self.bar.set_position(position);
        self.heartbeat();
    }

    /// One more.
    pub fn inc(&self) {
        self.set(self.bar.position() + 1);
    }

    /// The current position.
    pub fn position(&self) -> u64 {
        self.bar.position()
    }

    /// Changes the text.
    pub fn say(&self, text: &str) {
        self.bar.set_message(text.to_owned());
        self.heartbeat();
    }

    /// Time since the step began.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn heartbeat(&self) {
        let Some(plain) = &self.plain else { return };
        let mut said = plain.said.lock().expect("nobody panics while holding it");
        if said.elapsed() < PLAIN_PERIOD {
            return;
        }
        *said = Instant::now();
        let seconds = self.started.elapsed().as_secs();
        match self.bar.length() {
            Some(total) if !plain.unit.is_empty() => eprintln!(
                "{:>10}  {}: {}/{} {} ({} s)",
                plain.stage,
                plain.what,
                self.bar.position(),
                total,
                plain.unit,
                seconds
            ),
            _ => eprintln!("{:>10}  {} ({} s)", plain.stage, plain.what, seconds),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
