/* SPDX-License-Identifier: MIT */
/* The table of options that every skin offers, and which interfaces they select. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>

#include "config.h"

/* What a message of the core looks like before it was written to: a success must leave it alone. */
static const struct wt_error untouched = {.code = 12345, .text = "untouched"};

static struct wt_config *fresh(void)
{
  struct wt_config *config = wt_config_new();

  assert_non_null(config);
  return config;
}

static const struct wt_option *option_of(const char *name)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);

  for (size_t i = 0; i < count; i++)
    if (strcmp(options[i].name, name) == 0)
      return &options[i];
  fail_msg("no option %s", name);
  return NULL;
}

/* What holds for an interface that no block is for. */
static struct wt_settings settings_of(const struct wt_config *config)
{
  struct wt_settings settings;

  wt_config_settings(config, NULL, &settings);
  return settings;
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

static void table_has_the_documented_options(void **state)
{
  static const struct {
    const char *name, *default_value;
    bool repeatable;
  } expected[] = {
      {"Interface", "", true},
      {"IgnoreSelected", "false", false},
      {"ReportInactive", "true", false},
      {"Method", "auto", false},
      {"SamplesPerInterval", "10000", false},
      {"CPUBudget", "2", false},
      {"Tolerance", "1", false},
      {"Horizon", "300", false},
      {"Baseline", "", false},
      {"Application", "false", false},
      {"Series", "", false},
      {"SeriesQuery", "", false},
      {"SeriesCA", "", false},
      {"SeriesTimeout", "10", false},
      {"Mirror", "", true},
      {"WarningDivergence", "5", true},
      {"FailureDivergence", "20", true},
      {"Hysteresis", "2.5", false},
      {"Hold", "900", false},
  };
  size_t count;
  const struct wt_option *options = wt_options(&count);

  (void)state;
  assert_int_equal(count, CHECK_COUNT(expected));
  for (size_t i = 0; i < count; i++) {
    check_text(expected[i].name, options[i].name, expected[i].name);
    check_text(expected[i].name, options[i].default_value, expected[i].default_value);
    check_int(expected[i].name, options[i].repeatable, expected[i].repeatable);
    /* Man pages, --help and error messages put these into a sentence or a line. */
    check(expected[i].name, *options[i].argument && !strchr(options[i].argument, '\n'));
    check(expected[i].name, *options[i].help && !strchr(options[i].help, '\n'));
  }
  check_done();
}

/* A man page that prints the default must not print what the option refuses, or what it is not. */
static void defaults_are_taken_and_change_nothing(void **state)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);
  struct wt_config *config = fresh(), *plain = fresh();

  (void)state;
  for (size_t i = 0; i < count; i++) {
    struct wt_error error = untouched;

    if (options[i].repeatable)
      continue;
    check_int(options[i].name, wt_config_set(config, options[i].name, options[i].default_value, &error), 0);
    check_int(options[i].name, error.code, untouched.code);
    check_text(options[i].name, error.text, untouched.text);
  }
  check_int("IgnoreSelected", config->ignore_selected, plain->ignore_selected);
  check_int("ReportInactive", config->report_inactive, plain->report_inactive);
  check_int("Method", config->method, plain->method);
  check_int("SamplesPerInterval", config->samples_per_interval, plain->samples_per_interval);
  check_near("CPUBudget", config->cpu_budget, plain->cpu_budget, 0);
  check_near("Tolerance", settings_of(config).tolerance, settings_of(plain).tolerance, 0);
  check_near("Horizon", settings_of(config).horizon, settings_of(plain).horizon, 0);

  check("defaults", !plain->ignore_selected && plain->report_inactive && plain->pattern_count == 0);
  check_int("defaults", plain->method, WT_METHOD_AUTO);
  check_int("defaults", plain->samples_per_interval, 10000);
  check_near("defaults", plain->cpu_budget, 0.02, 0);
  check_near("defaults", settings_of(plain).tolerance, 0.01, 0);
  check_near("defaults", settings_of(plain).horizon, 300, 0);
  wt_config_free(config);
  wt_config_free(plain);
  check_done();
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* What is stored for an option, as a number. */
static double stored(const struct wt_config *config, const char *name)
{
  if (strcasecmp(name, "IgnoreSelected") == 0)
    return config->ignore_selected;
  if (strcasecmp(name, "ReportInactive") == 0)
    return wt_config_report_inactive(config);
  if (strcasecmp(name, "Method") == 0)
    return config->method;
  if (strcasecmp(name, "SamplesPerInterval") == 0)
    return config->samples_per_interval;
  if (strcasecmp(name, "CPUBudget") == 0)
    return config->cpu_budget;
  if (strcasecmp(name, "Tolerance") == 0)
    return settings_of(config).tolerance;
  if (strcasecmp(name, "Horizon") == 0)
    return settings_of(config).horizon;
  return (double)config->pattern_count;
}

