/* SPDX-License-Identifier: MIT */
/* The terminal as a process has it: whether it will do, signals, and what becomes of it when the process is killed. */
/* Before <term.h>, which makes macros of words as plain as "columns". */
#include "watch.h"

#include <curses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* ---- whether it will do ---- */

/* What is drawn needs a cursor that goes to any place. */
static int check_type(void)
{
  const char *term = getenv("TERM");
  int found = 0;
  bool will_do;

  if (!term || !*term) {
    cli_say("TERM is not set, so that nothing is known of this terminal; 'wiretruth check' needs no terminal");
    return CLI_NOT_OBSERVED;
  }
  if (setupterm(NULL, STDOUT_FILENO, &found) != OK) {
    cli_say("the terminal type '%s' (TERM) is not known to terminfo; 'wiretruth check' needs no terminal", term);
    return CLI_NOT_OBSERVED;
  }
  will_do = cursor_address && clear_screen;
  del_curterm(cur_term);
  if (will_do)
    return 0;
  cli_say("a terminal of type '%s' (TERM) cannot draw at any place; 'wiretruth check' needs no terminal", term);
  return CLI_NOT_OBSERVED;
}

int watch_terminal_check(void)
{
  if (!isatty(STDOUT_FILENO)) {
    cli_say("watch draws on a terminal, and standard output is none; use 'wiretruth check'");
    return CLI_USAGE;
  }
  if (!isatty(STDIN_FILENO)) {
    cli_say("watch reads keys from a terminal, and standard input is none; use 'wiretruth check'");
    return CLI_USAGE;
  }
  return check_type();
}

/* ---- signals ---- */

static void leave_alone(int signal)
{
  (void)signal;
}

int watch_terminal_signals(void)
{
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
  sigset_t set;

  sigemptyset(&set);
  for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
    sigaddset(&set, signals[i]);
  /* Or ncurses would ignore it whenever it draws, and what came meanwhile would be lost. */
  signal(SIGTSTP, leave_alone);
  if (sigprocmask(SIG_BLOCK, &set, NULL))
    return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void watch_terminal_stop(void)
{
  sigset_t set;

  signal(SIGTSTP, SIG_DFL);
  sigemptyset(&set);
  sigaddset(&set, SIGTSTP);
  raise(SIGTSTP);
  sigprocmask(SIG_UNBLOCK, &set, NULL); /* stops here */
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGTSTP, leave_alone);
}

/* ---- the end by a defect ---- */

static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

enum { DEADLY = sizeof(deadly) / sizeof(deadly[0]) };

/* What a signal handler needs, which can be given nothing. */
static struct {
  struct termios modes;
  bool has_modes;
  char leave[256];
  size_t length;
  struct sigaction before[DEADLY];
} guard;

/* With nothing but what a signal handler may call. */
static void put_back(int signal)
{
  static const char said[] = "wiretruth: ended by a defect\n";

  (void)!write(STDOUT_FILENO, guard.leave, guard.length);
  if (guard.has_modes)
    tcsetattr(STDIN_FILENO, TCSANOW, &guard.modes);
  (void)!write(STDERR_FILENO, said, sizeof(said) - 1);
  for (size_t i = 0; i < DEADLY; i++)
    sigaction(deadly[i], &guard.before[i], NULL);
  raise(signal);
}

/* What would have to wait between two octets is for terminals that no longer are. */
static void add(const char *text)
{
  if (text && !strchr(text, '$') && guard.length + strlen(text) < sizeof(guard.leave)) {
    memcpy(guard.leave + guard.length, text, strlen(text));
    guard.length += strlen(text);
  }
}

void watch_terminal_remember(void)
{
  guard.has_modes = tcgetattr(STDIN_FILENO, &guard.modes) == 0;
}

void watch_terminal_guard(void)
{
  struct sigaction action = {.sa_handler = put_back};

  add(exit_attribute_mode);
  add(cursor_normal);
  add(keypad_local);
  add(exit_ca_mode);
  for (size_t i = 0; i < DEADLY; i++)
    sigaction(deadly[i], &action, &guard.before[i]);
}
