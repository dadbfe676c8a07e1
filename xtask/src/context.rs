// SPDX-License-Identifier: GPL-2.0-only
//! What every stage is handed: the places, the screen, the clock.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::lock::Lock;
use crate::paths::Paths;
use crate::ui::Ui;

/// The surroundings of a command.
pub struct Cx {
    /// Every path.
    pub paths: Paths,
    /// The screen.
    pub ui: Ui,
    timings: Mutex<Vec<Timing>>,
}

/// How long a stage took.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Timing {
    /// Stage, with its variant where it has one: `build stock`.
    pub stage: String,
    /// Wall-clock milliseconds.
    pub ms: u64,
}

impl Cx {
    /// The surroundings of a real run.
    ///
    /// # Errors
    /// Outside a workspace.
    pub fn new() -> Result<Self> {
        Ok(Self::with(Paths::discover()?, Ui::new()))
    }

    /// Given surroundings.
    pub fn with(paths: Paths, ui: Ui) -> Self {
        Self {
            paths,
            ui,
            timings: Mutex::new(Vec::new()),
        }
    }

    /// Keeps other runs from the worktrees and builds, waiting for one that is
    /// at them.
    ///
    /// # Errors
    /// See [`Lock::acquire`].
    pub fn lock_work(&self) -> Result<Lock> {
        let file = self.paths.work().join("lock");
        Lock::acquire(&self.ui, &file, "the worktrees and builds")
    }

    /// Runs a stage and remembers how long it took.
    ///
    /// # Errors
    /// Those of the stage.
    pub fn timed<T>(&self, stage: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let result = run();
        self.record(stage, start.elapsed());
        result
    }

    /// Remembers a duration.
    pub fn record(&self, stage: &str, elapsed: Duration) {
        let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.timings
            .lock()
            .expect("held for a push only")
            .push(Timing {
                stage: stage.to_owned(),
                ms,
            });
    }

    /// The stages so far, in order.
    pub fn timings(&self) -> Vec<Timing> {
        self.timings.lock().expect("held for a push only").clone()
    }
}
