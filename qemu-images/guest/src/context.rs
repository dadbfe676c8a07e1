// SPDX-License-Identifier: GPL-2.0-only
//! What a running scenario is handed: the devices, and a way to try a case,
//! which reports it and asserts that it left nothing behind.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::channel::{Channel, cut};
use crate::kernel::{self, Log};
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

    /// A DMA of the first device to this IOVA page must be refused.
    ///
    /// # Errors
    /// If it is not.
    pub fn expect_refused(&mut self, nvme: &mut Nvme, iova: u64, to_memory: bool) -> Result<()> {
        self.expected_faults
            .push(iova & !0xfff..(iova & !0xfff) + 0x1000);
        let outcome = if to_memory {
            nvme.read(0, &[iova])
        } else {
            nvme.write(900, &[iova])
        };
        match outcome {
            Err(error) if error.is::<Refused>() => nvme.reset(),
            Err(error) => Err(error.context(format!("a DMA to {iova:#x} that must be refused"))),
            Ok(()) => bail!("the device still reaches {iova:#x}"),
        }
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
            start.elapsed() < Duration::from_secs(2),
            "{} pages more are pinned than before",
            now - wanted
        );
        std::thread::yield_now();
    }
}
