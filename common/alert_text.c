/* SPDX-License-Identifier: MIT */
/* What an alert says to a person. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "alert.h"

/* Adds to the sentence. Names and files may have anything in them; what is not printable becomes '?'. */
__attribute__((format(printf, 2, 3))) static void say(struct wt_alert *alert, const char *format, ...)
{
  size_t used = strlen(alert->text);
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(alert->text + used, sizeof(alert->text) - used, format, arguments);
  va_end(arguments);
  for (char *at = alert->text + used; *at; at++)
    if (*at < 0x20 || *at > 0x7e)
      *at = '?';
}

static void say_where(struct wt_alert *alert)
{
  say(alert, "%s", alert->interface);
  if (alert->direction != WT_DIRECTIONS)
    say(alert, " %s", alert->direction == WT_RX ? "receive" : "transmit");
}

/* ---- divergence ----------------------------------------------------------------------------------------------- */

static void say_how_much(struct wt_alert *alert, bool estimated)
{
  char frames[WT_COUNT_TEXT], wire[WT_COUNT_TEXT];

  say(alert, " shows %s%s %s %s%s frames (%.1f %%)", wt_count_text((uint64_t)llround(fmax(alert->frames, 0)), frames),
      alert->signal == WT_CAPTURE ? " packets" : "", alert->frames > alert->wire ? "for" : "of",
      estimated ? "about " : "", wt_count_text((uint64_t)llround(alert->wire), wire),
      100 * alert->frames / alert->wire);
}

void wt_alert_say_divergence(struct wt_alert *alert, bool estimated)
{
  say_where(alert);
  say(alert, ": the %s", wt_signal_name(alert->signal));
  if (alert->severity == WT_SEVERITY_OKAY && alert->verdict == WT_VERDICT_AGREES) {
    say(alert, " agrees with the wire again (%.1f %%)", 100 * alert->value);
    return;
  }
  if (alert->severity == WT_SEVERITY_OKAY) {
    say(alert, " diverges from the wire by %.1f %% only", 100 * alert->value);
    return;
  }
  if (alert->wire > 0)
    say_how_much(alert, estimated);
  else
    say(alert, " diverges from the wire by %.1f %%", 100 * alert->value);
  say(alert, ", cause %s", wt_cause_name(alert->cause));
}

/* ---- drift ---------------------------------------------------------------------------------------------------- */

enum { TAIL = 24 }; /* room for "; and 1000 more" */

static void describe(const struct wt_drift *drift, char *text, size_t size)
{
  if (strcmp(drift->item, "name") == 0)
    snprintf(text, size, "it was %.40s", drift->expected);
  else
    snprintf(text, size, "%s is '%.40s', expected '%.40s'", drift->item, drift->found, drift->expected);
}

/* As many of them as there is room for, and how many more there are. */
static void list_items(struct wt_alert *alert, const struct wt_interface *interface)
{
  for (size_t i = 0; i < interface->drift_count; i++) {
    char item[160];

    describe(&interface->drift[i], item, sizeof(item));
    if (strlen(alert->text) + strlen(item) + TAIL >= sizeof(alert->text)) {
      say(alert, "%s%zu more", i ? "; and " : " ", interface->drift_count - i);
      return;
    }
    say(alert, "%s%s", i ? "; " : " ", item);
  }
}

void wt_alert_say_drift(struct wt_alert *alert, const struct wt_interface *interface)
{
  say_where(alert);
  if (alert->severity == WT_SEVERITY_OKAY) {
    say(alert, interface->baseline == WT_BASELINE_NEW ? " is not in the baseline any more"
                                                      : " drifts from the baseline no longer");
    return;
  }
  say(alert, " drifts from the baseline:");
  list_items(alert, interface);
}

/* --------------------------------------------------------------------------------------------------------------- */

void wt_alert_say_capture(struct wt_alert *alert, const char *degraded)
{
  if (*degraded)
    say(alert, "the capture is degraded: %s", degraded);
  else
    say(alert, "the capture is what was asked for again");
}

void wt_alert_say_basis(struct wt_alert *alert, enum wt_basis before)
{
  const char *now = wt_basis_name((enum wt_basis)alert->value);

  say_where(alert);
  if (alert->severity == WT_SEVERITY_OKAY)
    say(alert, ": the counter's basis is %s again, after %s", now, wt_basis_name(before));
  else
    say(alert, ": the counter's basis has changed from %s to %s", wt_basis_name(before), now);
}

void wt_alert_say_gone(struct wt_alert *alert, const char *why)
{
  say_where(alert);
  switch (alert->kind) {
  case WT_ALERT_DRIFT:
    say(alert, ": its drift is over, since %s", why);
    return;
  case WT_ALERT_BASIS:
    say(alert, ": the change of the counter's basis is over, since %s", why);
    return;
  default:
    say(alert, ": the divergence of the %s is over, since %s", wt_signal_name(alert->signal), why);
  }
}
