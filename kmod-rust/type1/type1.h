/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the C of VFIO type1 and its Rust (CONFIG_VFIO_IOMMU_TYPE1_RUST) know of
 * each other.
 */
#ifndef VFIO_TYPE1_H
#define VFIO_TYPE1_H

#include <linux/types.h>

struct page;
struct vfio_dma;
struct vfio_domain;
struct vfio_iommu;

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
	dma_addr_t		iova;
	unsigned long		vaddr;
	unsigned long		npage;
	unsigned long		at_once;	/* most pages to map by one call */
	unsigned long		limit;		/* of locked pages */
	int			prot;
	bool			lock_cap;	/* the limit does not apply */
	bool			external;	/* dma has externally pinned pages */
};

/* What to unmap and to unpin */
struct vfio_unmap_unpin {
	struct vfio_domain	*domain;
	struct vfio_dma		*dma;
	dma_addr_t		iova;
	unsigned long		npage;
	int			prot;
	bool			has_rsvd;
	bool			external;	/* dma has externally pinned pages */
	bool			undo;		/* of a map that got not to its end */
};

/* In Rust. The caller holds the container's lock. */
int vfio_rust_pin_map(const struct vfio_pin_map *args,
		      struct vfio_batch *batch);
unsigned long vfio_rust_unmap_unpin(const struct vfio_unmap_unpin *args);

/* In C, for the Rust */
int vfio_type1_next_run(struct vfio_batch *batch, unsigned long vaddr,
			unsigned long npage, int prot);
bool vfio_type1_has_run(struct vfio_batch *batch);
int vfio_type1_map(const struct vfio_pin_map *args, dma_addr_t iova,
		   unsigned long pfn, unsigned long npage, bool rsvd);
size_t vfio_type1_extent(struct vfio_domain *domain, dma_addr_t iova,
			 size_t size, phys_addr_t *phys);
size_t vfio_type1_unmap(struct vfio_domain *domain, dma_addr_t iova,
			size_t size);
void vfio_type1_unpin(unsigned long pfn, unsigned long npage, bool dirty);
int vfio_type1_order(unsigned long pfn);
unsigned long vfio_type1_locked(void);
unsigned long vfio_type1_external(struct vfio_dma *dma, dma_addr_t iova,
				  unsigned long npage);
int vfio_type1_account(struct vfio_dma *dma, unsigned long npage);
void vfio_type1_release(struct vfio_dma *dma, unsigned long npage);
void vfio_type1_over_limit(unsigned long limit);

#endif