static void good_values_are_stored(void **state)
{
  static const struct {
    const char *name, *value;
    double want;
  } rows[] = {
      {"Interface", "eth0", 1},
      {"Interface", "a", 1},
      {"Interface", "fifteen-octets.", 1}, /* the longest name that the kernel takes */
      {"Interface", "/^eth[0-9]+$/", 1},
      {"Interface", "/a/b/", 1}, /* a slash inside is the expression's own */
      {"Interface", "/(very|long|regular|expressions|are|longer|than|names)/", 1},
      {"IgnoreSelected", "true", 1},
      {"IgnoreSelected", "yes", 1},
      {"IgnoreSelected", "on", 1},
      {"IgnoreSelected", "1", 1},
      {"IgnoreSelected", "TRUE", 1},
      {"IgnoreSelected", "Yes", 1},
      {"ReportInactive", "false", 0},
      {"ReportInactive", "no", 0},
      {"ReportInactive", "off", 0},
      {"ReportInactive", "0", 0},
      {"ReportInactive", "False", 0},
      {"Method", "auto", WT_METHOD_AUTO},
      {"Method", "exact", WT_METHOD_EXACT},
      {"Method", "sample", WT_METHOD_SAMPLE},
      {"Method", "none", WT_METHOD_NONE},
      {"Method", "Exact", WT_METHOD_EXACT},
      {"SamplesPerInterval", "100", 100},
      {"SamplesPerInterval", "101", 101},
      {"SamplesPerInterval", "1000000", 1000000},
      {"SamplesPerInterval", "999999", 999999},
      {"CPUBudget", "0.001", 0.00001},
      {"cpubudget", "100", 1},
      {"Tolerance", "0.01", 0.0001},
      {"Tolerance", "50", 0.5},
      {"Tolerance", "2.5", 0.025},
      {"Horizon", "0.1", 0.1},
      {"Horizon", "86400", 86400},
      {"Horizon", "1.5", 1.5},
      /* Names are compared without regard to case, as collectd's are. */
      {"interface", "eth0", 1},
      {"METHOD", "none", WT_METHOD_NONE},
      {"samplesperinterval", "200", 200},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_config *config = fresh();
    struct wt_error error = untouched;
    char row[128];

    snprintf(row, sizeof(row), "%s '%s'", rows[i].name, rows[i].value);
    check_int(row, wt_config_set(config, rows[i].name, rows[i].value, &error), 0);
    check_near(row, stored(config, rows[i].name), rows[i].want, 1e-15);
    check_int(row, error.code, untouched.code);
    wt_config_free(config);
  }
  check_done();
}

