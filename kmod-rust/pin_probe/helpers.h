/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the C and the Rust of pin_probe; pin_probe_main.rs declares the same.
 */
#ifndef PIN_PROBE_HELPERS_H
#define PIN_PROBE_HELPERS_H

#include <linux/mm_types.h>
#include <linux/types.h>

struct device;
struct vfio_device;

/* Rust asks, C answers */
struct vfio_device *pin_probe_register(struct device *parent);
void pin_probe_unregister(struct vfio_device *vdev);
int pin_probe_pin_page(struct vfio_device *vdev, u64 iova, bool write);
void pin_probe_unpin_page(struct vfio_device *vdev, u64 iova);

struct folio *pin_probe_folio(struct page *page);
unsigned long pin_probe_pfn(const struct page *page);
bool pin_probe_is_poisoned(const struct page *page);
int pin_probe_refcount(const struct folio *folio);
int pin_probe_pincount(const struct folio *folio);
unsigned int pin_probe_order(const struct folio *folio);
int pin_probe_nid(const struct folio *folio);
bool pin_probe_is_movable(const struct folio *folio);
bool pin_probe_is_hugetlb(const struct folio *folio);
void pin_probe_put(struct folio *folio);

/* VFIO calls, Rust answers: pins belongs to the device from init to release */
void *pin_probe_init(void);
void pin_probe_release(void *pins);
void pin_probe_close(void *pins, struct vfio_device *vdev);
long pin_probe_ioctl(void *pins, struct vfio_device *vdev, unsigned int cmd,
		     unsigned long arg);
void pin_probe_dma_unmap(void *pins, struct vfio_device *vdev, u64 iova,
			 u64 length);

#endif
