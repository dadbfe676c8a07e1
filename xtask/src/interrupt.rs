// SPDX-License-Identifier: GPL-2.0-only
//! Ctrl-C, SIGTERM and SIGHUP become a flag that every wait looks at, so that
//! whoever owns a child process can end it and clean up.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::stop::Stop;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static PASSED_ON: AtomicBool = AtomicBool::new(false);

/// Installs the handler. A second signal ends the process at once.
///
/// # Errors
/// When the handler cannot be installed.
pub fn install() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if PASSED_ON.load(Ordering::SeqCst) {
            return;
        }
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(crate::stop::Exit::Interrupted as i32);
        }
    })?;
    Ok(())
}

/// From now on Ctrl-C is for the program in the foreground (a debugger), not
/// for this one.
pub fn pass_on() {
    PASSED_ON.store(true, Ordering::SeqCst);
}

/// Asks every wait of this process to end, as Ctrl-C does.
pub fn request() {
    INTERRUPTED.store(true, Ordering::SeqCst);
}

/// Whether the user asked to stop.
pub fn requested() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// An error if the user asked to stop.
///
/// # Errors
/// [`Stop::interrupted`].
pub fn check() -> Result<(), Stop> {
    if requested() {
        Err(Stop::interrupted())
    } else {
        Ok(())
    }
}
