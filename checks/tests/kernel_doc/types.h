/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * struct all - All kinds of members
 * @a: A number
 * @b: Bits
 * @d: An array
 * @inner: With a name
 * @inner.x: A part of it
 * @inner.z: Not a part of it
 * @y: Of something without a name
 * @map: A bitmap
 * @cb: A function
 */
struct all {
	int a, *undescribed;
	unsigned int b:1, c:2;
	unsigned int :4;
	char d[16];
	struct {
		int x;
	} inner;
	union {
		int y;
		struct {
			int deep;
		};
	};
	DECLARE_BITMAP(map, 64);
	int (*cb)(int a,
		  int b);
	/** @inline_one: Described here */
	int inline_one;
	/**
	 * @inline_two: Described here, in
	 * several lines
	 */
	int inline_two;
#ifdef CONFIG_MORE
	int configured;
#endif
	struct_group(grouped,
		int g;
		int h;
	);
	/* private: nobody has to know */
	int hidden;
	/* public: everybody has to */
	int shown; /* at the end */
	u8 data[] __counted_by(a);
} __packed;

/**
 * struct old_name - It was renamed
 * @a: A number
 */
struct new_name {
	int a;
	int b;
};

/**
 * union both - One of two
 * @a: The first
 */
union both {
	int a;
	long b;
};

/**
 * enum colour - Colours
 * @RED: Like this
 * @BLUE: Not there any more
 */
enum colour {
	RED = BIT(0),
	GREEN, /* not described */
};

/**
 * typedef number_t - A number
 */
typedef unsigned long number_t;

/**
 * typedef letter_t - A letter
 */
typedef unsigned char other_t;

/**
 * var limit - How much at most
 */
extern int limit;

/**
 * struct typedefed - Without a tag
 * @a: The first
 */
typedef struct {
	int a;
	int b;
} typedefed;
