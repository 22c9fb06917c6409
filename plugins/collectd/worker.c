/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "collectd_api.h"

#include <signal.h>

struct worker {
  pthread_t thread;
  pthread_mutex_t lock; /* of what follows */
  pthread_cond_t asked;
  bool busy; /* from when the job is asked for until it is done */
  bool stopping;
  void (*job)(void);
};

/* Returns false when the thread has to end. What was asked for before that is done first. */
static bool await_job(struct worker *worker)
{
  bool busy;

  pthread_mutex_lock(&worker->lock);
  while (!worker->busy && !worker->stopping)
    pthread_cond_wait(&worker->asked, &worker->lock);
  busy = worker->busy;
  pthread_mutex_unlock(&worker->lock);
  return busy;
}

static void *work(void *argument)
{
  struct worker *worker = argument;
  sigset_t all;

  /* collectd's handlers are for its own threads; a system call of ours shall not be interrupted by them. */
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  while (await_job(worker)) {
    worker->job();
    pthread_mutex_lock(&worker->lock);
    worker->busy = false;
    pthread_mutex_unlock(&worker->lock);
  }
  return NULL;
}

struct worker *worker_start(void (*job)(void))
{
  struct worker *worker = calloc(1, sizeof(*worker));

  if (!worker)
    return NULL;
  pthread_mutex_init(&worker->lock, NULL);
  pthread_cond_init(&worker->asked, NULL);
  worker->job = job;
  if (plugin_thread_create(&worker->thread, work, worker, "wiretruth poll") == 0)
    return worker;
  pthread_cond_destroy(&worker->asked);
  pthread_mutex_destroy(&worker->lock);
  free(worker);
  return NULL;
}

bool worker_ask(struct worker *worker)
{
  bool taken;

  pthread_mutex_lock(&worker->lock);
  taken = !worker->busy;
  worker->busy = true;
  pthread_cond_signal(&worker->asked);
  pthread_mutex_unlock(&worker->lock);
  return taken;
}

void worker_stop(void *argument)
{
  struct worker *worker = argument;

  pthread_mutex_lock(&worker->lock);
  worker->stopping = true;
  pthread_cond_signal(&worker->asked);
  pthread_mutex_unlock(&worker->lock);
  pthread_join(worker->thread, NULL);
  pthread_cond_destroy(&worker->asked);
  pthread_mutex_destroy(&worker->lock);
  free(worker);
}
