/* SPDX-License-Identifier: MIT */
/*
 * What the core does when memory runs out: at each allocation of what one of these does, that one alone and that one
 * and all after it.
 *
 *   starve [--stride N] [--offset N] SCENARIO DIRECTORY
 *
 * Each time in a process of its own, whose result must be: no crash, an end within a minute, a sentence with every
 * error, nothing left allocated or open, and the same done again with memory there succeeds, with the figures that are
 * right. In a network namespace of its own, in which lo is up. DIRECTORY has baseline, metrics, answer, trace.pcap and
 * trace.pcapng. With --stride only each Nth allocation fails, from the one of --offset on.
 *
 * Prints a line for each failure, and "SCENARIO: allocations=N runs=N failed=N".
 */
#include "_allocator.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include "baseline.h"
#include "compare.h"
#include "config.h"
#include "exposition.h"
#include "series_query.h"
#include "trace_report.h"
#include "wiretruth.h"

enum { DATAGRAMS = 40, POLLS = 3, SECONDS = 60 };

/* What a scenario works with. */
struct world {
  struct wt_config *config, *other;
  struct wt *wt;
  struct wt_report *copy;
  uint64_t sent; /* datagrams on lo since it was opened */
  char *wrong;   /* what was found, NULL if nothing */
};

static char directory[256];
static char wrong[1024];
static bool apart; /* in a child: what it gives up nobody else wants */

static bool blame(struct world *world, const char *what)
{
  if (!world->wrong) {
    snprintf(wrong, sizeof(wrong), "%s", what);
    world->wrong = wrong;
  }
  return false;
}

static const char *path_of(const char *name)
{
  static char path[512];

  snprintf(path, sizeof(path), "%s/%s", directory, name);
  return path;
}

/* ---- traffic ---- */

/* To a socket that is there, so that nothing comes back; each went through the stack once it was received. */
static bool send_datagrams(struct world *world)
{
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof(to);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  char octet = 0;
  bool good =
      fd >= 0 && bind(fd, (struct sockaddr *)&to, length) == 0 && getsockname(fd, (struct sockaddr *)&to, &length) == 0;

  for (int i = 0; i < DATAGRAMS && good; i++)
    good = sendto(fd, &octet, 1, 0, (struct sockaddr *)&to, length) == 1 && recv(fd, &octet, 1, 0) == 1;
  if (fd >= 0)
    close(fd);
  world->sent += good ? DATAGRAMS : 0;
  return good || blame(world, "the traffic failed");
}

/* A change of links: what is observed is read anew. */
static void change_links(void)
{
  struct ifreq request = {.ifr_name = "lo"};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (ioctl(fd, SIOCGIFTXQLEN, &request) == 0) {
    request.ifr_qlen ^= 1;
    ioctl(fd, SIOCSIFTXQLEN, &request);
  }
  close(fd);
}

/* ---- configurations ---- */

/* What a configuration is made of here, each with one that is its own. */
static const char *const common_options[][2] = {
    {"Interface", "/^(lo|sit0|veth.*)$/"}, {"Horizon", "60"}, {"Application", "true"},
    {"WarningDivergence", "counter=8"},    {"Hold", "0"},
};

static int set_files(struct wt_config *config, struct wt_error *error)
{
  char text[600];
  int status;

  snprintf(text, sizeof(text), "file:%s", path_of("metrics"));
  status = wt_config_set(config, "Series", text, error);
  if (!status)
    status = wt_config_set(config, "Baseline", path_of("baseline"), error);
  return status;
}

static int fill(struct wt_config *config, const char *method, struct wt_error *error)
{
  int status = wt_config_set(config, "Method", method, error);

  for (size_t i = 0; i < sizeof(common_options) / sizeof(common_options[0]) && !status; i++)
    status = wt_config_set(config, common_options[i][0], common_options[i][1], error);
  if (!status)
    status = wt_config_set_for(config, "lo", "Tolerance", "2", error);
  if (!status)
    status = wt_config_set_for(config, "/^ve/", "WarningDivergence", "9", error);
  if (!status)
    status = set_files(config, error);
  return status ? status : wt_config_check(config, error);
}

static bool configure(struct world *world, const char *method)
{
  struct wt_error error;

  world->config = wt_config_new();
  return (world->config && fill(world->config, method, &error) == 0) || blame(world, "it could not be configured");
}

