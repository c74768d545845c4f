/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint: an address and a port to listen on. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/sw_os.h"
#include "world.h"

#define ADDRESS_SIZE 64
/* 192.0.2.0/24 and 2001:db8::/32 are nobody's. Source: RFC 5737, RFC 3849 */

static void address_is_numbers_with_a_port(void **state) {
  (void)state;
  static const char *const right[] = {
      "192.0.2.1:1",
      "192.0.2.1:65535",
      "192.0.2.1:080",
      "0.0.0.0:9117",
      "255.255.255.255:9117",
      "[::1]:9117",
      "[::]:1",
      "[::]:65535",
      "[2001:db8::1]:9117",
      "[2001:DB8::]:9117",
      "[::ffff:192.0.2.1]:1",
  };
  for (size_t at = 0; at < sizeof(right) / sizeof(*right); ++at) {
    if (sw_os_tcp_check(right[at]) != 0) {
      fail_msg("'%s' is refused", right[at]);
    }
  }
}

static const char *const wrong[] = {
    /* ports */
    "192.0.2.1",
    "192.0.2.1:",
    "192.0.2.1:0",
    "192.0.2.1:00",
    "192.0.2.1:00000",
    "192.0.2.1:65536",
    "192.0.2.1:99999",
    "192.0.2.1:131073",
    "192.0.2.1:4294967297",
    "192.0.2.1:18446744073709551617",
    "192.0.2.1:-1",
    "192.0.2.1:+1",
    "192.0.2.1: 1",
    "192.0.2.1:1 ",
    "192.0.2.1:1x",
    "192.0.2.1:0x1",
    "192.0.2.1:http",
    "192.0.2.1:1:1",
    "[::1]",
    "[::1]:",
    "[::1]:0",
    "[::1]:65536",
    "[::1]9117",
    /* addresses */
    "",
    ":",
    ":9117",
    "9117",
    "[]:9117",
    "[:]:9117",
    "[:9117",
    "]:9117",
    "*:9117",
    "localhost:80",
    "example.org:9117",
    "1:9117",
    "192.0.2:9117",
    "192.0.2.256:9117",
    "192.0.2.1.1:9117",
    "0xc0000201:9117",
    " 192.0.2.1:9117",
    "::1:9117",
    "::1",
    "2001:db8::1:9117",
    "[::1:9117",
    "::1]:9117",
    "[[::1]]:9117",
    "[192.0.2.1]:9117",
    "[localhost]:80",
    "[ip6-localhost]:80",
    "[2001:db8::g]:9117",
    "/run/socket:9117",
};

static void what_is_no_address_is_refused_also_to_listen_on(void **state) {
  (void)state;
  for (size_t at = 0; at < sizeof(wrong) / sizeof(*wrong); ++at) {
    int listener = -7;
    const int checked = sw_os_tcp_check(wrong[at]);
    const int listened = sw_os_tcp_listen(wrong[at], &listener);
    if (checked != EINVAL || listened != EINVAL || listener != -7) {
      fail_msg("'%s': %d, %d, descriptor %d", wrong[at], checked, listened, listener);
    }
  }
}

static void address_longer_than_any_is_refused(void **state) {
  (void)state;
  const size_t size = 8192;
  char *address = calloc(1, size);
  memset(address, '1', size - 1);
  assert_int_equal(sw_os_tcp_check(address), EINVAL);
  strcpy(address + size - 3, ":1");
  assert_int_equal(sw_os_tcp_check(address), EINVAL);
  address[0] = '[';
  address[size - 4] = ']';
  assert_int_equal(sw_os_tcp_check(address), EINVAL);
  free(address);
}

/* ---- Listening ---- */

/* The port stands where sockaddr_in has it. */
static uint16_t port_of(int fd) {
  struct sockaddr_in6 bound = {0};
  socklen_t size = sizeof(bound);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&bound, &size), 0);
  return ntohs(bound.sin6_port);
}

/* A port that the kernel had for us a moment ago. */
static void make_free_address(char *address) {
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any)), 0);
  snprintf(address, ADDRESS_SIZE, "127.0.0.1:%d", port_of(fd));
  close(fd);
}

static int connect_to(const char *address) {
  const struct sockaddr_in peer = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1)),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (const struct sockaddr *)&peer, sizeof(peer)), 0);
  return fd;
}

static void address_is_listened_on_and_closed_by_exec(void **state) {
  (void)state;
  char address[ADDRESS_SIZE];
  int listener = -1;
  make_free_address(address);
  assert_int_equal(sw_os_tcp_listen(address, &listener), 0);
  assert_int_equal(port_of(listener), atoi(strrchr(address, ':') + 1));
  assert_int_equal(fcntl(listener, F_GETFD), FD_CLOEXEC);
  const int client = connect_to(address);
  const int accepted = accept(listener, NULL, NULL);
  assert_true(accepted >= 0);
  close(accepted);
  close(client);
  close(listener);
}

static void address_in_use_is_refused_and_nothing_is_left_open(void **state) {
  (void)state;
  char address[ADDRESS_SIZE];
  int listener = -1;
  int other = -7;
  make_free_address(address);
  assert_int_equal(sw_os_tcp_listen(address, &listener), 0);
  const int next = dup(0);
  close(next);
  assert_int_equal(sw_os_tcp_listen(address, &other), EADDRINUSE);
  assert_int_equal(other, -7);
  assert_int_equal(sw_os_tcp_listen("192.0.2.1:9117", &other), EADDRNOTAVAIL);
  const int next_after = dup(0);
  close(next_after);
  assert_int_equal(next_after, next);
  close(listener);
}

/* What the server has closed itself waits for a minute (TIME_WAIT); a restart does not. */
static void address_is_free_at_once_after_a_client_was_served(void **state) {
  (void)state;
  char address[ADDRESS_SIZE];
  int listener = -1;
  char byte;
  make_free_address(address);
  assert_int_equal(sw_os_tcp_listen(address, &listener), 0);
  const int client = connect_to(address);
  close(accept(listener, NULL, NULL));
  assert_int_equal(read(client, &byte, 1), 0);
  close(client);
  close(listener);
  assert_int_equal(sw_os_tcp_listen(address, &listener), 0);
  close(listener);
}

static void ipv6_address_is_listened_on(void **state) {
  (void)state;
  const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  char address[ADDRESS_SIZE];
  int listener = -1;
  const int fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)) != 0) {
    close(fd);
    skip(); /* there is no IPv6 here */
  }
  const int port = port_of(fd);
  close(fd);
  snprintf(address, sizeof(address), "[::1]:%d", port);
  assert_int_equal(sw_os_tcp_listen(address, &listener), 0);
  assert_int_equal(port_of(listener), port);
  close(listener);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(address_is_numbers_with_a_port),
      cmocka_unit_test(what_is_no_address_is_refused_also_to_listen_on),
      cmocka_unit_test(address_longer_than_any_is_refused),
      cmocka_unit_test(address_is_listened_on_and_closed_by_exec),
      cmocka_unit_test(address_in_use_is_refused_and_nothing_is_left_open),
      cmocka_unit_test(address_is_free_at_once_after_a_client_was_served),
      cmocka_unit_test(ipv6_address_is_listened_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