static void bad_values_are_refused_by_name(void **state)
{
  static const struct {
    const char *name, *value;
  } rows[] = {
      {"Interface", ""},
      {"Interface", "sixteen-octets-x"}, /* one more than the kernel takes: it could never match */
      {"Interface", "eth0/1"},           /* a regular expression whose slashes went missing */
      {"Interface", "/eth"},
      {"Interface", "eth/"},
      {"Interface", "/"},
      {"IgnoreSelected", ""},
      {"IgnoreSelected", "2"},
      {"IgnoreSelected", "tru"},
      {"IgnoreSelected", "true "},
      {"IgnoreSelected", " true"},
      {"IgnoreSelected", "y"},
      {"ReportInactive", ""},
      {"ReportInactive", "none"},
      {"ReportInactive", "01"},
      {"Method", ""},
      {"Method", "ebpf"},
      {"Method", "exactly"},
      {"Method", "exact, sample"},
      {"Method", "unknown"}, /* the word for a number that is no method */
      {"Method", "1"},
      {"SamplesPerInterval", ""},
      {"SamplesPerInterval", "99"},
      {"SamplesPerInterval", "1000001"},
      {"SamplesPerInterval", "100.5"},
      {"SamplesPerInterval", "-100"},
      {"SamplesPerInterval", "0"},
      {"SamplesPerInterval", "10000000000000000000000"},
      {"SamplesPerInterval", "0x100"},
      {"SamplesPerInterval", "inf"},
      {"SamplesPerInterval", "nan"},
      {"SamplesPerInterval", "10k"},
      {"SamplesPerInterval", "10 000"},
      {"SamplesPerInterval", "1,000"},
      {"SamplesPerInterval", "1000 "},
      {"SamplesPerInterval", " 1000"},
      {"SamplesPerInterval", "1000\n"},
      {"SamplesPerInterval", "e3"},
      {"SamplesPerInterval", "1000-2"},
      {"SamplesPerInterval", "1000e"},
      {"CPUBudget", "0"},
      {"CPUBudget", "0.0009"},
      {"CPUBudget", "101"},
      {"CPUBudget", "2%"},
      {"Tolerance", "1.5.5"},
      {"Tolerance", ""},
      {"Tolerance", "0"},
      {"Tolerance", "0.0099"},
      {"Tolerance", "0.00999999999999"},
      {"Tolerance", "50.0000000001"},
      {"Tolerance", "51"},
      {"Tolerance", "-1"},
      {"Tolerance", "1%"},
      {"Tolerance", "1 %"},
      {"Tolerance", "1,5"},
      {"Tolerance", "inf"},
      {"Tolerance", "-inf"},
      {"Tolerance", "infinity"},
      {"Tolerance", "nan"},
      {"Tolerance", "nan(1)"},
      {"Tolerance", "0x1p0"},
      {"Tolerance", "1e999"},
      {"Horizon", ""},
      {"Horizon", "0.0999999999"},
      {"Horizon", "86400.001"},
      {"Horizon", "0"},
      {"Horizon", "-300"},
      {"Horizon", "300s"},
      {"Horizon", "5m"},
      {"Horizon", "NaN"},
      {"Horizon", "Inf"},
      {"Horizon", "0X12C"},
      {"Horizon", "+"},
      {"Horizon", "."},
      {"Horizon", "--1"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_option *option = option_of(rows[i].name);
    struct wt_config *config = fresh();
    double before = stored(config, rows[i].name);
    struct wt_error error = {0};
    char row[128], quoted[64];

    snprintf(row, sizeof(row), "%s '%s'", rows[i].name, rows[i].value);
    snprintf(quoted, sizeof(quoted), "'%s'", rows[i].value);
    check_int(row, wt_config_set(config, rows[i].name, rows[i].value, &error), -EINVAL);
    check_int(row, error.code, -EINVAL);
    check_contains(row, error.text, rows[i].name);
    check_contains(row, error.text, quoted);
    check_contains(row, error.text, option->argument);
    check_near(row, stored(config, rows[i].name), before, 0);
    /* What was refused was not given: the right value may follow. */
    if (!option->repeatable)
      check_int(row, wt_config_set(config, rows[i].name, option->default_value, &error), 0);
    check_int(row, wt_config_set(config, rows[i].name, rows[i].value, NULL), option->repeatable ? -EINVAL : -EEXIST);
    wt_config_free(config);
  }
  check_done();
}

static void a_bad_expression_says_what_is_wrong_with_it(void **state)
{
  static const struct {
    const char *value, *why; /* of regerror() */
  } rows[] = {{"/[a/", "["}, {"/(/", "("}, {"/a{2,1}/", "nvalid"}, {"/[[:nothing:]]/", "class"}};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_config *config = fresh();
    struct wt_error error = {0};
    char quoted[64];
    const char *rest;

    snprintf(quoted, sizeof(quoted), "'%s'", rows[i].value);
    check_int(rows[i].value, wt_config_set(config, "Interface", rows[i].value, &error), -EINVAL);
    check_contains(rows[i].value, error.text, "Interface");
    check_contains(rows[i].value, error.text, "POSIX extended regular expression");
    rest = strstr(error.text, quoted);
    check(rows[i].value, rest);
    if (rest)
      check_contains(rows[i].value, rest + strlen(quoted), rows[i].why);
    check_int(rows[i].value, config->pattern_count, 0);
    /* The list stays usable. */
    check_int(rows[i].value, wt_config_set(config, "Interface", "eth0", &error), 0);
    check(rows[i].value, wt_config_selects(config, "eth0") && !wt_config_selects(config, "eth1"));
    wt_config_free(config);
  }
  check_done();
}

/* The sentence has to fit whatever the value: what would be right comes last, and is what the user needs. */
static void a_long_value_leaves_room_for_what_is_right(void **state)
{
  struct wt_config *config = fresh();
  struct wt_error error = {0};
  char value[400];

  (void)state;
  memset(value, 'x', sizeof(value));
  value[sizeof(value) - 1] = '\0';
  check_int("Interface", wt_config_set(config, "Interface", value, &error), -EINVAL);
  check_contains("Interface", error.text, option_of("Interface")->argument);
  check_int("Method", wt_config_set(config, "Method", value, &error), -EINVAL);
  check_contains("Method", error.text, option_of("Method")->argument);
  check_int("no such option", wt_config_set(config, value, "1", &error), -ENOENT);
  check_contains("no such option", error.text, "Horizon");
  wt_config_free(config);
  check_done();
}