/* ---- what a report has to be ---- */

static const struct wt_interface *loopback(const struct wt_report *report)
{
  for (size_t i = 0; report && i < report->interface_count; i++)
    if (strcmp(report->interfaces[i].name, "lo") == 0)
      return &report->interfaces[i];
  return NULL;
}

static bool is_false(enum wt_verdict verdict)
{
  return verdict == WT_VERDICT_UNDER_REPORTS || verdict == WT_VERDICT_OVER_REPORTS;
}

/* Whatever has failed before: no figure is wrong, and what is missing has its reason. */
static bool judge_report(struct world *world, const struct wt_report *report)
{
  const struct wt_interface *lo = loopback(report);

  if (!lo)
    return blame(world, "lo is not in the report");
  if (report->method != WT_METHOD_EXACT && !report->method_reason[0])
    return blame(world, "a lesser method without a reason");
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    const struct wt_direction_report *is = lo->direction[direction];

    if (is_false(is->counter.signal.verdict) || is_false(is->capture.verdict) || is_false(is->series.verdict))
      return blame(world, "a false verdict");
    if (report->method == WT_METHOD_SAMPLE) /* its bounds are missed at times */
      continue;
    if (wt_known(is->wire.low) && is->wire.low > world->sent)
      return blame(world, "more frames on the wire than were sent");
    if (wt_known(is->wire.high) && is->wire.high < world->sent && isnan(lo->discontinuity) &&
        !strstr(is->counter.signal.reason, "cannot be read"))
      return blame(world, "fewer frames on the wire than were sent, and no discontinuity");
  }
  return true;
}

/* With memory there all is there again. */
static bool is_whole(struct world *world, const struct wt_report *report)
{
  const struct wt_interface *lo = loopback(report);

  if (!lo->features)
    return blame(world, "no offload features");
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    const struct wt_direction_report *is = lo->direction[direction];

    if (!wt_known(is->counter.signal.frames))
      return blame(world, "no counter");
    /* libpcap shows what is transmitted on lo as received alone. */
    if (report->method == WT_METHOD_EXACT && !wt_known(is->packets))
      return blame(world, "no capture");
  }
  return true;
}

static bool poll_well(struct world *world)
{
  const struct wt_report *report;
  struct wt_error error = {0};

  if (wt_poll(world->wt, &report, &error)) {
    fprintf(stderr, "  %s\n", error.text);
    return blame(world, "the next poll failed");
  }
  return judge_report(world, report) && is_whole(world, report);
}

/* ---- scenarios ---- */

static int open_it(struct world *world, struct wt_error *error)
{
  return wt_open(&world->wt, world->config, error);
}

static bool then_open(struct world *world, int status)
{
  struct wt_error error = {0};

  if (status && wt_open(&world->wt, world->config, &error)) {
    fprintf(stderr, "  %s\n", error.text);
    return blame(world, "it cannot be opened afterwards");
  }
  world->sent = 0;
  return send_datagrams(world) && poll_well(world) && send_datagrams(world) && poll_well(world);
}

static bool is_opened(struct world *world)
{
  struct wt_error error;

  if (wt_open(&world->wt, world->config, &error))
    return blame(world, "it could not be opened");
  return send_datagrams(world) && poll_well(world) && send_datagrams(world);
}

static bool for_exact(struct world *world)
{
  return configure(world, "exact");
}

static bool for_auto(struct world *world)
{
  return configure(world, "auto");
}

static bool for_sample(struct world *world)
{
  return configure(world, "sample");
}

static bool for_none(struct world *world)
{
  return configure(world, "none");
}

static bool exact_opened(struct world *world)
{
  return for_exact(world) && is_opened(world);
}

static bool sample_opened(struct world *world)
{
  return for_sample(world) && is_opened(world);
}

static bool none_opened(struct world *world)
{
  return for_none(world) && is_opened(world);
}

static int poll_it(struct world *world, struct wt_error *error)
{
  const struct wt_report *report;
  int status = 0;

  for (int i = 0; i < POLLS; i++) {
    struct wt_error said = {0};
    int failed;

    if (i == 1)
      change_links();
    failed = wt_poll(world->wt, &report, &said);
    if (failed && report)
      blame(world, "a report of a poll that failed");
    if (failed && !status) {
      status = failed;
      *error = said;
    }
    if (failed && !said.text[0])
      blame(world, "an error without a sentence");
  }
  return status;
}

