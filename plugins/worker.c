/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <signal.h>
#include <stdlib.h>

struct worker {
  pthread_t thread;
  pthread_mutex_t lock; /* of busy and stopping */
  pthread_cond_t asked, done;
  bool busy; /* from when the job is asked for until it is done */
  bool stopping;
  void (*job)(void *context);
  void *context;
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

  while (await_job(worker)) {
    worker->job(worker->context);
    pthread_mutex_lock(&worker->lock);
    worker->busy = false;
    pthread_cond_signal(&worker->done);
    pthread_mutex_unlock(&worker->lock);
  }
  return NULL;
}

static void free_worker(struct worker *worker)
{
  pthread_cond_destroy(&worker->done);
  pthread_cond_destroy(&worker->asked);
  pthread_mutex_destroy(&worker->lock);
  free(worker);
}

struct worker *worker_start(worker_spawn *spawn, void (*job)(void *context), void *context)
{
  struct worker *worker = calloc(1, sizeof(*worker));
  sigset_t all, before;
  int status;

  if (!worker)
    return NULL;
  pthread_mutex_init(&worker->lock, NULL);
  pthread_cond_init(&worker->asked, NULL);
  pthread_cond_init(&worker->done, NULL);
  worker->job = job;
  worker->context = context;
  /* The thread has the mask of the one that makes it, from its first instruction on. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  status = spawn(&worker->thread, work, worker);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (status == 0)
    return worker;
  free_worker(worker);
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

void worker_wait(struct worker *worker)
{
  pthread_mutex_lock(&worker->lock);
  while (worker->busy)
    pthread_cond_wait(&worker->done, &worker->lock);
  pthread_mutex_unlock(&worker->lock);
}

void worker_stop(void *argument)
{
  struct worker *worker = argument;

  pthread_mutex_lock(&worker->lock);
  worker->stopping = true;
  pthread_cond_signal(&worker->asked);
  pthread_mutex_unlock(&worker->lock);
  pthread_join(worker->thread, NULL);
  free_worker(worker);
}
