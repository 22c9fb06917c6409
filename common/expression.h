/* SPDX-License-Identifier: MIT */
/*
 * What a regular expression would cost, before it is compiled: glibc writes repetitions out, so that a dozen characters
 * can take all memory there is, and a manager may send them. Pure.
 *
 * It also follows every way through what matches the empty text where that is repeated without end: of ((x?|y?){9})*
 * there are 4^9, and of anchors more.
 */
#ifndef WT_EXPRESSION_H
#define WT_EXPRESSION_H

enum {
  WT_EXPRESSION_MOST = 300, /* characters, sets and groups, with repetitions written out; a name has at most 15 */
  WT_EXPRESSION_DEEPEST = 32,
  WT_EXPRESSION_LOOPS = 3, /* without end of what matches the empty text, within each other */
  WT_EXPRESSION_WAYS = 32, /* of matching the empty text, where something that does is repeated without end */
};

/*
 * Why a POSIX extended regular expression must not be compiled: it comes to more than that, or has a back-reference,
 * which is no part of them and takes exponential time. NULL if it may; whether it is right is for regcomp() to say.
 */
const char *wt_expression_fault(const char *expression);

#endif