static bool then_poll(struct world *world, int status)
{
  (void)status;
  return poll_well(world) && send_datagrams(world) && poll_well(world);
}

/* An interface appears when every right but the one to make it is given up. */
static bool give_up_rights(struct world *world)
{
  struct wt_error error = {0};

  (void)!system("ip link delete veth-late 2>/dev/null"); // NOLINT(cert-env33-c,concurrency-mt-unsafe)
  return is_opened(world) && (!apart || wt_give_up_rights(world->wt, UINT64_C(1) << CAP_NET_ADMIN, &error) == 0 ||
                              blame(world, error.text));
}

static bool exact_bare(struct world *world)
{
  return for_exact(world) && give_up_rights(world);
}

static bool sample_bare(struct world *world)
{
  return for_sample(world) && give_up_rights(world);
}

static int late_it(struct world *world, struct wt_error *error)
{
  allocator.armed = false;
  if (system("ip link add veth-late up type veth peer name veth-peer &&" // NOLINT(cert-env33-c,concurrency-mt-unsafe)
             "ip link set veth-peer up"))
    blame(world, "no interface could be made");
  allocator.armed = true;
  return poll_it(world, error);
}

static bool then_late(struct world *world, int status)
{
  const struct wt_report *report;
  struct wt_error error = {0};
  size_t captured = 0;

  if (!then_poll(world, status) || wt_poll(world->wt, &report, &error))
    return blame(world, error.text);
  for (size_t i = 0; i < report->interface_count; i++)
    if (strncmp(report->interfaces[i].name, "veth-", 5) == 0)
      captured += wt_known(report->interfaces[i].direction[WT_RX]->packets);
  return captured == 2 || blame(world, "an interface that has appeared is not captured");
}

/* Another series, another baseline, other interfaces; and back. */
static int reconfigure_it(struct world *world, struct wt_error *error)
{
  const struct wt_report *report;
  int status = wt_reconfigure(world->wt, world->other, error);

  return status ? status : wt_poll(world->wt, &report, error);
}

static bool for_reconfigure(struct world *world)
{
  struct wt_error error;

  if (!exact_opened(world))
    return false;
  world->other = wt_config_new();
  return (world->other && wt_config_set(world->other, "Method", "exact", &error) == 0 &&
          wt_config_set(world->other, "Application", "true", &error) == 0 &&
          wt_config_set_for(world->other, "lo", "Horizon", "30", &error) == 0) ||
         blame(world, "no other configuration");
}

static bool then_reconfigure(struct world *world, int status)
{
  struct wt_error error;

  (void)status;
  return poll_well(world) &&
         (wt_reconfigure(world->wt, world->config, &error) == 0 || blame(world, "it cannot go back")) &&
         then_poll(world, 0);
}

static int no_memory(struct wt_error *error)
{
  *error = (struct wt_error){-ENOMEM, "NULL, which says it"};
  return -ENOMEM;
}

static int copy_it(struct world *world, struct wt_error *error)
{
  const struct wt_report *report;
  int status = wt_poll(world->wt, &report, error);

  if (status)
    return status;
  world->copy = wt_report_copy(report);
  return world->copy ? 0 : no_memory(error);
}

static bool then_copy(struct world *world, int status)
{
  struct wt_error error;

  if (status && copy_it(world, &error))
    return blame(world, "no copy afterwards");
  return judge_report(world, world->copy);
}

/* Every option is given, and a thing of each kind that is none. */
static int configure_it(struct world *world, struct wt_error *error)
{
  struct wt_rule rule;
  int status;

  world->other = wt_config_new();
  if (!world->other)
    return no_memory(error);
  status = fill(world->other, "exact", error);
  if (!status)
    status = wt_config_set(world->other, "Mirror", "lo=sit0", error);
  if (!status)
    status = wt_config_set(world->other, "SeriesCA", path_of("baseline"), error);
  if (!status && wt_config_set(world->other, "Interface", "/[/", error) == 0)
    blame(world, "an expression that is none was taken");
  wt_rule_of_options(world->other, WT_PLACE_OF_ALL, WT_COUNTER, WT_SEVERITY_WARNING, &rule);
  return status;
}

