/* SPDX-License-Identifier: MIT */
/* The part of collectd's headers that the plugin uses. collectd.h comes first: the others need what it defines. */
#ifndef WT_COLLECTD_API_H
#define WT_COLLECTD_API_H

#include <collectd/core/daemon/collectd.h>

#include <collectd/core/daemon/plugin.h>

#include <collectd/core/daemon/configfile.h>
#include <collectd/core/daemon/utils_complain.h>
#include <collectd/core/utils/common/common.h>

#endif
