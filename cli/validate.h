/* SPDX-License-Identifier: MIT */
/* The parts of the command validate: the only one that changes anything, and so the one that has to put it back. */
#ifndef CLI_VALIDATE_H
#define CLI_VALIDATE_H

#include <jansson.h>

#include "cli.h"
#include "offload.h"
#include "offload_set.h"

/* ---- validate_options.c ---- */

struct validate_options {
  const char *interface;
  const char *turn_off; /* as given; NULL: what merges and cuts */
  double duration;      /* seconds of each of the two measurements */
  bool yes, json, restore, help;
};

/* 0, or an exit status after it has said what is wrong. */
int validate_options_parse(int argc, char **argv, struct validate_options *options);
void validate_help(FILE *out);

/* ---- validate_names.c: offloads by ethtool's short names, its long ones and the kernel's ---- */

#define VALIDATE_TEXT_SIZE 2048

/* "gro,tso" as feature bits; NULL: the default, which is all that merges or cuts. False: unknown gets the word. */
bool validate_names_parse(const char *list, const char *const *names, size_t count, uint32_t *mask, char *unknown,
                          size_t size);
/* "rx-gro, tx-tcp-segmentation". Returns text. */
const char *validate_names_join(const uint32_t *mask, const char *const *names, size_t count, char *text, size_t size);
/* What an interface has that can be turned off, short names first. Returns text. */
const char *validate_names_there(const struct wt_features *features, const char *const *names, size_t count, char *text,
                                 size_t size);

/* ---- validate_record.c: what is to be put back, as text ---- */

#define VALIDATE_FEATURES 256

struct validate_feature {
  int ifindex; /* of the interface itself, or of one that the kernel changed along with it */
  char name[40];
  bool wanted, active; /* before */
  bool along;          /* not asked for: the kernel changed it along */
};

struct validate_identity {
  char boot[40];             /* boot id: nothing is to be put back after the next one */
  unsigned long long netns;  /* inode of the network namespace */
  unsigned long long cookie; /* its number that is never used again; 0 before Linux 5.14 */
  int ifindex;
  char name[IFNAMSIZ];
  char driver[32];
  char address[68], permanent[68]; /* hexadecimal; empty where there is none */
};

struct validate_record {
  struct validate_identity interface;
  long pid;
  long long time; /* Unix */
  struct validate_feature features[VALIDATE_FEATURES];
  size_t feature_count;
};

void validate_record_write(FILE *out, const struct validate_record *record);
/* False where the text is damaged; line gets the number of the line that is. */
bool validate_record_read(FILE *in, struct validate_record *record, unsigned int *line);

/* ---- validate_identity.c ---- */

bool validate_identity_namespace(struct validate_identity *identity);
/* Of an interface of the calling thread's network namespace. False: there is none, or it cannot be asked. */
bool validate_identity_take(int ifindex, struct validate_identity *identity);
/* Whether it may be the same interface, in the same namespace or another. */
bool validate_identity_is(const struct validate_identity *recorded, const struct validate_identity *found);
bool validate_identity_same_namespace(const struct validate_identity *a, const struct validate_identity *b);
/* The interface, if it is in the calling thread's network namespace: its ifindex; 0 if it is not. */
int validate_identity_find(const struct validate_identity *recorded, struct validate_identity *found);

/* ---- validate_store.c: records and locks on disk ---- */

#define VALIDATE_PATH_SIZE 256

struct validate_store {
  char directory[VALIDATE_PATH_SIZE - 80];
  char lock_path[VALIDATE_PATH_SIZE];
  char record_path[VALIDATE_PATH_SIZE];
  int lock_fd; /* shared with the guard: the lock lasts as long as one of both lives */
};

/* 0 or an exit status after it has said what is wrong. */
int validate_store_open(struct validate_store *store);
int validate_store_lock(struct validate_store *store, const struct validate_identity *identity);
void validate_store_unlock(struct validate_store *store);
/* On disk when it returns true. Says what is wrong. */
bool validate_store_save(const struct validate_store *store, const struct validate_record *record);
bool validate_store_discard(const struct validate_store *store);

/* The record of this store's interface: 0, -ENOENT, or an exit status after it has said what is wrong. */
int validate_store_load(const struct validate_store *store, struct validate_record *record);

/* Takes one of the records that runs left which are over. */
typedef int validate_leftover_function(struct validate_store *store, const struct validate_record *record,
                                       void *context);
/* 0, the first status that call returned, or an exit status after it has said what is wrong. */
int validate_store_leftovers(const struct validate_store *store, validate_leftover_function *call, void *context);

/* ---- validate_watch.c: where an interface went ---- */

struct nl_sock;

struct validate_watch {
  struct nl_sock *socket;
  int ifindex;
  bool moved; /* into another network namespace */
};

bool validate_watch_open(struct validate_watch *watch, int ifindex);
void validate_watch_close(struct validate_watch *watch);
bool validate_watch_moved(struct validate_watch *watch);

/* ---- validate_change.c ---- */

struct validate_device {
  int ifindex;
  struct wt_offloads *offloads;
  struct wt_offload_setter *setter;
  const char *const *names;
  size_t name_count;
};

