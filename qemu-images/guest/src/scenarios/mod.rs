// SPDX-License-Identifier: GPL-2.0-only
//! The registry of scenarios: one file each, listed here in the order in
//! which they run.

/// What a machine must offer for a scenario to make sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Free 2 MiB huge pages.
    pub huge_2m: u32,
    /// Free 1 GiB huge pages.
    pub huge_1g: u32,
    /// Devices bound to vfio-pci.
    pub devices: u32,
}

/// One scenario: a promise of the kernel, and the code that tries to break it.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// Name, as on the command line and in every report.
    pub name: &'static str,
    /// What a pass proves, in one line.
    pub proves: &'static str,
    /// What it needs of the machine; where that lacks, it is skipped.
    pub needs: Needs,
    /// Wall-clock seconds it may take under TCG on a slow machine.
    pub deadline_s: u32,
}

/// Every scenario.
pub const ALL: &[Scenario] = &[];
