/* SPDX-License-Identifier: MIT */
/* Which interface it is: over renames, in another network namespace, in another process, but not over a reboot. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "validate.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

enum { ADDRESS_MAX = 32 };

static void hexadecimal(const unsigned char *octets, size_t count, char *text, size_t size)
{
  bool any = false;

  text[0] = '\0';
  for (size_t i = 0; i < count && 2 * i + 2 < size; i++) {
    snprintf(text + 2 * i, size - 2 * i, "%02x", octets[i]);
    any = any || octets[i];
  }
  /* All zeros is none. */
  if (!any)
    text[0] = '\0';
}

static void take_boot(struct validate_identity *identity)
{
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd >= 0 ? read(fd, identity->boot, sizeof(identity->boot) - 1) : 0;

  identity->boot[length > 0 ? length : 0] = '\0';
  identity->boot[strcspn(identity->boot, "\n")] = '\0';
  if (fd >= 0)
    close(fd);
}

bool validate_identity_namespace(struct validate_identity *identity)
{
  uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  struct stat status;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  take_boot(identity);
  if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length))
    cookie = 0;
  if (fd >= 0)
    close(fd);
  identity->cookie = cookie;
  if (stat("/proc/thread-self/ns/net", &status))
    return false;
  identity->netns = status.st_ino;
  return true;
}

static void take_driver(int fd, struct ifreq *request, struct validate_identity *identity)
{
  struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

  request->ifr_data = (char *)&info;
  identity->driver[0] = '\0';
  if (ioctl(fd, SIOCETHTOOL, request) == 0)
    snprintf(identity->driver, sizeof(identity->driver), "%s", info.driver);
  /* One word, for the record. */
  for (char *at = cli_printable(identity->driver); *at; at++)
    if (*at == ' ')
      *at = '_';
}

static void take_permanent(int fd, struct ifreq *request, struct validate_identity *identity)
{
  union {
    struct ethtool_perm_addr address;
    unsigned char room[sizeof(struct ethtool_perm_addr) + ADDRESS_MAX];
  } permanent = {.address = {.cmd = ETHTOOL_GPERMADDR, .size = ADDRESS_MAX}};

  request->ifr_data = (char *)&permanent;
  identity->permanent[0] = '\0';
  if (ioctl(fd, SIOCETHTOOL, request) == 0 && permanent.address.size <= ADDRESS_MAX)
    hexadecimal(permanent.room + sizeof(struct ethtool_perm_addr), permanent.address.size, identity->permanent,
                sizeof(identity->permanent));
}

bool validate_identity_take(int ifindex, struct validate_identity *identity)
{
  struct ifreq request = {.ifr_ifindex = ifindex};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  *identity = (struct validate_identity){.ifindex = ifindex};
  if (fd < 0)
    return false;
  if (ioctl(fd, SIOCGIFNAME, &request) || !validate_identity_namespace(identity)) {
    int reason = errno;

    close(fd);
    errno = reason;
    return false;
  }
  memcpy(identity->name, request.ifr_name, sizeof(identity->name));
  identity->name[sizeof(identity->name) - 1] = '\0';
  take_driver(fd, &request, identity);
  take_permanent(fd, &request, identity);
  if (ioctl(fd, SIOCGIFHWADDR, &request) == 0)
    hexadecimal((const unsigned char *)request.ifr_hwaddr.sa_data, 6, identity->address, sizeof(identity->address));
  close(fd);
  return true;
}

bool validate_identity_same_namespace(const struct validate_identity *a, const struct validate_identity *b)
{
  return a->netns == b->netns && a->cookie == b->cookie;
}

bool validate_identity_is(const struct validate_identity *recorded, const struct validate_identity *found)
{
  bool same_address = recorded->address[0] && strcmp(recorded->address, found->address) == 0;
  bool same_name = strcmp(recorded->name, found->name) == 0;

  if (strcmp(recorded->driver, found->driver) != 0 || strcmp(recorded->permanent, found->permanent) != 0)
    return false;
  /* A device without an address may be renamed, too: the number is its own in the namespace. */
  if (validate_identity_same_namespace(recorded, found))
    return recorded->ifindex == found->ifindex &&
           (recorded->permanent[0] || !recorded->address[0] || same_address || same_name);
  /* Elsewhere the ifindex may be another one; an address that anybody may set proves less than the device's own. */
  return recorded->permanent[0] || (same_address && (same_name || recorded->ifindex == found->ifindex));
}

int validate_identity_find(const struct validate_identity *recorded, struct validate_identity *found)
{
  struct if_nameindex *all = if_nameindex();
  int ifindex = 0;

  for (struct if_nameindex *one = all; one && one->if_index && !ifindex; one++)
    if (validate_identity_take((int)one->if_index, found) && validate_identity_is(recorded, found))
      ifindex = (int)one->if_index;
  if_freenameindex(all);
  return ifindex;
}