static void only_repeatable_options_are_taken_twice(void **state)
{
  static const struct {
    const char *name, *first, *second;
  } rows[] = {
      {"IgnoreSelected", "true", "false"},
      {"ReportInactive", "false", "true"},
      {"Method", "sample", "exact"},
      {"SamplesPerInterval", "500", "501"},
      {"Tolerance", "3", "4"},
      {"Horizon", "10", "11"},
      {"Baseline", "/etc/a", "/etc/b"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_config *config = fresh();
    struct wt_error error = {0};
    char quoted[64];
    double first;

    snprintf(quoted, sizeof(quoted), "'%s'", rows[i].second);
    check_int(rows[i].name, wt_config_set(config, rows[i].name, rows[i].first, &error), 0);
    first = stored(config, rows[i].name);
    check_int(rows[i].name, wt_config_set(config, rows[i].name, rows[i].second, &error), -EEXIST);
    check_int(rows[i].name, error.code, -EEXIST);
    check_contains(rows[i].name, error.text, rows[i].name);
    check_contains(rows[i].name, error.text, quoted);
    check_contains(rows[i].name, error.text, "once");
    check_near(rows[i].name, stored(config, rows[i].name), first, 0);
    check_int(rows[i].name, wt_config_set(config, rows[i].name, rows[i].first, NULL), -EEXIST);
    wt_config_free(config);
  }
  check_done();
}

static void an_unknown_option_names_the_known_ones(void **state)
{
  static const char *const names[] = {"Interfaces", "Interfac", "", "horizon ", "Ignore Selected", "Sampling"};
  size_t count;
  const struct wt_option *options = wt_options(&count);

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(names); i++) {
    struct wt_config *config = fresh();
    struct wt_error error = {0};
    char quoted[64];

    snprintf(quoted, sizeof(quoted), "'%s'", names[i]);
    check_int(quoted, wt_config_set(config, names[i], "1", &error), -ENOENT);
    check_int(quoted, error.code, -ENOENT);
    check_contains(quoted, error.text, quoted);
    for (size_t known = 0; known < count; known++)
      check_contains(quoted, error.text, options[known].name);
    check_int(quoted, wt_config_set(config, names[i], "1", NULL), -ENOENT);
    wt_config_free(config);
  }
  check_done();
}

/* ---- selection ------------------------------------------------------------------------------------------------- */

enum { MOST_PATTERNS = 4 };

struct selection {
  const char *patterns[MOST_PATTERNS + 1];
  const char *ignore; /* NULL: left at its default */
  const char *interface;
  bool selected;
};

static void set_patterns(struct wt_config *config, const char *row, const char *const *patterns)
{
  for (size_t i = 0; patterns[i]; i++)
    check_int(row, wt_config_set(config, "Interface", patterns[i], NULL), 0);
}

/*
 * As collectd's ignorelist: without an entry everything is collected, whatever IgnoreSelected says; else what an entry
 * matches is collected or, with IgnoreSelected, what none matches. Plain entries are whole names, in their case;
 * expressions match anywhere.
 */
static void selection_is_that_of_an_ignorelist(void **state)
{
  static const struct selection rows[] = {
      {{NULL}, NULL, "eth0", true},
      {{NULL}, "false", "eth0", true},
      {{NULL}, "true", "eth0", true},
      {{NULL}, "true", "lo", true},

      {{"eth0"}, NULL, "eth0", true},
      {{"eth0"}, NULL, "eth1", false},
      {{"eth0"}, NULL, "eth00", false},
      {{"eth0"}, NULL, "eth", false},
      {{"eth0"}, NULL, "ETH0", false},
      {{"eth0"}, "false", "eth0", true},
      {{"eth0"}, "false", "eth1", false},
      {{"eth0"}, "true", "eth0", false},
      {{"eth0"}, "true", "eth1", true},
      {{"eth0"}, "true", "eth00", true},
      {{"eth."}, NULL, "eth.", true}, /* a plain name has no special characters */
      {{"eth."}, NULL, "eth0", false},

      {{"/^eth/"}, NULL, "eth0", true},
      {{"/^eth/"}, NULL, "veth0", false},
      {{"/eth/"}, NULL, "veth0", true}, /* not anchored */
      {{"/eth/"}, NULL, "wlan0", false},
      {{"/eth/"}, NULL, "ETH0", false},
      {{"/^eth/"}, "true", "eth0", false},
      {{"/^eth/"}, "true", "veth0", true},
      {{"/^(eth|wlan)[0-9]+$/"}, NULL, "wlan12", true}, /* extended: alternatives, + */
      {{"/^(eth|wlan)[0-9]+$/"}, NULL, "wlan", false},
      {{"/./"}, NULL, "anything", true},
      {{"/./"}, "true", "anything", false},

      {{"eth0", "lo"}, NULL, "eth0", true},
      {{"eth0", "lo"}, NULL, "lo", true},
      {{"eth0", "lo"}, NULL, "eth1", false},
      {{"eth0", "lo"}, "true", "eth0", false},
      {{"eth0", "lo"}, "true", "lo", false},
      {{"eth0", "lo"}, "true", "eth1", true},
      {{"lo", "/^veth/", "eth0"}, NULL, "veth7", true},
      {{"lo", "/^veth/", "eth0"}, NULL, "eth0", true},
      {{"lo", "/^veth/", "eth0"}, NULL, "eth1", false},
      {{"lo", "/^veth/", "eth0"}, "true", "veth7", false},
      {{"lo", "/^veth/", "eth0"}, "true", "eth0", false},
      {{"lo", "/^veth/", "eth0"}, "true", "eth1", true},
      {{"eth0", "eth0"}, NULL, "eth0", true},
      {{"eth0", "/^eth0$/"}, "true", "eth0", false},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    /* A configuration file may have the options in any order. */
    for (int ignore_first = 0; ignore_first < 2; ignore_first++) {
      struct wt_config *config = fresh(), *copy;
      char row[128];

      snprintf(row, sizeof(row), "row %zu: '%s'%s, IgnoreSelected %s, '%s'", i,
               rows[i].patterns[0] ? rows[i].patterns[0] : "", rows[i].patterns[0] && rows[i].patterns[1] ? "…" : "",
               rows[i].ignore ? rows[i].ignore : "not given", rows[i].interface);
      if (!ignore_first)
        set_patterns(config, row, rows[i].patterns);
      if (rows[i].ignore)
        check_int(row, wt_config_set(config, "IgnoreSelected", rows[i].ignore, NULL), 0);
      if (ignore_first)
        set_patterns(config, row, rows[i].patterns);
      check_int(row, wt_config_selects(config, rows[i].interface), rows[i].selected);
      copy = wt_config_copy(config);
      assert_non_null(copy);
      wt_config_free(config);
      check_int(row, wt_config_selects(copy, rows[i].interface), rows[i].selected);
      wt_config_free(copy);
    }
  }
  check_done();
}

