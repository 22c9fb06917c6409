/* SPDX-License-Identifier: MIT */
/*
 * wiretruth inside a Net-SNMP agent, whichever process that is: configuration tokens, then monitor and MIB. There is
 * one in a process, for Net-SNMP passes no context to the parsers of its configuration.
 */
#ifndef WT_SNMP_MODULE_H
#define WT_SNMP_MODULE_H

#include "wiretruth.h"

/* wiretruth.conf and wiretruth.local.conf, in whichever process. In snmpd.conf, lines with [wiretruth] before them. */
#define MODULE_FILES "wiretruth"

/*
 * Registers the configuration tokens. To be called between init_agent() and init_snmp(). An interval other than 0 is
 * the command line's and wins over PollInterval. 0 or -ENOMEM.
 */
int module_init(double interval);

/* Reads the files from Net-SNMP's search path, where the library does not do it. */
void module_read_files(void);

/*
 * To be called when the configuration has been read: from now on the tokens are passed over. Returns how many lines
 * were rejected; each is in the log.
 */
unsigned int module_configured(void);

/*
 * Opens the core and registers the MIB. connected: whether there is a master, to be looked at later, too; NULL where
 * this process is it. advice: how this process can have rights that a method lacks, for wtMethodReason, or NULL. Errors
 * as wt_open().
 */
int module_start(const bool *connected, const char *advice, struct wt_error *error);

/* To be called after that, where the process is our own: wt_give_up_rights(). */
int module_give_up_rights(uint64_t also, struct wt_error *error);

/*
 * While it runs, the configuration may be read again: first the tokens are for other settings; 0 or -ENOMEM. When all
 * is read they take the place of the others, unless there were complaints: then, and where the core does not take them,
 * all stays as it was, and the error says why.
 */
int module_reload_begin(void);
int module_reload(unsigned int complaints, struct wt_error *error);

/* To be called when there is a session with a master. Does nothing before module_start(). */
void module_connected(void);

/* Undoes everything, also half of it. May be called when the agent library has been shut down already. */
void module_stop(void);

#endif
