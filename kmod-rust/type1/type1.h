/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the C of VFIO type1 and its Rust (CONFIG_VFIO_IOMMU_TYPE1_RUST) know of
 * each other.
 */
#ifndef VFIO_TYPE1_H
#define VFIO_TYPE1_H

#include <linux/rbtree_types.h>
#include <linux/types.h>

struct iommu_domain;
struct mm_struct;
struct page;
struct task_struct;
struct vfio_domain;
struct vfio_iommu;

struct vfio_dma {
	struct rb_node		node;
	dma_addr_t		iova;		/* Device address */
	unsigned long		vaddr;		/* Process virtual addr */
	size_t			size;		/* Map size (bytes) */
	int			prot;		/* IOMMU_READ/WRITE */
	bool			iommu_mapped;
	bool			lock_cap;	/* capable(CAP_IPC_LOCK) */
	bool			vaddr_invalid;
	bool			has_rsvd;	/* has 1 or more rsvd pfns */
	struct task_struct	*task;
	struct rb_root		pfn_list;	/* Ex-user pinned pfn list */
	unsigned long		*bitmap;
	struct mm_struct	*mm;
	size_t			locked_vm;
};

/*
 * Consecutive pfns at consecutive addresses, whatever backs them.
 */
struct vfio_run {
	unsigned long		pfn;		/* first of the run */
	unsigned long		npage;
};

/*
 * What was obtained from the mm but not yet handed out: a run, followed by the
 * pages in the array from offset on.
 */
struct vfio_batch {
	struct page		**pages;	/* for pin_user_pages_remote */
	struct page		*fallback_page; /* if pages alloc fails */
	unsigned int		capacity;	/* length of pages array */
	unsigned int		size;		/* of batch currently */
	unsigned int		offset;		/* of next entry in pages */
	struct vfio_run		run;		/* npage is 0 if there is none */
	bool			rsvd;		/* run is not pinned */
};

/* What to pin, and where to map it */
struct vfio_pin_map {
	struct vfio_iommu	*iommu;
	struct vfio_domain	*domain;	/* NULL: all of the container's */
	struct vfio_dma		*dma;
	size_t			size;		/* bytes, from its start on */
	unsigned long		at_once;	/* most pages to map by one call */
	unsigned long		limit;		/* of locked pages */
	const unsigned long	*locked;	/* pages, may change at any time */
};

/* In Rust. The caller holds the container's lock. */
int vfio_rust_pin_map(const struct vfio_pin_map *args,
		      struct vfio_batch *batch);
unsigned long vfio_rust_unmap_unpin(struct iommu_domain *domain,
				    struct vfio_dma *dma, struct vfio_run *few,
				    unsigned long places, bool undo);

/* In C, for the Rust */
int vfio_type1_pin_huge(struct vfio_batch *batch, unsigned long vaddr,
			unsigned long npage, int prot);
int vfio_type1_pin_pages(struct vfio_batch *batch, unsigned long vaddr,
			 unsigned long npage, int prot);
bool vfio_type1_has_run(struct vfio_batch *batch);
int vfio_type1_map(const struct vfio_pin_map *args, dma_addr_t iova,
		   unsigned long pfn, unsigned long npage, bool rsvd);
size_t vfio_type1_unmap(struct iommu_domain *domain, dma_addr_t iova,
			size_t size);
void vfio_type1_unpin(unsigned long pfn, unsigned long npage, bool dirty);
int vfio_type1_order(unsigned long pfn);
unsigned long vfio_type1_external(struct vfio_dma *dma, dma_addr_t iova,
				  unsigned long npage);
int vfio_type1_account(struct vfio_dma *dma, unsigned long npage);
void vfio_type1_release(struct vfio_dma *dma, unsigned long npage);
void vfio_type1_over_limit(unsigned long limit);

#endif