/* To collectd two slashes are not an expression but a name that no interface can have. */
static void two_slashes_do_not_select_everything(void **state)
{
  struct wt_config *config = fresh();
  struct wt_error error = {0};
  int status = wt_config_set(config, "Interface", "//", &error);

  (void)state;
  check("refused, or nothing is selected", status == -EINVAL || (status == 0 && !wt_config_selects(config, "eth0")));
  wt_config_free(config);
  check_done();
}

static void many_patterns_are_all_kept(void **state)
{
  struct wt_config *config = fresh(), *copy;
  char name[IFNAMSIZ];

  (void)state;
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof(name), i % 3 ? "eth%d" : "/^br%d$/", i);
    check_int(name, wt_config_set(config, "Interface", name, NULL), 0);
  }
  copy = wt_config_copy(config);
  assert_non_null(copy);
  check_int("count", copy->pattern_count, 300);
  wt_config_free(config);
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof(name), i % 3 ? "eth%d" : "br%d", i);
    check(name, wt_config_selects(copy, name));
    snprintf(name, sizeof(name), i % 3 ? "br%d" : "eth%d", i);
    check(name, !wt_config_selects(copy, name));
  }
  wt_config_free(copy);
  check_done();
}

static void the_baseline_is_the_name_of_a_file(void **state)
{
  struct wt_config *config = fresh(), *copy;
  struct wt_error error = {0};
  char longest[5000];

  (void)state;
  check("none", !config->baseline);
  memset(longest, 'a', sizeof(longest) - 1);
  longest[sizeof(longest) - 1] = '\0';
  check_int("too long", wt_config_set(config, "Baseline", longest, &error), -EINVAL);
  check_contains("too long", error.text, option_of("Baseline")->argument);
  check("too long", !config->baseline);
  check_int("file", wt_config_set(config, "baseline", "/etc/wire truth.baseline", NULL), 0);
  check_text("file", config->baseline, "/etc/wire truth.baseline");
  copy = wt_config_copy(config);
  assert_non_null(copy);
  check_text("copy", copy->baseline, config->baseline);
  check("copy", copy->baseline != config->baseline);
  wt_config_free(copy);
  wt_config_free(config);
  check_done();
}