static bool then_configure(struct world *world, int status)
{
  (void)status;
  wt_config_free(world->other);
  world->other = NULL;
  return configure(world, "exact");
}

static int baseline_it(struct world *world, struct wt_error *error)
{
  char *text = NULL, *read = NULL;
  int status = wt_baseline_read(path_of("baseline"), &read, error);

  if (!status)
    status = wt_baseline_record(world->wt, read, &text, error);
  if (!status)
    status = wt_baseline_write(path_of("written"), text, error);
  free(text);
  free(read);
  return status;
}

/* Written as a whole or not at all, and nothing beside it. */
static bool then_baseline(struct world *world, int status)
{
  struct wt_error error = {0};
  char *text = NULL;

  (void)status;
  if (access(path_of("written"), F_OK) == 0 && wt_baseline_read(path_of("written"), &text, &error)) {
    fprintf(stderr, "  %s\n", error.text);
    return blame(world, "half a baseline was written");
  }
  free(text);
  return baseline_it(world, &error) == 0 || blame(world, "no baseline afterwards");
}

static int follow_it(struct world *world, struct wt_error *error)
{
  const struct wt_rule rule = {
      .interfaces = "/^lo$/", .directions = {true, true}, .rising = 0.02, .falling = 0.01, .startup = 3};
  const struct wt_report *report;
  struct wt_rule_watch *watch;
  size_t count;
  int status = wt_poll(world->wt, &report, error);

  if (!status)
    status = wt_rule_watch_new(&watch, &rule, error);
  if (status)
    return status;
  for (int i = 0; i < POLLS && report; i++) {
    wt_rule_watch_follow(watch, report, &count);
    if (wt_poll(world->wt, &report, error))
      break;
  }
  wt_rule_watch_end(watch, &count);
  wt_rule_watch_free(watch);
  *error = (struct wt_error){0};
  return 0;
}

static int read_trace(const char *name, uint64_t *packets, struct wt_error *error)
{
  struct wt_trace_account *account;
  struct wt_trace_packet packet;
  struct wt_trace *trace;
  int status = wt_trace_open(&trace, path_of(name), error);

  if (status)
    return status;
  account = wt_trace_account_new();
  while (account && (status = wt_trace_next(trace, &packet, error)) == 1)
    wt_trace_account_add(account, &packet);
  if (!account)
    status = no_memory(error);
  else
    *packets = wt_trace_account_end(account, trace)->packets;
  wt_trace_account_free(account);
  wt_trace_close(trace);
  return status;
}

static int trace_it(struct world *world, struct wt_error *error)
{
  uint64_t packets, more;
  int status = read_trace("trace.pcap", &packets, error);

  if (!status)
    status = read_trace("trace.pcapng", &more, error);
  if (!status && packets != more)
    blame(world, "the two forms of one capture differ");
  return status;
}

static bool then_trace(struct world *world, int status)
{
  struct wt_error error;

  (void)status;
  return trace_it(world, &error) == 0 || blame(world, "it cannot be read afterwards");
}

static int compare(struct world *world, const char *a, const char *b, struct wt_error *error)
{
  const struct wt_comparison *result;
  struct wt_compare *compare;
  int status = wt_compare_open(&compare, a, b, error);

  if (status)
    return status;
  status = wt_compare_finish(compare, &result, error);
  for (size_t i = 0; !status && i < result->flow_count; i++)
    if (result->flows[i].explained)
      blame(world, "one capture differs from itself");
  wt_compare_close(compare);
  return status;
}

static int compare_files(struct world *world, struct wt_error *error)
{
  char other[600];

  snprintf(other, sizeof(other), "%s", path_of("trace.pcapng"));
  return compare(world, path_of("trace.pcap"), other, error);
}

static int compare_interfaces(struct world *world, struct wt_error *error)
{
  return compare(world, "lo", "lo", error);
}

static bool then_compare_files(struct world *world, int status)
{
  struct wt_error error;

  (void)status;
  return compare_files(world, &error) == 0 || blame(world, "no comparison afterwards");
}

