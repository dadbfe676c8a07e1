// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two VFIO devices and an eye, for tests:
 *
 * - pin_probe, a device without an IOMMU, pins pages of its container through
 *   vfio_pin_pages() when told to, as mediated devices do.
 * - pin_probe_dma, which is there while the parameter second_iommu is set, has
 *   an IOMMU of its own. Together with a device of the machine it makes a
 *   container of two domains. It does no DMA; it tells what its IOMMU would
 *   translate.
 * - /dev/pin_probe tells the reference and pin counts of any page of the caller.
 */
#include <linux/device.h>
#include <linux/device/faux.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/xarray.h>

#include "iommu-pages.h"
#include "iommu-priv.h"
#include "pin_probe.h"

struct pin_probe {
	struct vfio_device vdev;
	struct mutex lock;	/* for pins */
	struct xarray pins;	/* by IOVA >> PAGE_SHIFT: how often it is pinned */
};

static struct pin_probe *to_probe(struct vfio_device *vdev)
{
	return container_of(vdev, struct pin_probe, vdev);
}

/* Accounts for a pin of one page (by = 1) or for its end (by = -1). */
static int pin_probe_count(struct pin_probe *probe, unsigned long index, int by)
{
	void *entry = xa_load(&probe->pins, index);
	unsigned long count = entry ? xa_to_value(entry) : 0;

	if (by < 0 && !count)
		return -ENOENT;

	count += by;
	return xa_err(xa_store(&probe->pins, index,
			       count ? xa_mk_value(count) : NULL, GFP_KERNEL));
}

static int pin_probe_pin(struct pin_probe *probe,
			 const struct pin_probe_range *range)
{
	int prot = IOMMU_READ | (range->write ? IOMMU_WRITE : 0);
	dma_addr_t iova = range->iova;
	struct page *page;
	int ret;
	u32 i;

	for (i = 0; i < range->npage; i++, iova += PAGE_SIZE) {
		ret = vfio_pin_pages(&probe->vdev, iova, 1, prot, &page);
		if (ret != 1)
			return ret < 0 ? ret : -EIO;

		mutex_lock(&probe->lock);
		ret = pin_probe_count(probe, iova >> PAGE_SHIFT, 1);
		mutex_unlock(&probe->lock);
		if (ret) {
			vfio_unpin_pages(&probe->vdev, iova, 1);
			return ret;
		}
		cond_resched();
	}
	return 0;
}

static int pin_probe_unpin(struct pin_probe *probe,
			   const struct pin_probe_range *range)
{
	dma_addr_t iova = range->iova;
	int ret;
	u32 i;

	for (i = 0; i < range->npage; i++, iova += PAGE_SIZE) {
		mutex_lock(&probe->lock);
		ret = pin_probe_count(probe, iova >> PAGE_SHIFT, -1);
		mutex_unlock(&probe->lock);
		if (ret)
			return ret;

		vfio_unpin_pages(&probe->vdev, iova, 1);
		cond_resched();
	}
	return 0;
}

/* Unpins every page from first to last, as often as it was pinned. */
static void pin_probe_unpin_all(struct pin_probe *probe, unsigned long first,
				unsigned long last)
{
	unsigned long index, count;
	void *entry;

	xa_for_each_range(&probe->pins, index, entry, first, last) {
		/* Not held below: type1 takes locks of its own */
		mutex_lock(&probe->lock);
		entry = xa_erase(&probe->pins, index);
		mutex_unlock(&probe->lock);

		for (count = entry ? xa_to_value(entry) : 0; count; count--)
			vfio_unpin_pages(&probe->vdev,
					 (dma_addr_t)index << PAGE_SHIFT, 1);
	}
}

static void pin_probe_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	pin_probe_unpin_all(to_probe(vdev), iova >> PAGE_SHIFT,
			    (iova + length - 1) >> PAGE_SHIFT);
}

static int pin_probe_init_device(struct vfio_device *vdev)
{
	struct pin_probe *probe = to_probe(vdev);

	mutex_init(&probe->lock);
	xa_init(&probe->pins);
	return 0;
}

static void pin_probe_release_device(struct vfio_device *vdev)
{
	xa_destroy(&to_probe(vdev)->pins);
}

