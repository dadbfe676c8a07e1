// SPDX-License-Identifier: GPL-2.0-only
//! A small NVMe driver in user space: the device that does the DMA. What it
//! reads from its disk it writes to memory through the IOMMU, so that the page
//! in which the data turns up proves where a mapping leads; what it may not
//! reach it reports as a failed command.
//!
//! Registers and commands are those of the NVM Express Base Specification 1.4.
//! One admin queue and one I/O queue, polled.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::memory::{Backing, PAGE, Region};
use crate::vfio::{Container, READ, WRITE};

/// Where the driver's own memory lies: below everything that scenarios map,
/// and apart for each device.
const OWN_IOVA: u64 = 0x100_0000;

/// Pages of the driver's own memory, by what they hold.
const ADMIN_SQ: usize = 0;
const ADMIN_CQ: usize = 1;
const IO_SQ: usize = 2;
const IO_CQ: usize = 3;
const PRP_LIST: usize = 4;
const IDENTIFY: usize = 5;
/// Pages that hold data on its way to the disk.
const STAGE: usize = 6;
const OWN_PAGES: usize = STAGE + 1;

/// Entries of each queue.
const ENTRIES: u16 = 16;

/// Longest transfer of one command, pages: QEMU's controller takes 512 KiB.
pub const MAX_PAGES: usize = 128;

/// Blocks of 512 bytes in a page.
const BLOCKS_PER_PAGE: u64 = 8;

/// A disk page that holds nothing of value.
const SCRATCH: u64 = 1000;

/// How long a command may take, emulated on a machine that does other things.
const DEADLINE: Duration = Duration::from_secs(20);

const REG_CC: usize = 0x14;
const REG_CSTS: usize = 0x1c;
const REG_AQA: usize = 0x24;
const REG_ASQ: usize = 0x28;
const REG_ACQ: usize = 0x30;
const DOORBELLS: usize = 0x1000;
/// Bytes of BAR0 that are used.
const BAR_BYTES: usize = 0x2000;

/// The controller refused a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Status code type and status code.
    pub status: u16,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the controller reports status {:#x}", self.status)
    }
}

impl std::error::Error for Refused {}

/// Generic command status: Data Transfer Error.
pub const DATA_TRANSFER_ERROR: u16 = 0x04;

/// A controller in use. Dropping it stops it, so that it does no more DMA.
pub struct Nvme<'a> {
    container: &'a Container,
    registers: Registers,
    own: Region,
    iova: u64,
    admin: Queue,
    io: Queue,
}

struct Queue {
    number: usize,
    sq_page: usize,
    cq_page: usize,
    tail: u16,
    head: u16,
    phase: u16,
}

impl Queue {
    fn new(number: usize, sq_page: usize, cq_page: usize) -> Self {
        Self {
            number,
            sq_page,
            cq_page,
            tail: 0,
            head: 0,
            phase: 1,
        }
    }
}

/// A command: dwords 0, 1 and 10 to 12 and the data pointers.
#[derive(Clone, Copy, Default)]
struct Command {
    opcode: u8,
    namespace: u32,
    prp: [u64; 2],
    dwords: [u32; 3],
}

impl<'a> Nvme<'a> {
    /// Starts the `index`-th device of a container.
    ///
    /// # Errors
    /// A controller that does not come up.
    pub fn start(container: &'a Container, index: usize) -> Result<Self> {
        enable_bus_master(container, index)?;
        let registers =
            Registers::map(container.device(index), container.region(index, 0)?.offset)?;
        let own = Region::new(Backing::Small, OWN_PAGES)?;
        let iova = OWN_IOVA + ((index * OWN_PAGES * PAGE) as u64).next_multiple_of(0x1_0000);
        container
            .map(&own, 0, OWN_PAGES, iova, READ | WRITE)
            .context("cannot map the driver's own memory")?;
        let mut nvme = Self {
            container,
            registers,
            own,
            iova,
            admin: Queue::new(0, ADMIN_SQ, ADMIN_CQ),
            io: Queue::new(1, IO_SQ, IO_CQ),
        };
        nvme.reset()?;
        Ok(nvme)
    }

