/* SPDX-License-Identifier: MIT */
/* What cppcheck does not see, since it does not read the system's headers: macros that are no functions. */
#define nla_for_each_nested(pos, nla, rem) for ((pos) = (nla), (rem) = 1; (rem) > 0; (rem)--)
#define SEC(name)