static void pin_probe_close_device(struct vfio_device *vdev)
{
	pin_probe_unpin_all(to_probe(vdev), 0, ULONG_MAX);
}

static long pin_probe_ioctl(struct vfio_device *vdev, unsigned int cmd,
			    unsigned long arg)
{
	struct pin_probe *probe = to_probe(vdev);
	struct pin_probe_range range;

	if (cmd != PIN_PROBE_PIN && cmd != PIN_PROBE_UNPIN)
		return -ENOTTY;
	if (copy_from_user(&range, (void __user *)arg, sizeof(range)))
		return -EFAULT;
	if (cmd == PIN_PROBE_PIN)
		return pin_probe_pin(probe, &range);
	return pin_probe_unpin(probe, &range);
}

static const struct vfio_device_ops pin_probe_ops = {
	.name = "pin_probe",
	.init = pin_probe_init_device,
	.release = pin_probe_release_device,
	.close_device = pin_probe_close_device,
	.ioctl = pin_probe_ioctl,
	.dma_unmap = pin_probe_dma_unmap,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

/* An IOMMU that translates nothing but what it is asked about. */

struct second_domain {
	union {
		struct iommu_domain domain;
		struct pt_iommu iommu;
		struct pt_iommu_vtdss vtdss;
	};
};
PT_IOMMU_CHECK_DOMAIN(struct second_domain, iommu, domain);
PT_IOMMU_CHECK_DOMAIN(struct second_domain, vtdss.iommu, domain);

static void second_domain_free(struct iommu_domain *domain)
{
	struct second_domain *second =
		container_of(domain, struct second_domain, domain);

	pt_iommu_deinit(&second->iommu);
	kfree(second);
}

static void second_iotlb_sync(struct iommu_domain *domain,
			      struct iommu_iotlb_gather *gather)
{
	iommu_put_pages_list(&gather->freelist);
}

static int second_attach(struct iommu_domain *domain, struct device *dev,
			 struct iommu_domain *old)
{
	return 0;
}

static const struct iommu_domain_ops second_domain_ops = {
	IOMMU_PT_DOMAIN_OPS(vtdss),
	.attach_dev = second_attach,
	.iotlb_sync = second_iotlb_sync,
	.free = second_domain_free,
};

static struct iommu_domain *second_domain_alloc(struct device *dev)
{
	struct pt_iommu_vtdss_cfg cfg = {
		.common.hw_max_vasz_lg2 = 48,
		.common.hw_max_oasz_lg2 = 52,
		.common.features = BIT(PT_FEAT_FLUSH_RANGE),
		.top_level = 3,
	};
	struct second_domain *second;
	int ret;

	second = kzalloc(sizeof(*second), GFP_KERNEL);
	if (!second)
		return ERR_PTR(-ENOMEM);
	second->iommu.iommu_device = dev;
	second->iommu.nid = NUMA_NO_NODE;
	second->domain.ops = &second_domain_ops;
	ret = pt_iommu_vtdss_init(&second->vtdss, &cfg, GFP_KERNEL);
	if (ret) {
		kfree(second);
		return ERR_PTR(ret);
	}
	return &second->domain;
}

static const struct iommu_domain_ops blocked_domain_ops = {
	.attach_dev = second_attach,
};

static struct iommu_domain blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &blocked_domain_ops,
};

static struct iommu_device second_iommu;

static struct iommu_device *second_probe_device(struct device *dev)
{
	return &second_iommu;
}

static bool second_capable(struct device *dev, enum iommu_cap cap)
{
	return cap == IOMMU_CAP_CACHE_COHERENCY;
}

static const struct iommu_ops second_iommu_ops = {
	.owner = THIS_MODULE,
	.default_domain = &blocked_domain,
	.blocked_domain = &blocked_domain,
	.domain_alloc_paging = second_domain_alloc,
	.probe_device = second_probe_device,
	.device_group = generic_device_group,
	.capable = second_capable,
};

