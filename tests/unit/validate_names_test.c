/* SPDX-License-Identifier: MIT */
/* Offloads by name: ethtool's short and long ones, the kernel's, and those that nobody knows. */
#include "check.h"

#include "../../cli/validate_names.c" /* NOLINT(bugprone-suspicious-include): the tests link the core alone */

static const char *const names[] = {"tx-scatter-gather",
                                    "tx-checksum-ipv4",
                                    NULL,
                                    "tx-tcp-segmentation",
                                    "tx-tcp6-segmentation",
                                    "rx-gro",
                                    "rx-gro-hw",
                                    "rx-gro-list",
                                    "tx-generic-segmentation",
                                    "tx-udp-segmentation",
                                    "tx-tcp-accecn-segmentation",
                                    "rx-lro",
                                    "tx-checksum-sctp",
                                    "tx-scatter-gather-fraglist"};

enum { COUNT = sizeof(names) / sizeof(names[0]) };

static void test_parse(void **state)
{
  static const struct {
    const char *list, *want; /* want: NULL where the word is unknown */
  } rows[] = {
      {"gro", "rx-gro"},
      {"generic-receive-offload", "rx-gro"},
      {"rx-gro-hw", "rx-gro-hw"},
      {"tso", "tx-tcp-segmentation, tx-tcp6-segmentation, tx-tcp-accecn-segmentation"},
      {"sg", "tx-scatter-gather, tx-scatter-gather-fraglist"},
      {"tx", "tx-checksum-ipv4, tx-checksum-sctp"},
      {"gso,gro", "rx-gro, tx-generic-segmentation"},
      {"gro,gro", "rx-gro"},
      {"ufo", ""}, /* this kernel has none */
      {NULL, "tx-tcp-segmentation, tx-tcp6-segmentation, rx-gro, rx-gro-hw, tx-generic-segmentation, "
             "tx-udp-segmentation, tx-tcp-accecn-segmentation, rx-lro"},
      {"", NULL},
      {"gro,", NULL},
      {",gro", NULL},
      {"gr", NULL},
      {"groo", NULL},
      {"GRO", NULL},
      {"gro tso", NULL},
      {"tx-tcp*-segmentation", NULL},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const char *row = rows[i].list ? rows[i].list : "default";
    uint32_t mask[WT_FEATURE_WORDS];
    char unknown[16] = "", text[256];
    bool known = validate_names_parse(rows[i].list, names, COUNT, mask, unknown, sizeof(unknown));

    check_int(row, known, rows[i].want != NULL);
    if (rows[i].want)
      check_text(row, validate_names_join(mask, names, COUNT, text, sizeof(text)), rows[i].want);
  }
  check_done();
}

static void test_unknown_is_named(void **state)
{
  uint32_t mask[WT_FEATURE_WORDS];
  char unknown[8];

  (void)state;
  check("second", !validate_names_parse("gro,frob,tso", names, COUNT, mask, unknown, sizeof(unknown)));
  check_text("second", unknown, "frob");
  check("long", !validate_names_parse("a-very-long-word", names, COUNT, mask, unknown, sizeof(unknown)));
  check_text("long", unknown, "a-very-");
  check_done();
}

static void test_what_is_there(void **state)
{
  /* tx-scatter-gather and rx-gro can be changed, tx-checksum-ipv4 is fixed, the others cannot be had. */
  const struct wt_features features = {.hw = {1u << 0 | 1u << 1 | 1u << 5}, .fixed = {1u << 1}};
  char text[256];

  (void)state;
  check_text("all", validate_names_there(&features, names, COUNT, text, sizeof(text)),
             "gro, sg, tx-scatter-gather, rx-gro");
  check_text("no room", validate_names_there(&features, names, COUNT, text, 8), "gro, sg");
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parse),
      cmocka_unit_test(test_unknown_is_named),
      cmocka_unit_test(test_what_is_there),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