    /// Resets the controller and makes the queues anew: the way back after a
    /// transfer that failed half-way.
    ///
    /// # Errors
    /// A controller that does not come up.
    pub fn reset(&mut self) -> Result<()> {
        self.stop()?;
        for page in [ADMIN_SQ, ADMIN_CQ, IO_SQ, IO_CQ] {
            (0..PAGE / 8).for_each(|word| self.own.write(page, word, 0));
        }
        self.admin = Queue::new(0, ADMIN_SQ, ADMIN_CQ);
        self.io = Queue::new(1, IO_SQ, IO_CQ);
        self.registers.write32(
            REG_AQA,
            u32::from(ENTRIES - 1) << 16 | u32::from(ENTRIES - 1),
        );
        self.registers.write64(REG_ASQ, self.at(ADMIN_SQ));
        self.registers.write64(REG_ACQ, self.at(ADMIN_CQ));
        // I/O queue entries of 64 and 16 bytes, 4 KiB pages, enabled.
        self.registers.write32(REG_CC, 4 << 20 | 6 << 16 | 1);
        self.await_ready(true)?;
        let size_and_id = u32::from(ENTRIES - 1) << 16 | 1;
        let completion = Command {
            opcode: 0x05,
            prp: [self.at(IO_CQ), 0],
            dwords: [size_and_id, 1, 0],
            ..Command::default()
        };
        self.admin(completion)?;
        let submission = Command {
            opcode: 0x01,
            prp: [self.at(IO_SQ), 0],
            dwords: [size_and_id, 1 << 16 | 1, 0],
            ..Command::default()
        };
        self.admin(submission)?;
        Ok(())
    }

    fn stop(&self) -> Result<()> {
        self.registers.write32(REG_CC, 0);
        self.await_ready(false)
    }

    fn await_ready(&self, ready: bool) -> Result<()> {
        let start = Instant::now();
        while (self.registers.read32(REG_CSTS) & 1 != 0) != ready {
            ensure!(
                start.elapsed() < DEADLINE,
                "the NVMe controller does not become ready ({ready})"
            );
            std::thread::yield_now();
        }
        Ok(())
    }

    fn at(&self, page: usize) -> u64 {
        self.iova + (page * PAGE) as u64
    }

    /// The model name, from Identify Controller: proof that the device reads
    /// its queues and writes its answers through the IOMMU.
    ///
    /// # Errors
    /// A command that fails.
    pub fn model(&mut self) -> Result<String> {
        self.admin(Command {
            opcode: 0x06,
            prp: [self.at(IDENTIFY), 0],
            dwords: [1, 0, 0],
            ..Command::default()
        })?;
        let bytes: Vec<u8> = (3..8)
            .flat_map(|word| self.own.read(IDENTIFY, word).to_le_bytes())
            .collect();
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// Disk to memory: the device writes disk pages `from..` to the IOVAs given.
    ///
    /// # Errors
    /// [`Refused`] where the IOMMU or the controller says no.
    pub fn read(&mut self, from: u64, iovas: &[u64]) -> Result<()> {
        self.transfer(0x02, from, iovas)
    }

    /// Memory to disk: the device reads the IOVAs given.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn write(&mut self, to: u64, iovas: &[u64]) -> Result<()> {
        self.transfer(0x01, to, iovas)
    }

    /// Puts the patterns of `seeds` on the disk, page `n` the pattern `n`.
    ///
    /// # Errors
    /// A command that fails.
    pub fn prepare_disk(&mut self, seeds: std::ops::Range<u64>) -> Result<()> {
        for seed in seeds {
            self.own.fill(STAGE, seed);
            self.write(seed, &[self.at(STAGE)])?;
        }
        Ok(())
    }

