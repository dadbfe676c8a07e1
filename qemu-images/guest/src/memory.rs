// SPDX-License-Identifier: GPL-2.0-only
//! Memory of every kind that can be pinned, and what is in it. A page is
//! 4 KiB everywhere here, whatever backs it.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;

use crate::kernel;

/// Bytes of a page.
pub const PAGE: usize = 4096;
/// Pages in 2 MiB.
pub const PAGES_2M: usize = 512;
/// Pages in 1 GiB.
pub const PAGES_1G: usize = 1 << 18;

/// What backs a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// 4 KiB pages, private and anonymous.
    Small,
    /// Transparent huge pages of 2 MiB.
    Thp,
    /// hugetlb pages of 2 MiB, private.
    Huge2M,
    /// hugetlb pages of 1 GiB, private.
    Huge1G,
    /// A memfd of 2 MiB hugetlb pages, shared.
    Shared2M,
    /// A memfd of 1 GiB hugetlb pages, shared.
    Shared1G,
    /// A memfd of 4 KiB pages, shared.
    Shared,
}

impl Backing {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Small,
        Self::Thp,
        Self::Huge2M,
        Self::Huge1G,
        Self::Shared2M,
        Self::Shared1G,
        Self::Shared,
    ];

    /// For names of subtests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "4k",
            Self::Thp => "thp",
            Self::Huge2M => "hugetlb_2m",
            Self::Huge1G => "hugetlb_1g",
            Self::Shared2M => "memfd_hugetlb_2m",
            Self::Shared1G => "memfd_hugetlb_1g",
            Self::Shared => "memfd_4k",
        }
    }

    /// Pages of 4 KiB in one page of it.
    pub fn unit(self) -> usize {
        match self {
            Self::Small | Self::Shared => 1,
            Self::Thp | Self::Huge2M | Self::Shared2M => PAGES_2M,
            Self::Huge1G | Self::Shared1G => PAGES_1G,
        }
    }
}

/// A mapping of this process, page-aligned; gone when dropped.
#[derive(Debug)]
pub struct Region {
    base: NonNull<u8>,
    pages: usize,
    map_base: NonNull<u8>,
    map_bytes: usize,
    file: Option<File>,
}

// SAFETY: a region owns its mapping, and every access to it is volatile, as
// devices write to it too.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

fn mmap(
    hint: *mut u8,
    bytes: usize,
    prot: i32,
    flags: i32,
    fd: i32,
    offset: i64,
) -> Result<NonNull<u8>, Errno> {
    // SAFETY: without MAP_FIXED the kernel chooses a place that is free; the
    // one caller with MAP_FIXED replaces a mapping that it made itself.
    let address = unsafe { libc::mmap(hint.cast(), bytes, prot, flags, fd, offset) };
    if address == libc::MAP_FAILED {
        return Err(Errno::last());
    }
    NonNull::new(address.cast()).ok_or(Errno::EINVAL)
}

const RW: i32 = libc::PROT_READ | libc::PROT_WRITE;

impl Region {
    /// A region of `pages` pages, populated.
    ///
    /// # Errors
    /// No memory of that kind.
    pub fn new(backing: Backing, pages: usize) -> Result<Self> {
        let region = match backing {
            Backing::Small => Self::anonymous(pages, 0)?,
            Backing::Thp => Self::thp(pages)?,
            Backing::Huge2M => Self::anonymous(pages, libc::MAP_HUGETLB | libc::MAP_HUGE_2MB)?,
            Backing::Huge1G => Self::anonymous(pages, libc::MAP_HUGETLB | libc::MAP_HUGE_1GB)?,
            Backing::Shared2M => Self::shared_2m(&(0..pages / PAGES_2M).collect::<Vec<_>>())?,
            Backing::Shared1G => Self::shared(pages, libc::MFD_HUGETLB | libc::MFD_HUGE_1GB)?,
            Backing::Shared => Self::shared(pages, 0)?,
        };
        region.populate();
        Ok(region)
    }

