// SPDX-License-Identifier: GPL-2.0-only
//! The devices under test: which there are, and who drives them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::kernel::{read, write};

/// PCI class code of an NVMe controller: mass storage, non-volatile memory, NVMe.
const CLASS_NVME: &str = "0x010802";

fn device(bdf: &str) -> PathBuf {
    Path::new("/sys/bus/pci/devices").join(bdf)
}

/// The addresses (domain:bus:device.function) of the NVMe controllers, sorted.
///
/// # Errors
/// When /sys is not there.
pub fn nvme_controllers() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/sys/bus/pci/devices").context("no PCI bus")? {
        let bdf = entry?.file_name().to_string_lossy().into_owned();
        if read(device(&bdf).join("class"))? == CLASS_NVME {
            found.push(bdf);
        }
    }
    found.sort();
    Ok(found)
}

/// Gives a device to vfio-pci.
///
/// # Errors
/// When vfio-pci does not take it.
pub fn bind(bdf: &str) -> Result<()> {
    write(device(bdf).join("driver_override"), "vfio-pci")?;
    if !device(bdf).join("driver").exists() {
        write("/sys/bus/pci/drivers_probe", bdf)?;
    }
    match fs::read_link(device(bdf).join("driver")) {
        Ok(driver) if driver.ends_with("vfio-pci") => Ok(()),
        other => bail!("{bdf} is not driven by vfio-pci but by {other:?}"),
    }
}

/// Leaves a device as it is when nobody uses it any more, instead of resetting
/// it, which takes 100 ms.
///
/// # Errors
/// A kernel without `reset_method`.
pub fn never_reset(bdf: &str) -> Result<()> {
    write(device(bdf).join("reset_method"), "\n")
}

/// The character device by which VFIO offers a device without its group.
///
/// # Errors
/// A kernel without them (`CONFIG_VFIO_DEVICE_CDEV`).
pub fn character_device(bdf: &str) -> Result<PathBuf> {
    let name = fs::read_dir(device(bdf).join("vfio-dev"))
        .with_context(|| format!("VFIO has no character device for {bdf}"))?
        .next()
        .context("the device has a name")??
        .file_name();
    Ok(Path::new("/dev/vfio/devices").join(name))
}

/// The IOMMU group of a device, by its name on whatever bus it is.
///
/// # Errors
/// A device without one: no IOMMU is at work.
pub fn iommu_group(name: &str) -> Result<String> {
    let link = ["pci", "platform", "faux"]
        .iter()
        .find_map(|bus| fs::read_link(format!("/sys/bus/{bus}/devices/{name}/iommu_group")).ok())
        .with_context(|| format!("{name} is in no IOMMU group"))?;
    Ok(link
        .file_name()
        .context("a group has a number")?
        .to_string_lossy()
        .into_owned())
}