    /// Whether disk page `page` holds the pattern `seed`.
    ///
    /// # Errors
    /// A command that fails.
    pub fn disk_holds(&mut self, page: u64, seed: u64) -> Result<bool> {
        self.own.fill(STAGE, u64::MAX >> 9);
        self.read(page, &[self.at(STAGE)])?;
        Ok(self.own.holds(STAGE, seed))
    }

    /// Puts the content of one IOVA page on disk page `to`, and says whether it
    /// was the pattern `seed`.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn sees(&mut self, iova: u64, seed: u64) -> Result<bool> {
        self.write(SCRATCH, &[iova])?;
        self.disk_holds(SCRATCH, seed)
    }

    /// Whether the device can read the page at `iova`. It is given that page as
    /// the list of addresses of a transfer: a list that it cannot read is a
    /// Data Transfer Error, one that it can read holds no addresses and is
    /// refused as such. (A refused transfer of the data itself is not reported
    /// by every version of QEMU.)
    ///
    /// # Errors
    /// A controller that does not answer.
    pub fn can_read(&mut self, iova: u64) -> Result<bool> {
        let command = Command {
            opcode: 0x01,
            namespace: 1,
            prp: [self.at(STAGE), iova],
            dwords: [
                (SCRATCH * BLOCKS_PER_PAGE) as u32,
                0,
                3 * BLOCKS_PER_PAGE as u32 - 1,
            ],
        };
        let (registers, own) = (&self.registers, &self.own);
        match Self::execute(registers, own, &mut self.io, command) {
            Ok(()) => Ok(true),
            Err(error) => match error.downcast_ref::<Refused>() {
                Some(refused) => Ok(refused.status != DATA_TRANSFER_ERROR),
                None => Err(error),
            },
        }
    }

    fn transfer(&mut self, opcode: u8, disk_page: u64, iovas: &[u64]) -> Result<()> {
        ensure!(
            (1..=MAX_PAGES).contains(&iovas.len()),
            "a command moves 1 to {MAX_PAGES} pages"
        );
        let prp2 = match iovas {
            [] | [_] => 0,
            [_, second] => *second,
            [_, rest @ ..] => {
                for (index, iova) in rest.iter().enumerate() {
                    self.own.write(PRP_LIST, index, *iova);
                }
                self.at(PRP_LIST)
            }
        };
        let block = disk_page * BLOCKS_PER_PAGE;
        let blocks = iovas.len() as u64 * BLOCKS_PER_PAGE;
        let command = Command {
            opcode,
            namespace: 1,
            prp: [iovas[0], prp2],
            dwords: [block as u32, (block >> 32) as u32, (blocks - 1) as u32],
        };
        let (registers, own) = (&self.registers, &self.own);
        Self::execute(registers, own, &mut self.io, command)
    }

    fn admin(&mut self, command: Command) -> Result<()> {
        let (registers, own) = (&self.registers, &self.own);
        Self::execute(registers, own, &mut self.admin, command)
    }

    /// Submits a command and polls for its completion.
    fn execute(
        registers: &Registers,
        own: &Region,
        queue: &mut Queue,
        command: Command,
    ) -> Result<()> {
        let entry = usize::from(queue.tail) * 8;
        let Command {
            opcode,
            namespace,
            prp,
            dwords,
        } = command;
        let id = queue.tail;
        let words = [
            u64::from(opcode) | u64::from(id) << 16 | u64::from(namespace) << 32,
            0,
            0,
            prp[0],
            prp[1],
            u64::from(dwords[0]) | u64::from(dwords[1]) << 32,
            u64::from(dwords[2]),
            0,
        ];
        for (index, word) in words.into_iter().enumerate() {
            own.write(queue.sq_page, entry + index, word);
        }
        queue.tail = (queue.tail + 1) % ENTRIES;
        // The device must see the entry before the bell.
        std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
        registers.write32(DOORBELLS + queue.number * 8, u32::from(queue.tail));

        let start = Instant::now();
        let status = loop {
            let word = own.read(queue.cq_page, usize::from(queue.head) * 2 + 1);
            let status = (word >> 48) as u16;
            if status & 1 == queue.phase {
                ensure!((word >> 32) as u16 == id, "a completion of another command");
                break status >> 1;
            }
            if registers.read32(REG_CSTS) & 2 != 0 {
                bail!("the NVMe controller reports a fatal status");
            }
            ensure!(
                start.elapsed() < DEADLINE,
                "no completion of NVMe command {opcode:#x}"
            );
            std::thread::yield_now();
        };
        queue.head += 1;
        if queue.head == ENTRIES {
            queue.head = 0;
            queue.phase ^= 1;
        }
        registers.write32(DOORBELLS + queue.number * 8 + 4, u32::from(queue.head));
        // Status code and its type; the bits above are hints to retry.
        match status & 0x7ff {
            0 => Ok(()),
            status => Err(Refused { status }.into()),
        }
    }

    /// Bytes of its own that the driver has mapped, for exact accounting.
    pub fn own_bytes() -> u64 {
        (OWN_PAGES * PAGE) as u64
    }
}