    /// Anonymous private memory that nothing has touched yet.
    ///
    /// # Errors
    /// No memory of that kind.
    pub fn anonymous(pages: usize, more_flags: i32) -> Result<Self> {
        let bytes = pages * PAGE;
        let base = mmap(
            std::ptr::null_mut(),
            bytes,
            RW,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | more_flags,
            -1,
            0,
        )
        .with_context(|| format!("cannot map {bytes} bytes (flags {more_flags:#x})"))?;
        Ok(Self {
            base,
            pages,
            map_base: base,
            map_bytes: bytes,
            file: None,
        })
    }

    fn thp(pages: usize) -> Result<Self> {
        // Aligned to 2 MiB within a mapping that is 2 MiB longer.
        let mut region = Self::anonymous(pages + PAGES_2M, 0)?;
        let offset = region.base.as_ptr().align_offset(PAGES_2M * PAGE);
        // SAFETY: `offset` is less than 2 MiB, by which the mapping is longer.
        region.base = unsafe { region.base.add(offset) };
        region.pages = pages;
        // SAFETY: the range lies within the mapping.
        let answer = unsafe {
            libc::madvise(
                region.base.as_ptr().cast(),
                pages * PAGE,
                libc::MADV_HUGEPAGE,
            )
        };
        Errno::result(answer).context("no transparent huge pages")?;
        let before = kernel::thp_kib()?;
        region.populate();
        let got = kernel::thp_kib()? - before;
        ensure!(
            got >= (pages * PAGE / 1024) as i64,
            "only {got} KiB of transparent huge pages"
        );
        Ok(region)
    }

    /// A memfd of 2 MiB hugetlb pages, mapped in the order given: page `n` of
    /// the region is page `order[n]` of the file. An order other than
    /// ascending makes neighbours that are not physically contiguous.
    ///
    /// # Errors
    /// No huge pages.
    pub fn shared_2m(order: &[usize]) -> Result<Self> {
        const UNIT: usize = PAGES_2M * PAGE;
        let flags = libc::MFD_HUGETLB | libc::MFD_HUGE_2MB;
        let file = memfd(
            flags,
            (order.iter().max().context("at least one page")? + 1) * UNIT,
        )?;
        // Room for all, then the pages over it one by one.
        let mut region = Self::anonymous((order.len() + 1) * PAGES_2M, 0)?;
        let offset = region.base.as_ptr().align_offset(UNIT);
        // SAFETY: `offset` is less than 2 MiB, by which the mapping is longer.
        region.base = unsafe { region.base.add(offset) };
        region.pages = order.len() * PAGES_2M;
        for (index, page) in order.iter().enumerate() {
            // SAFETY: `index` counts whole pages within the region.
            let place = unsafe { region.base.add(index * UNIT) };
            mmap(
                place.as_ptr(),
                UNIT,
                RW,
                libc::MAP_SHARED | libc::MAP_FIXED,
                file.as_raw_fd(),
                (page * UNIT) as i64,
            )
            .context("no 2 MiB huge page")?;
        }
        region.file = Some(file);
        Ok(region)
    }

    /// Pages of 4 KiB, two hugetlb pages of 2 MiB, and pages of 4 KiB again, in
    /// one range of 2048 pages.
    ///
    /// # Errors
    /// No huge pages.
    pub fn mixed() -> Result<Self> {
        let mut region = Self::anonymous(5 * PAGES_2M, 0)?;
        let offset = region.base.as_ptr().align_offset(PAGES_2M * PAGE);
        // SAFETY: `offset` is less than 2 MiB, by which the mapping is longer.
        region.base = unsafe { region.base.add(offset) };
        region.pages = 4 * PAGES_2M;
        let place = region.address(PAGES_2M) as *mut u8;
        let flags = libc::MAP_PRIVATE
            | libc::MAP_ANONYMOUS
            | libc::MAP_HUGETLB
            | libc::MAP_HUGE_2MB
            | libc::MAP_FIXED;
        mmap(place, 2 * PAGES_2M * PAGE, RW, flags, -1, 0).context("no 2 MiB huge page")?;
        region.populate();
        Ok(region)
    }

