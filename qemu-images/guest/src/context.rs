// SPDX-License-Identifier: GPL-2.0-only
//! What a running scenario is handed: the devices, and a way to try a case,
//! which reports it and asserts that it left nothing behind.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::channel::{Channel, cut};
use crate::kernel::{self, Log};
use crate::memory::Region;
use crate::nvme::{Nvme, Refused};
use crate::protocol::{Event, Job, Status};
use crate::vfio::{Api, Container};

/// Where scenarios map what they test: on a boundary of 1 GiB, above the
/// interrupt window and well inside a 39-bit address space.
pub const IOVA: u64 = 16 << 30;

/// The surroundings of a scenario.
pub struct Ctx<'a> {
    channel: &'a Channel,
    /// What this boot was asked to do.
    pub job: &'a Job,
    /// Addresses of the devices bound to vfio-pci.
    pub devices: Vec<String>,
    log: Log,
    expected_faults: Vec<std::ops::Range<u64>>,
    failures: usize,
    cases: usize,
}

/// A case that cannot be tried here, and why.
#[derive(Debug)]
pub struct Skip(pub String);

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Skip {}

impl<'a> Ctx<'a> {
    /// For one scenario.
    ///
    /// # Errors
    /// When the kernel's log cannot be read.
    pub fn new(channel: &'a Channel, job: &'a Job, devices: Vec<String>) -> Result<Self> {
        Ok(Self {
            channel,
            job,
            devices,
            log: Log::from_now()?,
            expected_faults: Vec::new(),
            failures: 0,
            cases: 0,
        })
    }

    /// A container with the first device.
    ///
    /// # Errors
    /// When VFIO refuses.
    pub fn container(&self, api: Api) -> Result<Container> {
        Container::open(api, &[&self.devices[0]])
    }

    /// Tries a case. It passes if it returns `Ok`, every pin that it acquired
    /// is released, and the IOMMU refused no DMA but those expected.
    pub fn case(&mut self, name: &str, run: impl FnOnce(&mut Self) -> Result<()>) {
        let outcome = self.judge(run);
        let (status, detail) = match outcome {
            Ok(()) => (Status::Pass, String::new()),
            Err(error) => match error.downcast_ref::<Skip>() {
                Some(Skip(reason)) => (Status::Skip, reason.clone()),
                None => (Status::Fail, format!("{error:#}")),
            },
        };
        self.report(name, status, &detail);
    }

    fn judge(&mut self, run: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let before = kernel::pins()?;
        let result = run(self);
        // A failure in the case says more than the pins it leaves behind.
        result?;
        expect_pins(before)?;
        let refused = self.unexpected_faults()?;
        ensure!(
            refused.is_empty(),
            "the IOMMU refused a DMA that is allowed: {}",
            refused.join("; ")
        );
        Ok(())
    }

    /// Reports a case that was judged elsewhere.
    pub fn report(&mut self, name: &str, status: Status, detail: &str) {
        self.cases += 1;
        self.failures += usize::from(status == Status::Fail);
        self.channel.send(&Event::Subtest {
            name: name.to_owned(),
            status,
            detail: cut(detail),
        });
    }

    /// The page at this IOVA must be out of the device's reach. The device also
    /// writes to it, so that a caller who then finds its memory unchanged has
    /// seen more than a refused read.
    ///
    /// # Errors
    /// If the device can read it.
    pub fn expect_unreachable(&mut self, nvme: &mut Nvme, iova: u64) -> Result<()> {
        ensure!(
            !self.try_both(nvme, iova)?,
            "the device still reaches {iova:#x}"
        );
        Ok(())
    }

    /// The device must be able to read the page at this IOVA, which is page
    /// `page` of `region`, and unable to change it.
    ///
    /// # Errors
    /// If it can do neither, or both.
    pub fn expect_read_only(
        &mut self,
        nvme: &mut Nvme,
        iova: u64,
        region: &Region,
        page: usize,
    ) -> Result<()> {
        ensure!(
            self.try_both(nvme, iova)?,
            "the device does not reach {iova:#x}"
        );
        ensure!(
            !region.holds(page, 0),
            "the device writes to {iova:#x}, which is read-only"
        );
        Ok(())
    }

    /// The device must be able to write to the page at this IOVA, and unable to
    /// read it.
    ///
    /// # Errors
    /// If it can do neither, or both.
    pub fn expect_write_only(
        &mut self,
        nvme: &mut Nvme,
        iova: u64,
        region: &Region,
        page: usize,
    ) -> Result<()> {
        ensure!(
            !self.try_both(nvme, iova)?,
            "the device reads {iova:#x}, which is write-only"
        );
        ensure!(
            region.holds(page, 0),
            "the device's write to {iova:#x} did not reach page {page}"
        );
        Ok(())
    }

    /// Has the device write disk page 0 to an IOVA and says whether it can read
    /// there. A fault that the IOMMU reports for it is no surprise.
    fn try_both(&mut self, nvme: &mut Nvme, iova: u64) -> Result<bool> {
        let page = iova & !0xfff;
        self.expected_faults.push(page..page + 0x1000);
        // A page of zeros, read as a list of addresses, leads the device there.
        self.expected_faults.push(0..0x1000);
        match nvme.read(0, &[page]) {
            Err(error) if !error.is::<Refused>() => {
                return Err(error.context(format!("a DMA to {iova:#x}")));
            }
            _ => {}
        }
        nvme.can_read(page)
    }

    /// DMA faults in the log since the last call, without those expected.
    fn unexpected_faults(&mut self) -> Result<Vec<String>> {
        let mut news = self.log.news()?;
        news.retain(|line| {
            kernel::refused_dma(line).is_some_and(|iova| {
                !self
                    .expected_faults
                    .iter()
                    .any(|range| range.contains(&iova))
            })
        });
        Ok(news)
    }

    /// How the scenario ended.
    pub fn verdict(&self) -> (Status, String) {
        match (self.cases, self.failures) {
            (0, _) => (Status::Fail, "it tried no case".into()),
            (_, 0) => (Status::Pass, String::new()),
            (cases, failures) => (Status::Fail, format!("{failures} of {cases} cases failed")),
        }
    }
}

/// Asserts the number of pins in the system.
///
/// # Errors
/// If there are more or fewer.
pub fn expect_pins(wanted: i64) -> Result<()> {
    // A task that is gone gives its pages back a moment later.
    let start = Instant::now();
    loop {
        let now = kernel::pins()?;
        if now == wanted {
            return Ok(());
        }
        ensure!(
            start.elapsed() < Duration::from_secs(10),
            "{} pages more are pinned than before",
            now - wanted
        );
        std::thread::yield_now();
    }
}