static long pin_probe_dma_ioctl(struct vfio_device *vdev, unsigned int cmd,
				unsigned long arg)
{
	struct pin_probe_translation __user *user = (void __user *)arg;
	struct pin_probe_translation translation;
	struct iommu_domain *domain;

	if (cmd != PIN_PROBE_TRANSLATE)
		return -ENOTTY;
	if (copy_from_user(&translation, user, sizeof(translation)))
		return -EFAULT;

	/* An open device is attached, and stays so while its file is used */
	domain = iommu_get_domain_for_dev(vdev->dev);
	if (!domain)
		return -ENODEV;
	translation.phys = iommu_iova_to_phys(domain, translation.iova);
	if (copy_to_user(user, &translation, sizeof(translation)))
		return -EFAULT;
	return 0;
}

static const struct vfio_device_ops pin_probe_dma_ops = {
	.name = "pin_probe_dma",
	.ioctl = pin_probe_dma_ioctl,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

static int pin_probe_dma_probe(struct platform_device *dev)
{
	struct pin_probe *probe;
	int ret;

	probe = vfio_alloc_device(pin_probe, vdev, &dev->dev, &pin_probe_dma_ops);
	if (IS_ERR(probe))
		return PTR_ERR(probe);

	ret = vfio_register_group_dev(&probe->vdev);
	if (ret) {
		vfio_put_device(&probe->vdev);
		return ret;
	}
	platform_set_drvdata(dev, probe);
	return 0;
}

static void pin_probe_dma_remove(struct platform_device *dev)
{
	struct pin_probe *probe = platform_get_drvdata(dev);

	vfio_unregister_group_dev(&probe->vdev);
	vfio_put_device(&probe->vdev);
}

static struct platform_driver pin_probe_dma_driver = {
	.probe = pin_probe_dma_probe,
	.remove = pin_probe_dma_remove,
	.driver.name = "pin_probe_dma",
	.driver_managed_dma = true,
};

/* Everything that belongs to second_iommu, created and removed as one. */
static struct {
	struct fwnode_handle *fwnode;
	struct platform_device *hw;
	struct platform_device *dev;
} second;

static void second_remove(void)
{
	if (second.dev)
		platform_device_unregister(second.dev);
	if (second.hw) {
		if (second_iommu.ops) {
			iommu_device_unregister(&second_iommu);
			iommu_device_sysfs_remove(&second_iommu);
		}
		platform_device_unregister(second.hw);
	}
	fwnode_remove_software_node(second.fwnode);
	memset(&second, 0, sizeof(second));
	memset(&second_iommu, 0, sizeof(second_iommu));
}

#if IS_ENABLED(CONFIG_IOMMUFD_TEST)
static int second_add_device(struct platform_device *dev)
{
	int ret;

	dev->dev.bus = &platform_bus_type;
	ret = dev_set_name(&dev->dev, "%s", dev->name);
	if (ret)
		return ret;
	return iommu_mock_device_add(&dev->dev, &second_iommu);
}
#else
/*
 * iommu_fwspec_init() wants a lock that only the one above can take.  Nobody
 * but the caller knows of the device, so that without lockdep nobody minds.
 */
static int second_add_device(struct platform_device *dev)
{
	int ret = iommu_fwspec_init(&dev->dev, second.fwnode);

	return ret ?: platform_device_add(dev);
}
#endif

static int second_create(void)
{
	struct platform_device_info hw = {
		.name = "pin_probe_iommu",
		.id = PLATFORM_DEVID_NONE,
	};
	struct platform_device *dev;
	int ret;

	hw.fwnode = fwnode_create_software_node(NULL, NULL);
	if (IS_ERR(hw.fwnode))
		return PTR_ERR(hw.fwnode);
	second.fwnode = hw.fwnode;
	second.hw = platform_device_register_full(&hw);
	if (IS_ERR(second.hw)) {
		ret = PTR_ERR(second.hw);
		second.hw = NULL;
		goto remove;
	}

	ret = iommu_device_sysfs_add(&second_iommu, NULL, NULL, "pin_probe_iommu");
	if (ret)
		goto remove;
	ret = iommu_device_register(&second_iommu, &second_iommu_ops,
				    &second.hw->dev);
	if (ret) {
		iommu_device_sysfs_remove(&second_iommu);
		second_iommu.ops = NULL;
		goto remove;
	}

	dev = platform_device_alloc("pin_probe_dma", PLATFORM_DEVID_NONE);
	if (!dev) {
		ret = -ENOMEM;
		goto remove;
	}
	ret = second_add_device(dev);
	if (ret) {
		platform_device_put(dev);
		goto remove;
	}
	second.dev = dev;
	return 0;

remove:
	second_remove();
	return ret;
}

/* Serialised by the lock of the module's parameters */
static int second_set(const char *value, const struct kernel_param *param)
{
	bool on;
	int ret = kstrtobool(value, &on);

	if (ret || on == !!second.dev)
		return ret;
	if (on)
		return second_create();
	second_remove();
	return 0;
}

static int second_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%c\n", second.dev ? 'Y' : 'N');
}