static bool then_compare_interfaces(struct world *world, int status)
{
  struct wt_error error = {0};

  (void)status;
  for (int i = 0; i < 20; i++)
    if (compare_interfaces(world, &error) != -EAGAIN) /* the host was busy */
      break;
  return error.code == 0 || blame(world, error.text);
}

/* ---- answers of a series ---- */

static char text[1 << 20];

static size_t read_text(const char *name)
{
  int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text));

  close(fd);
  return length < 0 ? 0 : (size_t)length;
}

static int exposition_it(struct world *world, struct wt_error *error)
{
  size_t length = read_text("metrics");
  struct wt_series_table *table = wt_series_table_new();
  struct wt_exposition *exposition = table ? wt_exposition_new(table) : NULL;
  int status = exposition ? wt_exposition_read(exposition, text, length, error) : no_memory(error);

  if (!status)
    status = wt_exposition_end(exposition, error);
  if (!status && wt_series_table_count(table) == 0)
    blame(world, "an exposition without a device");
  wt_exposition_free(exposition);
  wt_series_table_free(table);
  return status;
}

static int answer_it(struct world *world, struct wt_error *error)
{
  size_t length = read_text("answer");
  struct wt_series_table *table = wt_series_table_new();
  char *expression = wt_series_query_expression("{}", 60);
  int status = table && expression ? wt_series_query_read(text, length, table, error) : no_memory(error);

  if (!status && wt_series_table_count(table) == 0)
    blame(world, "an answer without a device");
  free(expression);
  wt_series_table_free(table);
  return status;
}

static bool then_parse(struct world *world, int status)
{
  struct wt_error error;

  (void)status;
  return (exposition_it(world, &error) == 0 && answer_it(world, &error) == 0) || blame(world, "no answer afterwards");
}

static bool nothing(struct world *world)
{
  (void)world;
  return true;
}

static const struct scenario {
  const char *name;
  bool (*prepare)(struct world *world);
  int (*act)(struct world *world, struct wt_error *error);
  bool (*check)(struct world *world, int status);
} scenarios[] = {
    {"config", nothing, configure_it, then_configure},
    {"open-exact", for_exact, open_it, then_open},
    {"open-auto", for_auto, open_it, then_open},
    {"open-sample", for_sample, open_it, then_open},
    {"open-none", for_none, open_it, then_open},
    {"poll-exact", exact_opened, poll_it, then_poll},
    {"poll-sample", sample_opened, poll_it, then_poll},
    {"poll-none", none_opened, poll_it, then_poll},
    {"late-exact", exact_bare, late_it, then_late},
    {"late-sample", sample_bare, late_it, then_late},
    {"reconfigure", for_reconfigure, reconfigure_it, then_reconfigure},
    {"copy", exact_opened, copy_it, then_copy},
    {"rules", exact_opened, follow_it, then_poll},
    {"baseline", exact_opened, baseline_it, then_baseline},
    {"trace", nothing, trace_it, then_trace},
    {"compare-files", nothing, compare_files, then_compare_files},
    {"compare-interfaces", nothing, compare_interfaces, then_compare_interfaces},
    {"exposition", nothing, exposition_it, then_parse},
    {"answer", nothing, answer_it, then_parse},
};

/* ---- one run ---- */

static size_t descriptors(void)
{
  DIR *open_files = opendir("/proc/self/fd");
  size_t count = 0;

  while (open_files && readdir(open_files))
    count++;
  if (open_files)
    closedir(open_files);
  return count;
}

static void clear(struct world *world)
{
  wt_report_free(world->copy);
  wt_close(world->wt);
  wt_config_free(world->config);
  wt_config_free(world->other);
}

static void check_error(struct world *world, int status, const struct wt_error *error)
{
  if (status && (!error->text[0] || strnlen(error->text, WT_ERROR_TEXT) == WT_ERROR_TEXT))
    blame(world, "an error without a sentence");
  if (status > 0)
    blame(world, "an error that is not negative");
  if (status && getenv("STARVE_SENTENCES"))
    fprintf(stderr, "%d %s\n", status, error->text);
}

