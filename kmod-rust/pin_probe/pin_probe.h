/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space asks of pin_probe.
 */
#ifndef PIN_PROBE_H
#define PIN_PROBE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* A range of the container's IOVA space */
struct pin_probe_range {
	__u64 iova;
	__u32 npage;
	__u32 write;	/* pin for writing */
};

/* What the kernel knows about the page at an address of the caller */
struct pin_probe_page {
	__u64 vaddr;	/* in */
	__u64 pfn;
	__u64 folio_pfn;
	__s32 refcount;	/* of the folio, without the one this call took */
	__s32 pincount;	/* of the folio; -1 if it does not have its own */
	__u32 order;
	__s32 nid;
	__u32 flags;
	__u32 padding;
};

#define PIN_PROBE_MOVABLE	(1 << 0)	/* in ZONE_MOVABLE */
#define PIN_PROBE_HUGETLB	(1 << 1)
#define PIN_PROBE_HWPOISON	(1 << 2)

/* On the file of a VFIO device */
#define PIN_PROBE_PIN		_IOW('P', 0, struct pin_probe_range)
#define PIN_PROBE_UNPIN		_IOW('P', 1, struct pin_probe_range)
/* On /dev/pin_probe */
#define PIN_PROBE_PAGE		_IOWR('P', 2, struct pin_probe_page)

#endif
