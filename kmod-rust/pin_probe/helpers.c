// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the Rust of pin_probe cannot say by itself, as the kernel crate knows
 * nothing of VFIO yet: the operations of a VFIO device, and inline functions.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vfio.h>

#include "helpers.h"

struct emulated {
	struct vfio_device vdev;
	void *pins;		/* of Rust */
};

static struct emulated *to_emulated(struct vfio_device *vdev)
{
	return container_of(vdev, struct emulated, vdev);
}

static int emulated_init(struct vfio_device *vdev)
{
	void *pins = pin_probe_init();

	to_emulated(vdev)->pins = pins;
	return pins ? 0 : -ENOMEM;
}

static void emulated_release(struct vfio_device *vdev)
{
	pin_probe_release(to_emulated(vdev)->pins);
}

static void emulated_close_device(struct vfio_device *vdev)
{
	pin_probe_close(to_emulated(vdev)->pins, vdev);
}

static long emulated_ioctl(struct vfio_device *vdev, unsigned int cmd,
			   unsigned long arg)
{
	return pin_probe_ioctl(to_emulated(vdev)->pins, vdev, cmd, arg);
}

static void emulated_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	pin_probe_dma_unmap(to_emulated(vdev)->pins, vdev, iova, length);
}

static const struct vfio_device_ops emulated_ops = {
	.name = "pin_probe",
	.init = emulated_init,
	.release = emulated_release,
	.close_device = emulated_close_device,
	.ioctl = emulated_ioctl,
	.dma_unmap = emulated_dma_unmap,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

struct vfio_device *pin_probe_register(struct device *parent)
{
	struct emulated *emulated;
	int ret;

	emulated = vfio_alloc_device(emulated, vdev, parent, &emulated_ops);
	if (IS_ERR(emulated))
		return ERR_CAST(emulated);

	ret = vfio_register_emulated_iommu_dev(&emulated->vdev);
	if (ret) {
		vfio_put_device(&emulated->vdev);
		return ERR_PTR(ret);
	}
	return &emulated->vdev;
}

void pin_probe_unregister(struct vfio_device *vdev)
{
	vfio_unregister_group_dev(vdev);
	vfio_put_device(vdev);
}

int pin_probe_pin_page(struct vfio_device *vdev, u64 iova, bool write)
{
	int prot = IOMMU_READ | (write ? IOMMU_WRITE : 0);
	struct page *page;
	int ret;

	cond_resched();
	ret = vfio_pin_pages(vdev, iova, 1, prot, &page);
	if (ret < 0)
		return ret;
	return ret == 1 ? 0 : -EIO;
}

void pin_probe_unpin_page(struct vfio_device *vdev, u64 iova)
{
	vfio_unpin_pages(vdev, iova, 1);
	cond_resched();
}

struct folio *pin_probe_folio(struct page *page)
{
	return page_folio(page);
}

unsigned long pin_probe_pfn(const struct page *page)
{
	return page_to_pfn(page);
}

bool pin_probe_is_poisoned(const struct page *page)
{
	return PageHWPoison(page);
}

int pin_probe_refcount(const struct folio *folio)
{
	return folio_ref_count(folio);
}

int pin_probe_pincount(const struct folio *folio)
{
	return folio_has_pincount(folio) ? atomic_read(&folio->_pincount) : -1;
}

unsigned int pin_probe_order(const struct folio *folio)
{
	return folio_order(folio);
}

int pin_probe_nid(const struct folio *folio)
{
	return folio_nid(folio);
}

bool pin_probe_is_movable(const struct folio *folio)
{
	return folio_zonenum(folio) == ZONE_MOVABLE;
}

bool pin_probe_is_hugetlb(const struct folio *folio)
{
	return folio_test_hugetlb(folio);
}

void pin_probe_put(struct folio *folio)
{
	folio_put(folio);
}
