/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * complete - Everything is said
 * @count: How many
 * @notify: Who is told
 *
 * Return: 0, or what went wrong.
 */
int complete(unsigned int count, void (*notify)(int done, void *data));

/**
 * forgotten_one - One is not said
 * @a: The first
 */
void forgotten_one(int a, const char *names[], int b);

/**
 * gone - One is said that is not there
 * @a: The first
 * @flags: They went away
 * @...: More
 */
static inline void gone(int a)
{
}

/**
 * says_nothing() - What comes back is not said
 * @a: The first
 */
struct result * __must_check says_nothing(int a) __must_hold(&lock);

/**
 * other_name - It was renamed
 * @a: The first
 */
void new_name(int a);

/**
 * FORMAT - A macro
 * @buf: Where to
 *
 * * Returns: nothing
 */
#define FORMAT(buf, fmt, ...) \
	sprintf(buf, fmt, ##__VA_ARGS__)

/**
 * NAMED - A macro
 * @args: What to print
 */
#define NAMED(args...) print(args)

/**
 * no_macro - A constant
 */
#define no_macro (1 + 2)

/** This is no kernel-doc comment. */
int not_looked_at(int a);

/**
 * This is none either
 */
int not_looked_at_either(int a);

/**
 * DOC: Text
 *
 * @nobody: looks at this
 */
int after_text(int a);

/**
 * sys_open_it - A system call
 * @path: Where
 */
SYSCALL_DEFINE2(open_it, const char __user *, path, int, flags)
{
}

/**
 * happened - An event
 * @when: At what time
 */
TRACE_EVENT(happened,
	TP_PROTO(int when, int where),
	TP_ARGS(when, where)
);

/**
 * @a: There is no title before it
 */
int untitled(int a);

/**
 * nothing_in - A function without parameters
 *
 * Context: Any.
 */
extern void nothing_in(void);

/**
 * typedef callback_t - A type of functions
 * @a: The first
 */
typedef int (*callback_t)(int a, void *data);
