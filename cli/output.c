/* SPDX-License-Identifier: MIT */
/* Standard output and standard error. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

void cli_say(const char *format, ...)
{
  char text[4096];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  fprintf(stderr, "wiretruth: %s\n", cli_printable(text));
}

void cli_protect_streams(void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    /* The wrong way round, so that what would have failed on a closed stream fails still. */
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
      (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

bool cli_page_open(struct cli_page *page)
{
  *page = (struct cli_page){0};
  page->file = open_memstream(&page->text, &page->length);
  if (!page->file)
    cli_say("cannot prepare the output: %s", strerror(errno));
  return page->file != NULL;
}

static int write_all(const char *text, size_t length)
{
  while (length > 0) {
    ssize_t written = write(STDOUT_FILENO, text, length);

    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return -errno;
    text += written;
    length -= (size_t)written;
  }
  return 0;
}

int cli_page_close(struct cli_page *page, int status)
{
  int failed = ferror(page->file);
  int error;

  /* A memory stream fails only for want of memory. */
  if (fclose(page->file) != 0 || failed || !page->text)
    error = -ENOMEM;
  else
    error = write_all(page->text, page->length);
  free(page->text);
  if (error == 0)
    return status;
  cli_say("cannot write to standard output: %s", strerror(-error));
  return CLI_NOT_OBSERVED;
}

int cli_print_help(void (*help)(FILE *out))
{
  struct cli_page page;

  if (!cli_page_open(&page))
    return CLI_NOT_OBSERVED;
  help(page.file);
  return cli_page_close(&page, CLI_OBSERVED);
}

int cli_write_json(json_t *json, FILE *out)
{
  int status;

  if (!json) {
    cli_say("out of memory");
    return CLI_NOT_OBSERVED;
  }
  /* 15 digits: a double holds no more, and with all 17 a ratio of 0.1 would read 0.10000000000000001. */
  status = json_dumpf(json, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
  json_decref(json);
  fputc('\n', out);
  if (status == 0)
    return CLI_OBSERVED;
  cli_say("cannot write the report as JSON");
  return CLI_NOT_OBSERVED;
}