int validate_device_open(struct validate_device *device, int ifindex);
void validate_device_close(struct validate_device *device);
/* NULL: no such interface, or its features cannot be read, which error then tells. Holds until the next call. */
const struct wt_features *validate_device_features(struct validate_device *device, struct wt_error *error);

/* What is turned off: asked for, active, and wanted. The others: active and cannot be turned off. */
void validate_plan(const struct wt_features *features, const uint32_t *asked, uint32_t *targets, uint32_t *others);

void validate_record_targets(struct validate_record *record, const struct validate_device *device,
                             const struct wt_features *features, const uint32_t *targets);

/*
 * Turns the targets off. What else the kernel changed along goes into the record, which the caller saves. change: what
 * was refused and changed. 0 or a negative errno.
 */
int validate_turn_off(struct validate_device *device, struct validate_record *record, const uint32_t *targets,
                      struct wt_offload_change *change, struct wt_error *error);

enum validate_restored { VALIDATE_RESTORED, VALIDATE_GONE, VALIDATE_FAILED };

/* Puts back what the record has. With VALIDATE_FAILED, error tells the state. */
enum validate_restored validate_put_back(struct validate_device *device, const struct validate_record *record,
                                         struct wt_error *error);

/* ---- validate_settle.c ---- */

/* Puts back, discards the record, and says what came out. True: nothing is left to be put back. */
bool validate_settle(struct validate_device *device, struct validate_watch *watch, const struct validate_store *store,
                     const struct validate_record *record, const char *who);

/* ---- validate_guard.c ---- */

struct validate_guard {
  int pid;
  int fd; /* closed with the command, however that ends, by which the guard knows */
};

/*
 * Starts a process in a session of its own that puts back what the record on disk has when this process ends without a
 * word, or takes longer than patience, in seconds. Watches when it returns true. Says what is wrong.
 */
bool validate_guard_start(struct validate_guard *guard, struct validate_store *store, int ifindex, double patience);
/* Nothing is left to do for it: waits until it has ended. */
void validate_guard_end(struct validate_guard *guard);

/* ---- validate_observe.c ---- */

struct validate_phase {
  double seconds;
  enum wt_method method;
  char method_reason[256];
  struct wt_interface interface;                        /* without its features */
  struct wt_direction_report directions[WT_DIRECTIONS]; /* what it points to: it stays where it is */
  json_t *json;                                         /* the report, if it was asked for */
};

enum validate_end { VALIDATE_OBSERVED, VALIDATE_SIGNALLED, VALIDATE_NOT_OBSERVED };

/* Observes the interface for the duration. Says what went wrong, but not that a signal came. */
enum validate_end validate_observe(int ifindex, double duration, int signal_fd, bool with_json,
                                   struct validate_phase *phase);
/* SIGINT, SIGTERM, SIGHUP and SIGQUIT from now on only end a measurement; stopping the process is put off. -1: error.
 */
int validate_signals(void);
bool validate_signal_came(int signal_fd);
void validate_signals_end(int signal_fd);

/* ---- validate_compare.c: pure ---- */

enum validate_moved { VALIDATE_MOVED_UNKNOWN, VALIDATE_STAYED, VALIDATE_MOVED };

/* How one signal of one direction moved. */
enum validate_moved validate_compare(const struct wt_signal *before, const struct wt_signal *after);

enum validate_conclusion {
  VALIDATE_TOO_LITTLE, /* no verdict in one of both */
  VALIDATE_MET,        /* some misreported before, and all agree now */
  VALIDATE_PARTLY_MET, /* some of those that misreported agree now */
  VALIDATE_NOT_MET,    /* those that misreported still do */
  VALIDATE_PARTED,     /* agreed before, and misreports now */
  VALIDATE_NOTHING,    /* all agreed before and now */
};

enum validate_conclusion validate_conclude(const struct wt_interface *before, const struct wt_interface *after);
/* "met": the conclusion as JSON has it. */
const char *validate_conclusion_name(enum validate_conclusion conclusion);
const char *validate_moved_name(enum validate_moved moved);

/* ---- validate_print.c, validate_json.c ---- */

struct validate_result {
  const struct validate_record *record;
  const struct validate_phase *before, *after;
  const char *off;       /* what was off in the second measurement, by the kernel's names */
  const char *refused;   /* what the kernel did not turn off; "" */
  const char *disturbed; /* what somebody else turned on meanwhile; "" */
  bool restored;
};

void validate_print(FILE *out, const struct validate_result *result);
/* NULL when memory ran out. */
json_t *validate_json(const struct validate_result *result);

/* ---- validate_confirm.c ---- */

/* Says what will change and what that may cost. */
void validate_announce(const struct validate_identity *identity, double duration, const char *off, const char *fixed);
/* 0: go on; an exit status after it has said why not. */
int validate_confirm(const struct validate_options *options, const struct validate_identity *identity);

/* ---- validate_restore.c ---- */

/* validate --restore: an exit status. */
int validate_restore_all(void);

/* "rx-gro on, tx-tcp-segmentation on": what a record has to put back. Returns text. */
const char *validate_record_describe(const struct validate_record *record, char *text, size_t size);

#endif
