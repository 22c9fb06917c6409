/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

static int fail(struct wt_error *error, const char *what, const char *name, int code)
{
  error->code = -code;
  snprintf(error->text, sizeof(error->text), "cannot %s%s%.200s: %s", what, name ? " " : "", name ? name : "",
           strerror(code));
  return -code;
}

/* ---- in the background ---------------------------------------------------------------------------------------- */

/* The status that the child reported, or that it ended with. */
static int wait_for(int report, pid_t child)
{
  unsigned char status;
  int ended;

  if (read(report, &status, 1) == 1)
    return status;
  if (waitpid(child, &ended, 0) == child && WIFEXITED(ended))
    return WEXITSTATUS(ended);
  return EXIT_FAILURE;
}

int process_detach(int *report, struct wt_error *error)
{
  int ends[2];
  pid_t child;

  if (pipe2(ends, O_CLOEXEC))
    return fail(error, "detach", NULL, errno);
  child = fork();
  if (child < 0)
    return fail(error, "detach", NULL, errno);
  if (child > 0) {
    close(ends[1]);
    _exit(wait_for(ends[0], child));
  }
  close(ends[0]);
  setsid();
  *report = ends[1];
  return 0;
}

void process_report(int report, int status, bool output)
{
  unsigned char byte = (unsigned char)status;
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);

  /* A name that is relative would keep a file system busy. */
  if (chdir("/"))
    return;
  if (null >= 0) {
    dup2(null, STDIN_FILENO);
    if (!output) {
      dup2(null, STDOUT_FILENO);
      dup2(null, STDERR_FILENO);
    }
    close(null);
  }
  /* Whoever does not wait any longer need not know. */
  while (write(report, &byte, 1) < 0 && errno == EINTR)
    ;
  close(report);
}

/* ---- user ----------------------------------------------------------------------------------------------------- */

static int fail_unknown(struct wt_error *error, const char *what, const char *name)
{
  error->code = -ENOENT;
  snprintf(error->text, sizeof(error->text), "cannot become %s %.200s: there is no such %s", what, name, what);
  return -ENOENT;
}

static int find_user(const char *name, uid_t *uid, gid_t *gid, struct wt_error *error)
{
  const struct passwd *user = getpwnam(name);
  char *end;
  unsigned long number = strtoul(name, &end, 10);

  if (!user && *name && !*end)
    user = getpwuid((uid_t)number);
  if (!user)
    return fail_unknown(error, "user", name);
  *uid = user->pw_uid;
  *gid = user->pw_gid;
  return initgroups(user->pw_name, user->pw_gid) ? fail(error, "become user", name, errno) : 0;
}

static int find_group(const char *name, gid_t *gid, struct wt_error *error)
{
  const struct group *group = getgrnam(name);
  char *end;
  unsigned long number = strtoul(name, &end, 10);

  if (!group && *name && !*end)
    group = getgrgid((gid_t)number);
  if (!group)
    return fail_unknown(error, "group", name);
  *gid = group->gr_gid;
  return 0;
}

/* What is permitted survives the change of the user, but is no longer in effect. */
static int use_rights(void)
{
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

  if (syscall(SYS_capget, &header, data))
    return errno;
  for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
    data[i].effective = data[i].permitted;
  return syscall(SYS_capset, &header, data) ? errno : 0;
}

int process_become(const char *user, const char *group, struct wt_error *error)
{
  uid_t uid = getuid();
  gid_t gid = getgid();
  int status = user ? find_user(user, &uid, &gid, error) : 0, code;

  if (!status && group)
    status = find_group(group, &gid, error);
  if (status)
    return status;
  if (setresgid(gid, gid, gid))
    return fail(error, "become group", group ? group : user, errno);
  if (!user)
    return 0;
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setresuid(uid, uid, uid))
    return fail(error, "become user", user, errno);
  code = use_rights();
  return code ? fail(error, "keep the right to capture as user", user, code) : 0;
}

/* ---- process ID ----------------------------------------------------------------------------------------------- */

int process_open_pid(const char *file, int *fd, struct wt_error *error)
{
  int code;

  *fd = -1;
  if (!file)
    return 0;
  *fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (*fd >= 0 && flock(*fd, LOCK_EX | LOCK_NB) == 0)
    return 0;
  code = errno;
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
  if (code != EWOULDBLOCK)
    return fail(error, "write the process ID to", file, code);
  error->code = -EBUSY;
  snprintf(error->text, sizeof(error->text), "another process has its ID in %.400s", file);
  return -EBUSY;
}

void process_write_pid(int fd)
{
  if (fd >= 0 && ftruncate(fd, 0) == 0)
    dprintf(fd, "%ld\n", (long)getpid());
}

void process_remove_pid(const char *file, int fd)
{
  if (fd < 0)
    return;
  if (unlink(file) && ftruncate(fd, 0))
    return; /* so it stays */
  close(fd);
}

/* ---- service manager ------------------------------------------------------------------------------------------ */

void process_notify(const char *state)
{
  const char *name = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = name ? strlen(name) : 0;
  int fd;

  if (length < 2 || length >= sizeof(address.sun_path) || (name[0] != '/' && name[0] != '@'))
    return;
  memcpy(address.sun_path, name, length);
  if (name[0] == '@')
    address.sun_path[0] = '\0'; /* of the abstract namespace */
  fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
  close(fd);
}
