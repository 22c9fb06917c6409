/* SPDX-License-Identifier: MIT */
/*
 * A kernel that answers whatever the input says. The target's own sendmsg(), recvmsg() and ioctl() take the place of
 * the C library's, so that everything above them is what runs in the field: libnl, wt_netlink_request(), the parsers.
 */
#ifndef WT_FUZZ_KERNEL_H
#define WT_FUZZ_KERNEL_H

#include "fuzz.h"

/*
 * From here on the kernel answers out of the input: datagrams, each with its length in two octets before it, or with 0
 * an error, of which one octet is the number. Every request is ended when the input is. What asks for a family of
 * generic netlink gets it, as every kernel has it.
 */
void kernel_begin(const struct fuzz_input *input);
bool kernel_is_empty(void);

/* From here on the real kernel answers, and its answers are kept as such an input. */
void kernel_record(void);
/* The file of what was kept, the reader's octet before it. */
void kernel_write(const char *path, uint8_t reader);

#endif
