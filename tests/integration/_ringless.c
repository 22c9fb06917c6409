/* SPDX-License-Identifier: MIT */
/*
 * Loads the tap as on a kernel that has no ring (before Linux 5.8): without the map, and with the program told so. Or,
 * given the word "mirror", that of mirrors, with a ring. Exits with 0 if the kernel takes it. An older verifier looks
 * at more of a program than a newer one does.
 */
#include <stdio.h>
#include <string.h>

#include "bpf_load.h"
#include "tap_map.h"

#include "tap.skel.h"

int main(int argc, char **argv)
{
  struct tap *skeleton = tap__open();
  int status;

  if (!skeleton) {
    perror("ringless: the program cannot be opened");
    return 1;
  }
  if (argc > 1 && strcmp(argv[1], "mirror") == 0) {
    bpf_program__set_autoload(skeleton->progs.tap_raw, false);
    bpf_program__set_autoload(skeleton->progs.tap_cooked, false);
  } else {
    bpf_program__set_autoload(skeleton->progs.tap_mirror, false);
  }
  skeleton->rodata->has_ring = argc > 1;
  bpf_map__set_autocreate(skeleton->maps.samples, argc > 1);
  status = tap__load(skeleton);
  if (status)
    fprintf(stderr, "ringless: the kernel refuses it: %s\n", strerror(-status));
  else
    puts("loaded");
  tap__destroy(skeleton);
  return status != 0;
}
