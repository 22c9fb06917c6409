/* SPDX-License-Identifier: MIT */
/* What everything that loads an eBPF program does the same way. */
#ifndef WT_BPF_LOAD_H
#define WT_BPF_LOAD_H

#include <bpf/libbpf.h>

#include "wiretruth.h"

/* For libbpf_set_print(): libbpf explains failures on standard error; the core speaks through struct wt_error only. */
int wt_bpf_silent(enum libbpf_print_level level, const char *format, va_list arguments);

/*
 * Says why a program of method exact was not loaded: -EPERM without CAP_BPF or where the kernel refuses it all the
 * same, -EOPNOTSUPP where it is the program that this kernel does not take.
 */
int wt_bpf_refused(int status, struct wt_error *error);

/* One more than the highest number that a CPU of this host may ever have; 0 if that cannot be told. Numbers may have
 * gaps, so there may be fewer CPUs. */
size_t wt_bpf_cpus(void);

/* Makes a packet socket run the program. */
int wt_bpf_attach(const struct bpf_program *program, int socket, struct wt_error *error);

#endif
