/* SPDX-License-Identifier: MIT */
#include "poller.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../worker.h"
#include "clock.h"

struct poller {
  struct worker *worker; /* NULL before the first poll */
  int done;              /* an eventfd */
  bool busy;
  struct wt *wt;    /* the thread's while it is busy, and so is the next */
  struct poll poll; /* that was made last */
};

struct poll poll_here(struct wt *wt)
{
  const struct wt_report *report;
  struct poll poll = {0};

  poll.status = wt_poll(wt, &report, &poll.error);
  poll.time = clock_now();
  poll.elapsed = clock_elapsed();
  if (poll.status)
    return poll;
  poll.report = wt_report_copy(report);
  if (!poll.report) {
    poll.status = -ENOMEM;
    poll.error = (struct wt_error){-ENOMEM, "report: out of memory"};
  }
  return poll;
}

static void poll_there(void *context)
{
  struct poller *poller = context;
  uint64_t one = 1;

  poller->poll = poll_here(poller->wt);
  (void)!write(poller->done, &one, sizeof(one)); /* it cannot fail: there is never more than one */
}

static int spawn(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
  int status = pthread_create(thread, NULL, run, argument);

  if (status == 0)
    pthread_setname_np(*thread, "wiretruth poll");
  return status;
}

struct poller *poller_open(void)
{
  struct poller *poller = calloc(1, sizeof(*poller));

  if (!poller)
    return NULL;
  poller->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (poller->done >= 0)
    return poller;
  free(poller);
  return NULL;
}

void poller_close(struct poller *poller)
{
  if (!poller)
    return;
  if (poller->worker)
    worker_stop(poller->worker);
  if (poller->busy)
    wt_report_free(poller->poll.report);
  close(poller->done);
  free(poller);
}

int poller_fd(const struct poller *poller)
{
  return poller->done;
}

int poller_ask(struct poller *poller, struct wt *wt)
{
  if (poller->busy)
    return 0;
  if (!poller->worker)
    poller->worker = worker_start(spawn, poll_there, poller);
  if (!poller->worker)
    return -EAGAIN;
  poller->wt = wt;
  poller->busy = true;
  worker_ask(poller->worker);
  return 0;
}

bool poller_is_busy(const struct poller *poller)
{
  return poller->busy;
}

bool poller_await(const struct poller *poller, int milliseconds)
{
  struct pollfd done = {.fd = poller->done, .events = POLLIN};

  return poll(&done, 1, milliseconds) == 1;
}

struct poll poller_take(struct poller *poller)
{
  uint64_t count;

  worker_wait(poller->worker);
  (void)!read(poller->done, &count, sizeof(count));
  poller->busy = false;
  return poller->poll;
}
