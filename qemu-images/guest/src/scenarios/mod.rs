// SPDX-License-Identifier: GPL-2.0-only
//! The registry of scenarios: one file each, listed here in the order in
//! which they run. What a scenario proves stands at the top of its file.

mod bad_input;
mod domains;
mod exit;
mod f1_f3_external_pins;
mod f6_refcount;
mod f7_races;
mod fail_nth;
mod hwpoison;
mod kunit;
mod limits;
mod many;
mod map_unmap;
mod partial;
mod placement;
mod protection;
mod r4_r6_runs;
mod rust_module;
mod unmap_api;
mod upstream_selftests;

use anyhow::Result;

use crate::context::Ctx;
use crate::memory::Region;

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
    /// The machine that it is made for, where that is not the one asked for: a
    /// file in qemu-images/machines/.
    pub machine: Option<&'static str>,
    /// Wall-clock seconds it may take under TCG on a slow machine.
    pub deadline_s: u32,
    /// The code.
    pub run: fn(&mut Ctx) -> Result<()>,
}

/// A kind of memory by name, and how to come by it.
type Named = (&'static str, fn() -> Result<Region>);

const fn needs(huge_2m: u32, huge_1g: u32, devices: u32) -> Needs {
    Needs {
        huge_2m,
        huge_1g,
        devices,
    }
}

/// Every scenario.
pub const ALL: &[Scenario] = &[
    Scenario {
        name: "map_unmap",
        proves: "the device reaches exactly the pages that are mapped, and none after unmap",
        needs: needs(8, 1, 1),
        machine: None,
        deadline_s: 60,
        run: map_unmap::run,
    },
    Scenario {
        name: "partial",
        proves: "maps may begin and end anywhere inside huge pages, at any IOVA",
        needs: needs(8, 2, 1),
        machine: None,
        deadline_s: 120,
        run: partial::run,
    },
    Scenario {
        name: "unmap_api",
        proves: "unmap, dirty tracking and vaddr updates keep to their documentation",
        needs: needs(8, 0, 1),
        machine: None,
        deadline_s: 60,
        run: unmap_api::run,
    },
    Scenario {
        name: "limits",
        proves: "a limit reached anywhere leaves nothing pinned and nothing accounted",
        needs: needs(8, 1, 1),
        machine: None,
        deadline_s: 60,
        run: limits::run,
    },
    Scenario {
        name: "protection",
        proves: "read-only and write-only maps, copy on write, fork and holes",
        needs: needs(8, 0, 1),
        machine: None,
        deadline_s: 60,
        run: protection::run,
    },
    Scenario {
        name: "bad_input",
        proves: "each wrong argument gets its documented errno, and nothing is pinned",
        needs: needs(8, 0, 1),
        machine: None,
        deadline_s: 60,
        run: bad_input::run,
    },
    Scenario {
        name: "exit",
        proves: "a process that dies with mappings, or inside the ioctl, leaves no pin",
        needs: needs(8, 1, 1),
        machine: None,
        deadline_s: 120,
        run: exit::run,
    },
    Scenario {
        name: "many",
        proves: "10,000 mappings, two devices in a container, hot loops",
        needs: needs(8, 0, 2),
        machine: None,
        deadline_s: 180,
        run: many::run,
    },
    Scenario {
        name: "r4_r6_runs",
        proves: "each folio has exactly the pins of its pages in the range, wherever that ends",
        needs: needs(12, 0, 1),
        machine: None,
        deadline_s: 120,
        run: r4_r6_runs::run,
    },
    Scenario {
        name: "f1_f3_external_pins",
        proves: "pages pinned by others are accounted once, those of the next range are not theirs",
        needs: needs(12, 0, 1),
        machine: None,
        deadline_s: 120,
        run: f1_f3_external_pins::run,
    },
    Scenario {
        name: "domains",
        proves: "several domains in a container map the same pages, pinned and accounted once",
        needs: needs(24, 0, 1),
        machine: None,
        deadline_s: 60,
        run: domains::run,
    },
    Scenario {
        name: "f7_races",
        proves: "memory that is remapped while it is mapped for DMA is pinned, or the map fails",
        needs: needs(40, 2, 1),
        machine: None,
        deadline_s: 120,
        run: f7_races::run,
    },
    Scenario {
        name: "f6_refcount",
        proves: "a huge page that is mapped too often is refused before its counter overflows",
        needs: needs(0, 1, 1),
        machine: Some("q35-vtd-numa"),
        deadline_s: 120,
        run: f6_refcount::run,
    },
    Scenario {
        name: "placement",
        proves: "pages are moved out of ZONE_MOVABLE before they are pinned, and stay on their node",
        needs: needs(16, 0, 1),
        machine: Some("q35-vtd-numa"),
        deadline_s: 60,
        run: placement::run,
    },
    Scenario {
        name: "hwpoison",
        proves: "memory that fails while it is pinned gives back its pins and is refused afterwards",
        needs: needs(32, 0, 1),
        machine: None,
        deadline_s: 60,
        run: hwpoison::run,
    },
    Scenario {
        name: "fail_nth",
        proves: "each allocation of map and unmap may fail: an errno, nothing pinned or lost",
        needs: needs(24, 0, 1),
        machine: None,
        deadline_s: 300,
        run: fail_nth::run,
    },
    Scenario {
        name: "upstream_selftests",
        proves: "the kernel's own vfio selftests pass, iommufd modes included",
        needs: needs(520, 2, 1),
        machine: None,
        deadline_s: 600,
        run: upstream_selftests::run,
    },
    Scenario {
        name: "kunit",
        proves: "the kernel's unit tests of the IOMMU page tables pass, for each format",
        needs: needs(0, 0, 0),
        machine: None,
        deadline_s: 180,
        run: kunit::run,
    },
    Scenario {
        name: "rust_module",
        proves: "this is a Rust-for-Linux kernel: a Rust module loads, works, unloads",
        needs: needs(0, 0, 0),
        machine: None,
        deadline_s: 30,
        run: rust_module::run,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The sources of the scenarios, by name.
    fn sources() -> Vec<(String, String)> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenarios");
        let mut sources = Vec::new();
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if name != "mod" {
                sources.push((name, std::fs::read_to_string(path).unwrap()));
            }
        }
        sources
    }

    #[test]
    fn every_file_is_registered_once_and_every_entry_has_its_file() {
        let mut files: Vec<String> = sources().into_iter().map(|(name, _)| name).collect();
        let mut names: Vec<String> = ALL
            .iter()
            .map(|scenario| scenario.name.to_owned())
            .collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
    }

    #[test]
    fn every_scenario_says_at_its_top_what_it_proves() {
        for (name, text) in sources() {
            let header: Vec<&str> = text
                .lines()
                .skip(1)
                .take_while(|line| line.starts_with("//!"))
                .collect();
            assert!(
                header.len() >= 2 && header.concat().contains("Proves"),
                "{name}"
            );
        }
    }
}