    fn shared(pages: usize, flags: u32) -> Result<Self> {
        let file = memfd(flags, pages * PAGE)?;
        let base = mmap(
            std::ptr::null_mut(),
            pages * PAGE,
            RW,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            0,
        )
        .context("no shared memory of this kind")?;
        Ok(Self {
            base,
            pages,
            map_base: base,
            map_bytes: pages * PAGE,
            file: Some(file),
        })
    }

    /// The memfd that it is, if it is one: page `n` of the region is page `n` of
    /// the file, unless it was made in another order.
    pub fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// Touches one word of each page, so that it is there.
    pub fn populate(&self) {
        for page in 0..self.pages {
            self.write(page, 0, 0);
        }
    }

    /// Number of pages.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// Bytes.
    pub fn bytes(&self) -> u64 {
        (self.pages * PAGE) as u64
    }

    /// Virtual address of a page.
    pub fn address(&self, page: usize) -> u64 {
        self.base.as_ptr() as u64 + (page * PAGE) as u64
    }

    /// Changes the protection of the whole region.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn protect(&self, prot: i32) -> Result<()> {
        // SAFETY: the range is this region; a later access that the protection
        // forbids ends this process, which is a test's own fault.
        let answer = unsafe { libc::mprotect(self.base.as_ptr().cast(), self.pages * PAGE, prot) };
        Errno::result(answer)?;
        Ok(())
    }

    /// Changes the protection of some of the pages.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn protect_part(&self, first: usize, pages: usize, prot: i32) -> Result<(), Errno> {
        let start = self.checked(first, pages);
        // SAFETY: as in `protect()`.
        Errno::result(unsafe { libc::mprotect(start, pages * PAGE, prot) }).map(drop)
    }

    /// The same memory without what comes before a multiple of `unit` pages.
    #[must_use]
    pub fn aligned(mut self, unit: usize) -> Self {
        let offset = self.base.as_ptr().align_offset(unit * PAGE) / PAGE;
        assert!(offset < self.pages);
        // SAFETY: `offset` pages are less than the region has.
        self.base = unsafe { self.base.add(offset * PAGE) };
        self.pages -= offset;
        self
    }

    /// Makes a hole: the pages are no longer mapped.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn punch(&self, first: usize, pages: usize) -> Result<()> {
        ensure!(
            first + pages <= self.pages,
            "the hole is larger than the region"
        );
        // SAFETY: the range lies within the region, and nothing but tests that
        // know of the hole looks there.
        let answer = unsafe { libc::munmap(self.address(first) as *mut _, pages * PAGE) };
        Errno::result(answer)?;
        Ok(())
    }

    fn checked(&self, first: usize, pages: usize) -> *mut libc::c_void {
        assert!(first + pages <= self.pages);
        self.address(first) as *mut _
    }

    /// `madvise()` for some of the pages.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn advise(&self, first: usize, pages: usize, advice: i32) -> Result<(), Errno> {
        let start = self.checked(first, pages);
        // SAFETY: the range lies within the region. Whatever becomes of its
        // contents, it remains mapped memory.
        Errno::result(unsafe { libc::madvise(start, pages * PAGE, advice) }).map(drop)
    }

    /// Puts fresh anonymous memory in place of some of the pages, of the kind
    /// that `more_flags` say. Whoever looks there if that fails finds a hole.
    ///
    /// # Errors
    /// No memory of that kind.
    pub fn replace(&self, first: usize, pages: usize, more_flags: i32) -> Result<(), Errno> {
        let start = self.checked(first, pages);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | more_flags;
        mmap(start.cast(), pages * PAGE, RW, flags, -1, 0).map(drop)
    }

    /// Moves some of the pages to where `elsewhere` is and back: for a while
    /// there is a hole.
    ///
    /// # Errors
    /// What the kernel answers; the pages are then in one of the two places.
    pub fn move_and_return(
        &self,
        first: usize,
        pages: usize,
        elsewhere: &Region,
    ) -> Result<(), Errno> {
        let (here, there) = (self.checked(first, pages), elsewhere.checked(0, pages));
        let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        for (from, to) in [(here, there), (there, here)] {
            // SAFETY: both ranges belong to regions of the caller, who alone
            // looks there, and expects holes.
            let moved = unsafe { libc::mremap(from, pages * PAGE, pages * PAGE, flags, to) };
            if moved == libc::MAP_FAILED {
                return Err(Errno::last());
            }
        }
        Ok(())
    }

    fn word(&self, page: usize, word: usize) -> *mut u64 {
        assert!(page < self.pages && word < PAGE / 8);
        // SAFETY: just checked to be inside the region.
        let byte = unsafe { self.base.add(page * PAGE + word * 8) };
        byte.as_ptr().cast()
    }

    /// Reads a word of 8 bytes.
    pub fn read(&self, page: usize, word: usize) -> u64 {
        // SAFETY: `word()` gives an aligned pointer into the region; volatile,
        // as a device may write there at any time.
        unsafe { self.word(page, word).read_volatile() }
    }

    /// Writes a word of 8 bytes.
    pub fn write(&self, page: usize, word: usize, value: u64) {
        // SAFETY: as for `read()`.
        unsafe { self.word(page, word).write_volatile(value) }
    }

    /// Fills a page with the pattern of `seed`.
    pub fn fill(&self, page: usize, seed: u64) {
        for word in 0..PAGE / 8 {
            self.write(page, word, pattern(seed, word));
        }
    }

    /// Whether a page holds the pattern of `seed`, all of it.
    pub fn holds(&self, page: usize, seed: u64) -> bool {
        (0..PAGE / 8).all(|word| self.read(page, word) == pattern(seed, word))
    }

    /// Gives a page its mark: a word at each end that no other page has.
    pub fn mark(&self, page: usize) {
        for word in [0, PAGE / 8 - 1] {
            self.write(page, word, mark(page, word));
        }
    }

    /// Marks every page.
    pub fn mark_all(&self) {
        (0..self.pages).for_each(|page| self.mark(page));
    }

    /// The pages that have lost their mark: something wrote there.
    pub fn written(&self) -> Vec<usize> {
        (0..self.pages)
            .filter(|&page| {
                [0, PAGE / 8 - 1]
                    .iter()
                    .any(|&word| self.read(page, word) != mark(page, word))
            })
            .collect()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the mapping is this region's own; holes in it do no harm.
        unsafe { libc::munmap(self.map_base.as_ptr().cast(), self.map_bytes) };
    }
}