static void a_copy_is_the_same_and_its_own(void **state)
{
  static const struct {
    const char *name, *value;
  } rows[] = {
      {"IgnoreSelected", "true"}, {"ReportInactive", "false"}, {"Method", "sample"}, {"SamplesPerInterval", "12345"},
      {"CPUBudget", "7"},         {"Tolerance", "2"},          {"Horizon", "60"}};
  struct wt_config *config = fresh(), *copy;

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++)
    check_int(rows[i].name, wt_config_set(config, rows[i].name, rows[i].value, NULL), 0);
  check_int("Interface", wt_config_set(config, "Interface", "eth0", NULL), 0);
  copy = wt_config_copy(config);
  assert_non_null(copy);
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    check_near(rows[i].name, stored(copy, rows[i].name), stored(config, rows[i].name), 0);
    /* What was given stays given. */
    check_int(rows[i].name, wt_config_set(copy, rows[i].name, rows[i].value, NULL), -EEXIST);
  }
  check_int("Interface", wt_config_set(copy, "Interface", "eth1", NULL), 0);
  check("the original keeps its list", wt_config_selects(config, "eth1") && !wt_config_selects(copy, "eth1"));
  wt_config_free(config);
  wt_config_free(copy);
  wt_config_free(NULL);
  check_done();
}

/* ---- thresholds of alerts --------------------------------------------------------------------------------------- */

/* Percent, as the options have it; INFINITY: off. */
static double threshold_of(const struct wt_config *config, const char *interface, enum wt_level level,
                           enum wt_signal_id signal)
{
  struct wt_settings settings;

  wt_config_settings(config, interface, &settings);
  return 100 * settings.divergence[level][signal];
}

struct thresholds {
  const char *options[6]; /* "Name value"; "PATTERN Name value" in a block */
  double warning[WT_SIGNALS], failure[WT_SIGNALS];
};

/* Sets one "Name value", or "PATTERN Name value". */
static int set_line(struct wt_config *config, const char *line, struct wt_error *error)
{
  char words[3][64] = {"", "", ""};
  int count = sscanf(line, "%63s %63s %63s", words[0], words[1], words[2]);

  return count == 3 ? wt_config_set_for(config, words[0], words[1], words[2], error)
                    : wt_config_set(config, words[0], words[1], error);
}

#define OFF INFINITY

static void check_threshold(const char *row, double got, double want)
{
  if (isinf(want))
    check(row, isinf(got));
  else
    check_near(row, got, want, 1e-9);
}

static void thresholds_are_those_that_were_asked_for(void **state)
{
  static const struct thresholds rows[] = {
      {{NULL}, {5, OFF, 5}, {20, OFF, 20}},
      {{"WarningDivergence 8"}, {8, OFF, 8}, {20, OFF, 20}},
      {{"WarningDivergence counter=8"}, {8, OFF, 5}, {20, OFF, 20}},
      {{"WarningDivergence 8", "WarningDivergence series=3"}, {8, OFF, 3}, {20, OFF, 20}},
      {{"WarningDivergence series=3", "WarningDivergence 8"}, {8, OFF, 3}, {20, OFF, 20}},
      {{"WarningDivergence capture=50"}, {5, 50, 5}, {20, OFF, 20}},
      {{"WarningDivergence capture=50", "FailureDivergence Capture=90"}, {5, 50, 5}, {20, 90, 20}},
      {{"FailureDivergence capture=90"}, {5, OFF, 5}, {20, 90, 20}},
      /* Who switches warnings off, does not want a default for failures. */
      {{"WarningDivergence off"}, {OFF, OFF, OFF}, {OFF, OFF, OFF}},
      {{"warningdivergence counter=no"}, {OFF, OFF, 5}, {OFF, OFF, 20}},
      {{"WarningDivergence false", "FailureDivergence 30"}, {OFF, OFF, OFF}, {30, OFF, 30}},
      {{"FailureDivergence off"}, {5, OFF, 5}, {OFF, OFF, OFF}},
      /* A default stands back. */
      {{"WarningDivergence 30"}, {30, OFF, 30}, {OFF, OFF, OFF}},
      {{"FailureDivergence 3"}, {OFF, OFF, OFF}, {3, OFF, 3}},
      {{"WarningDivergence 3", "FailureDivergence 3"}, {3, OFF, 3}, {3, OFF, 3}},
      {{"WarningDivergence counter=0.01", "FailureDivergence counter=1000"}, {0.01, OFF, 5}, {1000, OFF, 20}},
      /* In a block: what it does not set is as outside, whichever comes first. */
      {{"eth0 WarningDivergence 2", "WarningDivergence series=8"}, {2, OFF, 2}, {20, OFF, 20}},
      {{"eth0 WarningDivergence counter=2", "WarningDivergence 8"}, {2, OFF, 8}, {20, OFF, 20}},
      {{"eth0 WarningDivergence off", "WarningDivergence capture=50"}, {OFF, OFF, OFF}, {OFF, OFF, OFF}},
      {{"eth0 WarningDivergence 7", "WarningDivergence capture=50"}, {7, 50, 7}, {20, OFF, 20}},
      {{"eth1 WarningDivergence 7", "eth0 Hold 1"}, {5, OFF, 5}, {20, OFF, 20}},
      /* A name before expressions, and of those the first. One block holds. */
      {{"/^eth/ WarningDivergence 1", "/eth0/ WarningDivergence 2"}, {1, OFF, 1}, {20, OFF, 20}},
      {{"/^eth/ WarningDivergence 1", "eth0 WarningDivergence 2"}, {2, OFF, 2}, {20, OFF, 20}},
      {{"/^eth/ WarningDivergence 1", "eth0 FailureDivergence 30"}, {5, OFF, 5}, {30, OFF, 30}},
      {{"/eth1/ WarningDivergence 1"}, {5, OFF, 5}, {20, OFF, 20}},
      {{"eth0 WarningDivergence counter=1", "eth0 WarningDivergence series=2", "eth0 FailureDivergence 4"},
       {1, OFF, 2},
       {4, OFF, 4}},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_config *config = fresh(), *copy;
    struct wt_error error = untouched;
    char row[64];

    for (size_t j = 0; j < CHECK_COUNT(rows[i].options) && rows[i].options[j]; j++)
      check_int(rows[i].options[j], set_line(config, rows[i].options[j], &error), 0);
    copy = wt_config_copy(config);
    assert_non_null(copy);
    wt_config_free(config);
    snprintf(row, sizeof(row), "row %zu", i);
    for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
      check_threshold(row, threshold_of(copy, "eth0", WT_LEVEL_WARNING, signal), rows[i].warning[signal]);
      check_threshold(row, threshold_of(copy, "eth0", WT_LEVEL_FAILURE, signal), rows[i].failure[signal]);
    }
    check_int(row, wt_config_check(copy, &error), 0);
    check_text(row, error.text, untouched.text);
    wt_config_free(copy);
  }
  check_done();
}

