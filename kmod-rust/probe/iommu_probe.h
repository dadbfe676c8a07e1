/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space asks of iommu_probe.
 */
#ifndef IOMMU_PROBE_H
#define IOMMU_PROBE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Where the device gets to */
struct iommu_probe_translation {
	__u64 iova;	/* in */
	__u64 phys;	/* 0 if the device gets nowhere */
};

/* On the file of the VFIO device */
#define IOMMU_PROBE_TRANSLATE	_IOWR('P', 0, struct iommu_probe_translation)

#endif