impl Drop for Nvme<'_> {
    fn drop(&mut self) {
        let _ = self.stop();
        let _ = self.container.unmap(self.iova, Self::own_bytes());
    }
}

/// Without it the device's DMA never leaves it.
fn enable_bus_master(container: &Container, index: usize) -> Result<()> {
    const CONFIG_REGION: u32 = 7;
    const COMMAND: u64 = 4;
    let offset = container.region(index, CONFIG_REGION)?.offset + COMMAND;
    let device = container.device(index);
    let mut command = [0; 2];
    device
        .read_exact_at(&mut command, offset)
        .context("cannot read the configuration space")?;
    // Memory space and bus master.
    let value = u16::from_le_bytes(command) | 1 << 1 | 1 << 2;
    device
        .write_all_at(&value.to_le_bytes(), offset)
        .context("cannot write the configuration space")
}

/// BAR0.
struct Registers {
    base: std::ptr::NonNull<u8>,
}

impl Registers {
    fn map(device: &File, offset: u64) -> Result<Self> {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new shared mapping at a place the kernel chooses.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                BAR_BYTES,
                prot,
                libc::MAP_SHARED,
                device.as_raw_fd(),
                offset as i64,
            )
        };
        ensure!(
            base != libc::MAP_FAILED,
            "cannot map BAR0: {}",
            std::io::Error::last_os_error()
        );
        Ok(Self {
            base: std::ptr::NonNull::new(base.cast()).context("BAR0 is not at address 0")?,
        })
    }

    fn at(&self, register: usize) -> *mut u32 {
        assert!(register + 4 <= BAR_BYTES && register.is_multiple_of(4));
        // SAFETY: just checked to be inside the mapping.
        let byte = unsafe { self.base.add(register) };
        byte.as_ptr().cast()
    }

    fn read32(&self, register: usize) -> u32 {
        // SAFETY: an aligned pointer into BAR0, which is live as long as `self`.
        unsafe { self.at(register).read_volatile() }
    }

    fn write32(&self, register: usize, value: u32) {
        // SAFETY: as for `read32()`.
        unsafe { self.at(register).write_volatile(value) }
    }

    fn write64(&self, register: usize, value: u64) {
        self.write32(register, value as u32);
        self.write32(register + 4, (value >> 32) as u32);
    }
}

impl Drop for Registers {
    fn drop(&mut self) {
        // SAFETY: the mapping is this structure's own, and no reference into
        // it outlives it.
        unsafe { libc::munmap(self.base.as_ptr().cast(), BAR_BYTES) };
    }
}