static void thresholds_that_make_no_sense_are_told(void **state)
{
  static const struct {
    const char *first, *second;
    int status;
    const char *part;
  } rows[] = {
      {NULL, "WarningDivergence 0", -EINVAL, "option WarningDivergence: '0' is not valid; it takes a percentage"},
      {NULL, "WarningDivergence 1001", -EINVAL, "'1001'"},
      {NULL, "WarningDivergence counters=5", -EINVAL, "'counters=5'"},
      {NULL, "WarningDivergence wire=5", -EINVAL, "counter=, capture= or series="},
      {NULL, "WarningDivergence =5", -EINVAL, "'=5'"},
      {NULL, "WarningDivergence counter=", -EINVAL, "'counter='"},
      {NULL, "WarningDivergence counter=5%", -EINVAL, "'counter=5%'"},
      {NULL, "WarningDivergence counter=5=6", -EINVAL, "'counter=5=6'"},
      {NULL, "WarningDivergence counter", -EINVAL, "'counter'"},
      {NULL, "FailureDivergence nan", -EINVAL, "option FailureDivergence: 'nan'"},
      {NULL, "FailureDivergence true", -EINVAL, "'true'"},
      {"WarningDivergence 5", "WarningDivergence 6", -EEXIST, "'6': given twice for all signals"},
      {"WarningDivergence counter=5", "WarningDivergence COUNTER=6", -EEXIST, "'COUNTER=6': given twice for counter"},
      {"eth0 WarningDivergence 5", "eth0 WarningDivergence off", -EEXIST, "'off': given twice"},
      {"eth0 Hold 5", "eth0 Hold 6", -EEXIST, "option Hold: given twice, the second time with '6'"},
      {NULL, "Hysteresis -1", -EINVAL,
       "option Hysteresis: '-1' is not valid; it takes percentage points from 0 to 100"},
      {NULL, "Hysteresis 101", -EINVAL, "'101'"},
      {NULL, "Hold 86401", -EINVAL, "option Hold: '86401' is not valid; it takes seconds from 0 to 86400"},
      {NULL, "Hold 5m", -EINVAL, "'5m'"},
      {NULL, "eth0 Method none", -EINVAL,
       "option Method: an interface cannot have one of its own; it can have Tolerance, Horizon, WarningDivergence, "
       "FailureDivergence, Hysteresis, Hold"},
      {NULL, "eth0 Interface eth1", -EINVAL, "option Interface: an interface cannot"},
      {NULL, "eth0 Holdd 5", -ENOENT, "no such option: 'Holdd'; there are Tolerance, Horizon, Warning"},
      {NULL, "eth0/1 Hold 5", -EINVAL, "option Interface: 'eth0/1' is not valid"},
      {NULL, "/eth(/ Hold 5", -EINVAL, "option Interface: '/eth(/' is not a POSIX extended regular expression"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_config *config = fresh();
    struct wt_error error = {0};

    if (rows[i].first)
      check_int(rows[i].first, set_line(config, rows[i].first, NULL), 0);
    check_int(rows[i].second, set_line(config, rows[i].second, &error), rows[i].status);
    check_int(rows[i].second, error.code, rows[i].status);
    check_contains(rows[i].second, error.text, rows[i].part);
    check_int(rows[i].second, config->block_count, rows[i].first && rows[i].first[0] == 'e' ? 1 : 0);
    check_int(rows[i].second, wt_config_check(config, NULL), 0);
    wt_config_free(config);
  }
  check_done();
}

static void a_failure_below_its_warning_is_told(void **state)
{
  static const struct {
    const char *lines[3];
    const char *text;
  } rows[] = {
      {{"FailureDivergence counter=4", "WarningDivergence 5"},
       "option FailureDivergence: 4 % for counter is below WarningDivergence, 5 %; it has to be as much or more"},
      {{"WarningDivergence capture=50", "FailureDivergence capture=40.5"},
       "option FailureDivergence: 40.5 % for capture is below WarningDivergence, 50 %; it has to be as much or more"},
      {{"FailureDivergence 20", "eth0 WarningDivergence series=30"},
       "option FailureDivergence: 20 % for series of the interface eth0 is below WarningDivergence, 30 %; it has to be "
       "as much or more"},
      {{"WarningDivergence 5", "FailureDivergence 20", "/^eth/ FailureDivergence 2"},
       "option FailureDivergence: 2 % for counter of the interface /^eth/ is below WarningDivergence, 5 %; it has to "
       "be "
       "as much or more"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_config *config = fresh();
    struct wt_error error = {0};
    struct wt *wt = NULL;

    for (size_t j = 0; j < CHECK_COUNT(rows[i].lines) && rows[i].lines[j]; j++)
      check_int(rows[i].lines[j], set_line(config, rows[i].lines[j], &error), 0);
    check_int(rows[i].text, wt_config_check(config, &error), -EINVAL);
    check_text(rows[i].text, error.text, rows[i].text);
    error = untouched;
    check_int(rows[i].text, wt_open(&wt, config, &error), -EINVAL);
    check_text(rows[i].text, error.text, rows[i].text);
    wt_config_free(config);
  }
  check_done();
}

static void an_interface_has_its_own_horizon(void **state)
{
  struct wt_config *config = fresh();
  struct wt_settings settings;

  (void)state;
  check_near("shortest", wt_config_shortest_horizon(config), 300, 0);
  check_int("block", wt_config_set_for(config, "/^eth/", "horizon", "20", NULL), 0);
  check_int("block", wt_config_set_for(config, "/^eth/", "Tolerance", "2", NULL), 0);
  check_int("block", wt_config_set_for(config, "lo", "Hold", "0", NULL), 0);
  check_int("block", wt_config_set_for(config, "lo", "Hysteresis", "0", NULL), 0);
  check_int("outside", wt_config_set(config, "Horizon", "60", NULL), 0);
  check_int("outside", wt_config_set(config, "Hold", "100", NULL), 0);
  check_int("a mistake makes no block", wt_config_set_for(config, "eth7", "Hold", "5m", NULL), -EINVAL);
  wt_config_settings(config, "eth7", &settings);
  check("eth7", settings.horizon == 20 && settings.hold == 100);
  check_near("eth7", settings.tolerance, 0.02, 0);
  check_near("eth7", settings.hysteresis, 0.025, 0);
  wt_config_settings(config, "lo", &settings);
  check("lo", settings.horizon == 60 && settings.hold == 0 && settings.hysteresis == 0);
  check_near("lo", settings.tolerance, 0.01, 0);
  check_near("shortest", wt_config_shortest_horizon(config), 20, 0);
  check("a block selects nothing", wt_config_selects(config, "wlan0"));
  wt_config_free(config);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_has_the_documented_options),
      cmocka_unit_test(defaults_are_taken_and_change_nothing),
      cmocka_unit_test(good_values_are_stored),
      cmocka_unit_test(bad_values_are_refused_by_name),
      cmocka_unit_test(a_bad_expression_says_what_is_wrong_with_it),
      cmocka_unit_test(a_long_value_leaves_room_for_what_is_right),
      cmocka_unit_test(only_repeatable_options_are_taken_twice),
      cmocka_unit_test(an_unknown_option_names_the_known_ones),
      cmocka_unit_test(selection_is_that_of_an_ignorelist),
      cmocka_unit_test(two_slashes_do_not_select_everything),
      cmocka_unit_test(many_patterns_are_all_kept),
      cmocka_unit_test(the_baseline_is_the_name_of_a_file),
      cmocka_unit_test(a_copy_is_the_same_and_its_own),
      cmocka_unit_test(thresholds_are_those_that_were_asked_for),
      cmocka_unit_test(thresholds_that_make_no_sense_are_told),
      cmocka_unit_test(a_failure_below_its_warning_is_told),
      cmocka_unit_test(an_interface_has_its_own_horizon),
  };

  return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
