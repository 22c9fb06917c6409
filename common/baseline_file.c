/* SPDX-License-Identifier: MIT */
/* A baseline as text, and that text as a file. */
#include "baseline_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

/* As the kernel follows at most. */
#define LINKS_MAX 40

/* ---- formatting ---- */

static const char introduction[] =
    "# The state of interfaces that this host is meant to have: wiretruth(1), baseline.\n"
    "# What does not stand here is not compared.\n";

/* Words of the kernel's as they may stand in a line: the rest of the octets as \xHH. */
static void put_text(FILE *out, const char *text)
{
  for (; *text; text++)
    if ((*text != ' ' && !isgraph((unsigned char)*text)) || *text == '#' || *text == '\\')
      fprintf(out, "\\x%02x", (unsigned char)*text);
    else
      fputc(*text, out);
}

static void put_above(FILE *out, const char *above, const char *indent)
{
  while (above && *above) {
    size_t length = strcspn(above, "\n");

    fprintf(out, "%s%.*s\n", length ? indent : "", (int)length, above);
    above += length + (above[length] == '\n');
  }
}

static void put_behind(FILE *out, const char *behind)
{
  if (behind)
    fprintf(out, "  %s", behind);
  fputc('\n', out);
}

/* The interface that comments are taken from: of the same name, or the same one under its former name. */
static const struct wt_baseline_interface *before(const struct wt_baseline_record *record,
                                                  const struct wt_baseline_interface *interface)
{
  const struct wt_baseline_interface *found = wt_baseline_find(record, interface->name);
  const char *address = wt_baseline_address(interface);

  for (size_t i = 0; i < record->interface_count && !found && address; i++) {
    const char *other = wt_baseline_address(&record->interfaces[i]);

    if (other && strcmp(other, address) == 0)
      found = &record->interfaces[i];
  }
  return found;
}

static void put_interface(FILE *out, const struct wt_baseline_interface *interface,
                          const struct wt_baseline_interface *commented)
{
  fputc('\n', out);
  put_above(out, commented ? commented->above : NULL, "");
  fputs("interface ", out);
  put_text(out, interface->name);
  put_behind(out, commented ? commented->behind : NULL);
  for (size_t i = 0; i < interface->item_count; i++) {
    const struct wt_baseline_item *item = &interface->items[i];
    const struct wt_baseline_item *old = commented ? wt_baseline_find_item(commented, item) : NULL;

    put_above(out, old ? old->above : NULL, "  ");
    fputs(item->fact == WT_FACT_FEATURE ? "  feature " : "  ", out);
    put_text(out, item->name);
    fputc(' ', out);
    put_text(out, item->value);
    put_behind(out, old ? old->behind : NULL);
  }
}

void wt_baseline_format(FILE *out, const struct wt_baseline_interface *interfaces, size_t count,
                        const struct wt_baseline_record *comments)
{
  put_above(out, comments ? comments->head : introduction, "");
  fputs("wiretruth-baseline 1", out);
  put_behind(out, comments ? comments->behind_head : NULL);
  for (size_t i = 0; interfaces && i < count; i++)
    put_interface(out, &interfaces[i], comments ? before(comments, &interfaces[i]) : NULL);
  if (comments && comments->tail) {
    fputc('\n', out);
    put_above(out, comments->tail, "");
  }
}

/* ---- reading ---- */

static int read_all(int fd, char **text, size_t *length)
{
  size_t room = 1 << 16;
  ssize_t got = 1;
  char *buffer = malloc(room);

  *length = 0;
  while (buffer && got != 0) {
    if (*length == room) {
      bool large = room >= WT_BASELINE_LARGEST;
      char *larger = large ? NULL : realloc(buffer, room *= 2);

      if (!larger) {
        free(buffer);
        return large ? -EFBIG : -ENOMEM;
      }
      buffer = larger;
    }
    got = read(fd, buffer + *length, room - *length);
    if (got < 0 && errno != EINTR) {
      int error = -errno;

      free(buffer);
      return error;
    }
    *length += got > 0 ? (size_t)got : 0;
  }
  *text = buffer;
  return buffer ? 0 : -ENOMEM;
}

int wt_baseline_load(const char *file, char **text, size_t *length, struct wt_error *error)
{
  bool standard = strcmp(file, "-") == 0;
  int fd = standard ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat is;
  int status;

  *text = NULL;
  if (fd < 0)
    return wt_fail(error, -errno, "baseline %.120s cannot be read: %s", file, strerror(errno));
  /* Another kind of file might keep an agent waiting. */
  if (!standard && (fstat(fd, &is) || !S_ISREG(is.st_mode)))
    status = wt_fail(error, -EISDIR, "baseline %.120s cannot be read: it is not a regular file", file);
  else
    status = read_all(fd, text, length);
  close(fd);
  if (status && status != -EISDIR)
    wt_fail(error, status, "baseline %.120s cannot be read: %s", file, strerror(-status));
  return status;
}

int wt_text_end(FILE *out, char **text)
{
  bool failed = ferror(out) != 0;

  /* The last thing that closing does is to fit the memory to the text: where that fails, nothing says so. */
  if (fclose(out) == 0 && !failed && *text)
    return 0;
  free(*text);
  *text = NULL;
  return -ENOMEM;
}

