/* SPDX-License-Identifier: MIT */
#include "complaints.h"

#include <string.h>

#include "module.h"

/* "FILE: line NUMBER: ..." */
static bool is_about_our_file(const char *message)
{
  const char *end = strstr(message, ": line ");
  const char *name = message;

  if (!end)
    return false;
  for (const char *c = message; c < end; c++)
    if (*c == '/')
      name = c + 1;
  return strncmp(name, MODULE_FILES ".conf:", sizeof(MODULE_FILES ".conf:") - 1) == 0 ||
         strncmp(name, MODULE_FILES ".local.conf:", sizeof(MODULE_FILES ".local.conf:") - 1) == 0;
}

static int on_message(netsnmp_log_handler *handler, int priority, const char *message)
{
  struct complaints *complaints = handler->magic;

  (void)priority; /* only warnings and worse come here */
  if (message && is_about_our_file(message))
    complaints->count++;
  return 1;
}

void complaints_begin(struct complaints *complaints)
{
  complaints->count = 0;
  if (!complaints->handler)
    complaints->handler = netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_WARNING);
  if (!complaints->handler)
    return;
  complaints->handler->handler = on_message;
  complaints->handler->magic = complaints;
  netsnmp_enable_this_loghandler(complaints->handler);
}

unsigned int complaints_end(struct complaints *complaints)
{
  /* Not netsnmp_remove_loghandler(): versions of Net-SNMP lose the other handlers of the graver messages with it. */
  if (complaints->handler)
    netsnmp_disable_this_loghandler(complaints->handler);
  return complaints->count;
}