static const struct kernel_param_ops second_param_ops = {
	.set = second_set,
	.get = second_get,
};
module_param_cb(second_iommu, &second_param_ops, NULL, 0600);
MODULE_PARM_DESC(second_iommu, "Whether there is a device with an IOMMU of its own");

static long pin_probe_eye(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pin_probe_page __user *user = (void __user *)arg;
	struct pin_probe_page state;
	struct folio *folio;
	struct page *page;

	if (cmd != PIN_PROBE_PAGE)
		return -ENOTTY;
	if (copy_from_user(&state, user, sizeof(state)))
		return -EFAULT;
	if (get_user_pages_fast(state.vaddr, 1, 0, &page) != 1)
		return -EFAULT;

	folio = page_folio(page);
	state.pfn = page_to_pfn(page);
	state.folio_pfn = folio_pfn(folio);
	state.refcount = folio_ref_count(folio) - 1;
	state.pincount = folio_has_pincount(folio) ?
			 atomic_read(&folio->_pincount) : -1;
	state.order = folio_order(folio);
	state.nid = folio_nid(folio);
	state.flags = (folio_zonenum(folio) == ZONE_MOVABLE ? PIN_PROBE_MOVABLE : 0) |
		      (folio_test_hugetlb(folio) ? PIN_PROBE_HUGETLB : 0) |
		      (PageHWPoison(page) ? PIN_PROBE_HWPOISON : 0);
	folio_put(folio);

	return copy_to_user(user, &state, sizeof(state)) ? -EFAULT : 0;
}

static const struct file_operations pin_probe_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = pin_probe_eye,
};

static struct miscdevice pin_probe_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pin_probe",
	.fops = &pin_probe_fops,
	.mode = 0600,
};

static struct faux_device *parent;
static struct pin_probe *emulated;

static int __init pin_probe_init(void)
{
	int ret;

	parent = faux_device_create("pin_probe", NULL, NULL);
	if (!parent)
		return -ENODEV;

	emulated = vfio_alloc_device(pin_probe, vdev, &parent->dev, &pin_probe_ops);
	if (IS_ERR(emulated)) {
		ret = PTR_ERR(emulated);
		goto destroy;
	}
	ret = vfio_register_emulated_iommu_dev(&emulated->vdev);
	if (ret)
		goto put;

	ret = platform_driver_register(&pin_probe_dma_driver);
	if (ret)
		goto unregister;

	ret = misc_register(&pin_probe_misc);
	if (ret)
		goto unregister_driver;
	return 0;

unregister_driver:
	platform_driver_unregister(&pin_probe_dma_driver);
unregister:
	vfio_unregister_group_dev(&emulated->vdev);
put:
	vfio_put_device(&emulated->vdev);
destroy:
	faux_device_destroy(parent);
	return ret;
}

static void __exit pin_probe_exit(void)
{
	misc_deregister(&pin_probe_misc);
	second_remove();
	platform_driver_unregister(&pin_probe_dma_driver);
	vfio_unregister_group_dev(&emulated->vdev);
	vfio_put_device(&emulated->vdev);
	faux_device_destroy(parent);
}

module_init(pin_probe_init);
module_exit(pin_probe_exit);
MODULE_DESCRIPTION("VFIO devices that pin pages on request, for tests");
MODULE_IMPORT_NS("GENERIC_PT_IOMMU");
MODULE_LICENSE("GPL");
