// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: a VFIO device with an IOMMU of its own.  Together with a device of
 * the machine it makes a container of two domains.  It does no DMA; it tells
 * what its IOMMU would translate.
 */
#include <linux/device.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "iommu-pages.h"
#include "iommu-priv.h"
#include "iommu_probe.h"

#define NAME "iommu_probe"

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

	second = kzalloc_obj(*second, GFP_KERNEL);
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

static long iommu_probe_ioctl(struct vfio_device *vdev, unsigned int cmd,
			      unsigned long arg)
{
	struct iommu_probe_translation __user *user = (void __user *)arg;
	struct iommu_probe_translation translation;
	struct iommu_domain *domain;

	if (cmd != IOMMU_PROBE_TRANSLATE)
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

struct iommu_probe {
	struct vfio_device vdev;
};

static const struct vfio_device_ops iommu_probe_ops = {
	.name = NAME,
	.ioctl = iommu_probe_ioctl,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

static int iommu_probe_probe(struct platform_device *dev)
{
	struct iommu_probe *probe;
	int ret;

	probe = vfio_alloc_device(iommu_probe, vdev, &dev->dev, &iommu_probe_ops);
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

static void iommu_probe_remove(struct platform_device *dev)
{
	struct iommu_probe *probe = platform_get_drvdata(dev);

	vfio_unregister_group_dev(&probe->vdev);
	vfio_put_device(&probe->vdev);
}

static struct platform_driver iommu_probe_driver = {
	.probe = iommu_probe_probe,
	.remove = iommu_probe_remove,
	.driver.name = NAME,
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
		.name = NAME "_hw",
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

	ret = iommu_device_sysfs_add(&second_iommu, NULL, NULL, NAME "_hw");
	if (ret)
		goto remove;
	ret = iommu_device_register(&second_iommu, &second_iommu_ops,
				    &second.hw->dev);
	if (ret) {
		iommu_device_sysfs_remove(&second_iommu);
		second_iommu.ops = NULL;
		goto remove;
	}

	dev = platform_device_alloc(NAME, PLATFORM_DEVID_NONE);
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

/*
 * A device keeps the module of its IOMMU in place, so that the two have to go
 * before the module can.  Serialised by the lock of the module's parameters.
 */
static int present_set(const char *value, const struct kernel_param *param)
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

static int present_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%c\n", second.dev ? 'Y' : 'N');
}

static const struct kernel_param_ops present_ops = {
	.set = present_set,
	.get = present_get,
};
module_param_cb(present, &present_ops, NULL, 0600);
MODULE_PARM_DESC(present, "Whether the device and its IOMMU are there");

module_platform_driver(iommu_probe_driver);
MODULE_DESCRIPTION("A VFIO device with an IOMMU of its own, for tests");
MODULE_IMPORT_NS("GENERIC_PT_IOMMU");
MODULE_LICENSE("GPL");