/* Returns how many allocations there were while it acted. */
static uint64_t run(const struct scenario *scenario, uint64_t first, bool all, struct world *world)
{
  struct wt_error error = {0};
  uint64_t before = allocator.number;
  size_t open_before = descriptors(), left;
  int status;

  if (scenario->prepare(world)) {
    allocator.first = first;
    allocator.all = all;
    allocator.armed_count = 0;
    allocator.armed = true;
    status = scenario->act(world, &error);
    allocator.armed = false;
    check_error(world, status, &error);
    scenario->check(world, status);
    if (first == 0 && status)
      blame(world, error.text);
  }
  clear(world);
  left = allocated_since(before, &before);
  if (left) {
    blame(world, "memory is not freed");
    fprintf(stderr, "  %zu allocations are left, the first is number %llu\n", left, (unsigned long long)before);
    allocator.shown = before;
  }
  if (descriptors() != open_before)
    blame(world, "a descriptor is open");
  return allocator.armed_count;
}

struct result {
  uint64_t allocations;
  uint64_t shown;
  bool good;
  char text[128];
};

/* In a child, since it may crash. */
static struct result run_apart(const struct scenario *scenario, uint64_t first, bool all, const struct result *before)
{
  struct result result = {0};
  int ends[2], status;
  pid_t child;

  if (pipe(ends))
    exit(2);
  fflush(stdout);
  child = fork();
  if (child == 0) {
    struct world world = {0};

    apart = true;
    alarm(SECONDS);
    close(ends[0]);
    allocator.shown = before ? before->shown : 0;
    allocator.telling = before != NULL;
    result.allocations = run(scenario, first, all, &world);
    result.shown = allocator.shown;
    result.good = !world.wrong;
    snprintf(result.text, sizeof(result.text), "%s", world.wrong ? world.wrong : "");
    (void)!write(ends[1], &result, sizeof(result));
    _exit(0);
  }
  close(ends[1]);
  if (read(ends[0], &result, sizeof(result)) != sizeof(result))
    snprintf(result.text, sizeof(result.text), "it ended before its result");
  close(ends[0]);
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status))
    snprintf(result.text, sizeof(result.text), "it ended with signal %d", WTERMSIG(status));
  result.good = result.good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return result;
}

static bool try_one(const struct scenario *scenario, uint64_t first, bool all)
{
  struct result result = run_apart(scenario, first, all, NULL);

  if (result.good)
    return true;
  printf("%s: allocation %llu%s: %s\n", scenario->name, (unsigned long long)first, all ? " and all after it" : "",
         result.text);
  fflush(stdout);
  /* Once more, to see from where it came. */
  run_apart(scenario, first, all, &result);
  return false;
}

static int run_all(const struct scenario *scenario, uint64_t stride, uint64_t offset)
{
  uint64_t runs = 0, failed = 0;
  struct result whole;
  void *frame;

  /* What is allocated once for good is none of this: by the libraries, and for printing where something came from. */
  backtrace(&frame, 1);
  for (int i = 0; i < 2; i++) {
    struct world world = {0};

    run(scenario, 0, false, &world);
  }
  allocator.shown = 0;
  whole = run_apart(scenario, 0, false, NULL);
  if (!whole.good) {
    printf("%s: without any failure: %s\n", scenario->name, whole.text);
    failed++;
  }
  for (uint64_t first = 1 + offset % stride; first <= whole.allocations; first += stride)
    for (int all = 0; all < 2; all++) {
      runs++;
      failed += !try_one(scenario, first, all != 0);
    }
  printf("%s: allocations=%llu runs=%llu failed=%llu\n", scenario->name, (unsigned long long)whole.allocations,
         (unsigned long long)runs, (unsigned long long)failed);
  return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
  static const struct option options[] = {
      {"stride", required_argument, NULL, 's'}, {"offset", required_argument, NULL, 'o'}, {0}};
  uint64_t stride = 1, offset = 0;
  int option;

  while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
    if (option == 's')
      stride = strtoull(optarg, NULL, 10);
    else if (option == 'o')
      offset = strtoull(optarg, NULL, 10);
    else
      return 2;
  }
  if (argc - optind != 2 || stride == 0)
    return 2;
  snprintf(directory, sizeof(directory), "%s", argv[optind + 1]);
  for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
    if (strcmp(scenarios[i].name, argv[optind]) == 0)
      return run_all(&scenarios[i], stride, offset);
  return 2;
}