int wt_baseline_read(const char *file, char **text, struct wt_error *error)
{
  struct wt_baseline_record record;
  struct wt_error damage = {0};
  char *raw;
  size_t length;
  FILE *out;
  int status = wt_baseline_load(file, &raw, &length, error);

  if (!raw)
    return status;
  status = wt_baseline_parse(raw, length, &record, &damage);
  free(raw);
  if (status)
    return wt_fail(error, status, "baseline %.60s, %.180s", file, damage.text);
  out = open_memstream(text, &length);
  if (out)
    wt_baseline_format(out, record.interfaces, record.interface_count, &record);
  if (!out || wt_text_end(out, text))
    status = wt_fail(error, -ENOMEM, "out of memory");
  wt_baseline_clear(&record);
  return status;
}

/* ---- writing ---- */

static int write_all(int fd, const char *text)
{
  size_t length = strlen(text);

  while (length) {
    ssize_t written = write(fd, text, length);

    if (written < 0 && errno != EINTR)
      return -errno;
    if (written > 0) {
      text += written;
      length -= (size_t)written;
    }
  }
  return fsync(fd) ? -errno : 0;
}

/* As the file before had them; a new one is readable by all whom the umask lets. */
static int set_mode(int fd, const struct stat *old)
{
  mode_t mask = 0;

  if (old) {
    /* Not everybody may give a file away; then the group or the owner is the writer's. */
    if (fchown(fd, old->st_uid, old->st_gid))
      (void)!fchown(fd, (uid_t)-1, old->st_gid);
    return fchmod(fd, old->st_mode & 07777) ? -errno : 0;
  }
  mask = umask(077);
  umask(mask);
  return fchmod(fd, 0644 & ~mask) ? -errno : 0;
}

/* A rename is safe only once the directory is. */
static void sync_directory(char *path)
{
  char *slash = strrchr(path, '/');
  int fd;

  if (slash)
    slash[slash == path] = '\0';
  fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    (void)fsync(fd);
    close(fd);
  }
}

static int replace(const char *target, const char *text, const struct stat *old)
{
  const char *slash = strrchr(target, '/');
  int directory = slash ? (int)(slash - target) + 1 : 0;
  char *temporary = NULL;
  int fd, status;

  if (asprintf(&temporary, "%.*s.%sXXXXXX", directory, target, "wiretruth-") < 0)
    return -ENOMEM;
  fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0) {
    status = -errno;
    free(temporary);
    return status;
  }
  status = set_mode(fd, old);
  if (status == 0)
    status = write_all(fd, text);
  if (close(fd) && status == 0)
    status = -errno;
  if (status == 0 && rename(temporary, target))
    status = -errno;
  if (status)
    unlink(temporary);
  else
    sync_directory(temporary);
  free(temporary);
  return status;
}

/* Where the link points to, which need not be there; NULL if it is no link. */
static char *pointed_to(const char *link)
{
  char content[PATH_MAX];
  ssize_t length = readlink(link, content, sizeof(content));
  const char *slash = strrchr(link, '/');
  char *path = NULL;

  if (length <= 0 || length == (ssize_t)sizeof(content))
    return NULL;
  /* What is relative is so to the directory of the link. */
  if (asprintf(&path, "%.*s%.*s", content[0] != '/' && slash ? (int)(slash - link) + 1 : 0, link, (int)length,
               content) < 0)
    return NULL;
  return path;
}

/* What stands at the end of symbolic links, of a file that is not there yet, too. NULL and errno if that cannot be
 * told.
 */
static char *resolve(const char *file)
{
  char *path = realpath(file, NULL);

  if (path || errno != ENOENT)
    return path;
  path = strdup(file);
  for (int links = 0; path && links < LINKS_MAX; links++) {
    char *next = pointed_to(path);

    if (!next)
      return path;
    free(path);
    path = next;
  }
  return path;
}

static int write_file(const char *what, const char *file, const char *target, const char *text, struct wt_error *error)
{
  struct stat old;
  bool exists = lstat(target, &old) == 0;
  int status;

  if (exists && !S_ISREG(old.st_mode))
    return wt_fail(error, -EINVAL, "%s %.120s cannot be written: it is not a regular file", what, file);
  status = replace(target, text, exists ? &old : NULL);
  return status ? wt_fail(error, status, "%s %.120s cannot be written: %s", what, file, strerror(-status)) : 0;
}

int wt_file_write(const char *what, const char *file, const char *text, struct wt_error *error)
{
  /* Where it is a symbolic link, what it points to is replaced and not the link. */
  char *target = resolve(file);
  int status;

  if (!target)
    return wt_fail(error, -errno, "%s %.120s cannot be written: %s", what, file, strerror(errno));
  status = write_file(what, file, target, text, error);
  free(target);
  return status;
}

int wt_file_replace(const char *what, const char *file, const char *text, struct wt_error *error)
{
  return write_file(what, file, file, text, error);
}

int wt_baseline_write(const char *file, const char *text, struct wt_error *error)
{
  return wt_file_write("baseline", file, text, error);
}
