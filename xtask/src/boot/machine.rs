// SPDX-License-Identifier: GPL-2.0-only
//! A machine as data: `qemu-images/machines/*.toml`.

use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::fsx;
use crate::stop::Stop;

/// What QEMU is to emulate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Name: the file's.
    #[serde(default)]
    pub name: String,
    /// What it is for, in a line.
    pub about: String,
    /// `-machine`.
    pub machine: String,
    /// `-cpu`.
    pub cpu: String,
    /// Number of virtual CPUs.
    pub cpus: u32,
    /// Guest memory, MiB.
    pub memory_mib: u32,
    /// `-device` of the IOMMU; none without one.
    pub iommu: Option<String>,
    /// Words for the kernel's command line.
    pub cmdline: Vec<String>,
    /// NVMe controllers for vfio-pci, by PCI slot, each with a disk of its own.
    #[serde(default)]
    pub nvme: Vec<Nvme>,
    /// NUMA nodes that share the memory and the CPUs evenly; 0 or 1 for none.
    #[serde(default)]
    pub numa_nodes: u32,
}

/// An NVMe controller: a device that does DMA and reports a transfer that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nvme {
    /// Slot on the root bus: `05.0`.
    pub slot: String,
    /// Size of the disk, MiB (sparse).
    pub disk_mib: u32,
}

impl Machine {
    /// Reads `NAME.toml` below `dir`.
    ///
    /// # Errors
    /// An unknown machine, with the known ones; a file that does not parse.
    pub fn load(dir: &Path, name: &str) -> Result<Self> {
        let known = names(dir);
        if !known.iter().any(|known| known == name) {
            return Err(Stop::environment(format!("there is no machine `{name}`"))
                .help(format!("there is: {}", known.join(", ")))
                .into());
        }
        let path = dir.join(format!("{name}.toml"));
        Self::parse(name, &fsx::read(&path)?)
            .map_err(|error| Stop::environment(format!("{}: {error}", path.display())).into())
    }

    fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut machine: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        name.clone_into(&mut machine.name);
        if machine.numa_nodes > 1
            && (!machine.cpus.is_multiple_of(machine.numa_nodes)
                || !machine.memory_mib.is_multiple_of(machine.numa_nodes))
        {
            return Err(format!(
                "{} nodes cannot share {} CPUs and {} MiB evenly",
                machine.numa_nodes, machine.cpus, machine.memory_mib
            ));
        }
        Ok(machine)
    }
}

/// The machines that there are.
pub fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some(
                entry
                    .file_name()
                    .to_str()?
                    .strip_suffix(".toml")?
                    .to_owned(),
            )
        })
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_of_the_workspace_parses() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../qemu-images/machines");
        let names = names(&dir);
        assert!(names.contains(&"q35-vtd".to_owned()), "{names:?}");
        for name in names {
            Machine::load(&dir, &name).unwrap();
        }
    }

    #[test]
    fn a_misspelt_key_and_an_uneven_split_are_refused() {
        let text = "about = \"x\"\nmachine = \"q35\"\ncpu = \"max\"\ncpus = 3\nmemory_mib = 512\ncmdline = []\n";
        assert!(Machine::parse("x", text).is_ok());
        assert!(
            Machine::parse("x", &format!("{text}memory = 3\n"))
                .unwrap_err()
                .contains("memory")
        );
        assert!(
            Machine::parse("x", &format!("{text}numa_nodes = 2\n"))
                .unwrap_err()
                .contains("evenly")
        );
    }
}
