/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file spare.h
 * @brief Where there is no descriptor to accept a client with.
 */
#ifndef SW_SPARE_H
#define SW_SPARE_H

/** Until it is to be tried again. */
#define SW_SPARE_REST (100 * SW_USEC_PER_MSEC)

/** Whether another descriptor can be had; if not, errno says why. A daemon needs one to start, and
 * libmicrohttpd 1.0 closes its listener where it cannot, which others still need. */
int sw_spare_has(void);
/** Lets `inner`, an epoll descriptor of libmicrohttpd's, wake who waits for `outer`.
 * @return 0, or -1 and errno */
int sw_spare_wake(int outer, int inner);
/** libmicrohttpd waits for one of its connections to end; without any it would be woken for ever.
 * So `inner` wakes nobody for as long as a client waits at it and no descriptor can be had.
 * @param connections that are open at it
 * @param is_resting what was returned before @return whether it is so */
int sw_spare_rest(int outer, int inner, unsigned connections, int is_resting);

#endif