fn memfd(flags: u32, bytes: usize) -> Result<File> {
    // SAFETY: the name is a NUL-terminated constant.
    let fd = unsafe { libc::memfd_create(c"guest".as_ptr(), flags) };
    let fd = Errno::result(fd).context("no memfd of this kind")?;
    // SAFETY: a positive answer is a new descriptor that nobody else owns.
    let file: File = unsafe { <File as std::os::fd::FromRawFd>::from_raw_fd(fd) };
    file.set_len(bytes as u64)
        .context("cannot size the memfd")?;
    Ok(file)
}

/// Word `word` of the page with pattern `seed`: no two words of any two pages
/// are alike (the factor is odd, so that multiplication loses nothing).
pub fn pattern(seed: u64, word: usize) -> u64 {
    (seed << 9 | word as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
}

fn mark(page: usize, word: usize) -> u64 {
    // Even, unlike every word of a pattern, and no page-aligned address,
    // whatever reads it as one.
    ((page as u64) << 10 | (word as u64)).wrapping_mul(0xd134_2543_de82_ef95) << 2 | 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_shows_in_the_page_it_hit_and_nowhere_else() {
        let region = Region::new(Backing::Small, 20).unwrap();
        region.mark_all();
        assert!(region.written().is_empty());
        region.fill(7, 3);
        assert_eq!(region.written(), [7]);
        assert!(region.holds(7, 3) && !region.holds(7, 4) && !region.holds(8, 3));
        region.mark(7);
        assert!(region.written().is_empty());
        region.write(19, PAGE / 8 - 1, 0);
        assert_eq!(region.written(), [19]);
    }
}
