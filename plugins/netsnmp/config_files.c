/* SPDX-License-Identifier: MIT */
#include "config_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netsnmp.h"

static int check(const char *path, struct wt_error *error)
{
  struct stat status;

  *error = (struct wt_error){0};
  if (stat(path, &status) || access(path, R_OK)) {
    error->code = -errno;
    snprintf(error->text, sizeof(error->text), "cannot read %.400s: %s", path, strerror(errno));
  } else if (!S_ISREG(status.st_mode)) {
    error->code = -EINVAL;
    snprintf(error->text, sizeof(error->text), "cannot read %.400s: it is not a regular file", path);
  }
  return error->code;
}

/* Takes the text that was there. NULL when memory ran out. */
static char *append(char *text, const char *more)
{
  char *longer = NULL;

  if (asprintf(&longer, "%s%s%s", text ? text : "", text ? "," : "", more) < 0)
    longer = NULL;
  free(text);
  return longer;
}

/* The absolute name of one, to be freed. */
static char *resolve(const char *name, struct wt_error *error)
{
  char *path = check(name, error) ? NULL : realpath(name, NULL);

  if (path && strchr(path, ',')) {
    *error = (struct wt_error){.code = -EINVAL};
    snprintf(error->text, sizeof(error->text), "cannot read %.400s: Net-SNMP takes a comma for the end of a name",
             path);
    free(path);
    path = NULL;
  }
  return path;
}

char *config_files_absolute(const char *list, struct wt_error *error)
{
  char *names = strdup(list), *rest = NULL, *absolute = NULL;
  const char *name = names ? strtok_r(names, ",", &rest) : NULL;

  *error = (struct wt_error){.code = -EINVAL, .text = "-c takes the name of a file"};
  for (; name; name = strtok_r(NULL, ",", &rest)) {
    char *path = resolve(name, error);

    if (!path) {
      free(absolute);
      absolute = NULL;
      break;
    }
    absolute = append(absolute, path);
    free(path);
  }
  free(names);
  return absolute;
}

void config_files_found(const char *application,
                        void (*each)(const char *path, const struct wt_error *error, void *context), void *context)
{
  static const char *const endings[] = {".conf", ".local.conf"};
  const char *configured = getenv("SNMPCONFPATH");
  char *directories = strdup(configured ? configured : get_configuration_directory()), *rest = NULL;

  for (const char *directory = directories ? strtok_r(directories, ":", &rest) : NULL; directory;
       directory = strtok_r(NULL, ":", &rest))
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
      char path[PATH_MAX];
      struct wt_error error;
      struct stat status;

      snprintf(path, sizeof(path), "%s/%s%s", directory, application, endings[i]);
      if (stat(path, &status) == 0)
        each(path, check(path, &error) ? &error : NULL, context);
    }
  free(directories);
}
