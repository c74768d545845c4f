/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent sees of its process, in every document and in the log: hostile texts escaped. */
#include <sys/socket.h>

#include "shown.h"

#define HOSTILE "<i>\"'&\n\x1b[31m\\\xff"

static int setup(void **state) {
  world_setup(state);
  world_t *w = *state;
  shown_hold(w, 3, "GET / HTTP/1.1", "192.0.2.7");
  w->sockets[0] = (sw_socket_t){.role = SW_ROLE_BACKEND,
                                .family = AF_UNIX,
                                .idle = -1,
                                .queued = 9,
                                .peer = "unix:/run/php.sock"};
  w->sockets[1] = (sw_socket_t){.role = SW_ROLE_CLIENT,
                                .family = AF_INET6,
                                .idle = 1500 * SW_USEC_PER_MSEC,
                                .queued = 4096,
                                .acked = 5000000000,
                                .received = 77,
                                .peer = "[2001:db8::1]:443"};
  w->threads[0] = (sw_thread_t){
      .tid = 4711, .state = 'S', .name = "worker", .wchan = "tcp_sendmsg", .cpu = 2 * SEC};
  w->frame.socket_count = 2;
  w->frame.thread_count = 1;
  w->samples[3].evidence = (sw_evidence_t){
      .is_present = 1, .clients = 1, .backends = 1, .socket_count = 2, .thread_count = 1};
  return 0;
}

static char *shown_in(world_t *w, sw_format_t format) {
  world_frame(w, SEC);
  return shown_after(w, format, 0);
}

static void sockets_and_threads_are_in_json(void **state) {
  char *text = shown_in(*state, SW_FORMAT_JSON);
  shown_contains(text,
                 "\"sockets\":[{\"role\":\"backend\",\"family\":\"unix\","
                 "\"peer\":\"unix:/run/php.sock\",\"idle_seconds\":null,\"queued_bytes\":9,"
                 "\"acked_bytes\":0,\"received_bytes\":0},"
                 "{\"role\":\"client\",\"family\":\"inet6\",\"peer\":\"[2001:db8::1]:443\","
                 "\"idle_seconds\":1.5,\"queued_bytes\":4096,\"acked_bytes\":5000000000,"
                 "\"received_bytes\":77}],"
                 "\"threads\":[{\"tid\":4711,\"name\":\"worker\",\"state\":\"S\","
                 "\"wchan\":\"tcp_sendmsg\",\"cpu_seconds\":2.0}]");
  shown_contains(text, "\"judged_by\":\"agent\"");
  shown_contains(text, "\"clients\":1,\"backends\":1,");
  free(text);
}

static void sockets_and_threads_are_indented_lines_of_text(void **state) {
  char *text = shown_in(*state, SW_FORMAT_TEXT);
  shown_contains(text,
                 "\n  socket: role=backend family=unix peer=\"unix:/run/php.sock\" queued_bytes=9 "
                 "acked_bytes=0 received_bytes=0\n");
  shown_contains(text,
                 "\n  thread: tid=4711 name=\"worker\" state=\"S\" wchan=\"tcp_sendmsg\" "
                 "cpu_seconds=2.000\n");
  free(text);
}

static void sockets_and_threads_are_listed_in_html(void **state) {
  char *text = shown_in(*state, SW_FORMAT_HTML);
  shown_contains(text,
                 "<li>backend unix:/run/php.sock, 9 bytes queued"
                 "<li>client [2001:db8::1]:443, idle 1.500 s, 4096 bytes queued"
                 "<li>thread worker S tcp_sendmsg</ul>");
  free(text);
}

static void hostile_texts_are_escaped(void **state) {
  world_t *w = *state;
  strcpy(w->sockets[0].peer, HOSTILE);
  strcpy(w->threads[0].name, HOSTILE);
  strcpy(w->threads[0].wchan, HOSTILE);
  w->threads[0].state = '<';
  static const sw_format_t formats[] = {SW_FORMAT_JSON, SW_FORMAT_TEXT, SW_FORMAT_HTML};
  for (size_t at = 0; at < sizeof(formats) / sizeof(*formats); ++at) {
    char *text = shown_in(w, formats[at]);
    shown_lacks(text, "\x1b");
    shown_lacks(text, "\xff");
    if (formats[at] == SW_FORMAT_HTML) {
      shown_lacks(text, "<i>");
    }
    free(text);
  }
}

static void texts_without_an_end_end_where_their_field_does(void **state) {
  world_t *w = *state;
  memset(w->sockets[0].peer, 'p', sizeof(w->sockets[0].peer));
  memset(w->threads[0].name, 'n', sizeof(w->threads[0].name));
  char *text = shown_in(w, SW_FORMAT_TEXT);
  shown_contains(text, "pppp\" queued_bytes");
  shown_contains(text, "name=\"nnnnnnnnnnnnnnn\" ");
  free(text);
}

/* ---- SW305 ---- */

static sw_status_t line_of(const world_t *w, int32_t pid, uint32_t at, char *line) {
  const sw_intent_t intent = {.slot = 3, .pid = pid};
  return sw_render_evidence(&intent, w->report, at, line, SW_LINE_MAX);
}

static void evidence_is_a_line_for_each_thread_socket_and_request(void **state) {
  world_t *w = *state;
  char line[SW_LINE_MAX];
  world_frame(w, SEC);
  const int32_t pid = w->samples[3].pid;
  assert_int_equal(line_of(w, pid, 0, line), SW_STATUS_OK);
  assert_string_equal(line,
                      "SW305 evidence slot=3 pid=103 thread tid=4711 name=\"worker\" state=\"S\" "
                      "wchan=\"tcp_sendmsg\" cpu_seconds=2.000");
  assert_int_equal(line_of(w, pid, 2, line), SW_STATUS_OK);
  assert_string_equal(line,
                      "SW305 evidence slot=3 pid=103 socket role=client family=inet6 "
                      "peer=\"[2001:db8::1]:443\" idle_seconds=1.500 queued_bytes=4096 "
                      "acked_bytes=5000000000 received_bytes=77");
  assert_int_equal(line_of(w, pid, 3, line), SW_STATUS_OK);
  shown_contains(line,
                 " request worker=1 state=G elapsed_seconds=7.000 request=\"GET / HTTP/1.1\"");
  assert_int_equal(line_of(w, pid, 4, line), SW_STATUS_RANGE);
  assert_int_equal(line_of(w, pid, UINT32_MAX, line), SW_STATUS_RANGE);
}

static void evidence_of_a_process_that_is_gone_is_none(void **state) {
  world_t *w = *state;
  char line[SW_LINE_MAX];
  world_frame(w, SEC);
  assert_int_equal(line_of(w, 5, 0, line), SW_STATUS_RANGE);
  static const int32_t slots[] = {-1, WORLD_SLOTS, INT32_MAX, INT32_MIN};
  for (size_t at = 0; at < sizeof(slots) / sizeof(*slots); ++at) {
    const sw_intent_t intent = {.slot = slots[at], .pid = w->samples[3].pid};
    assert_int_equal(sw_render_evidence(&intent, w->report, 0, line, sizeof(line)),
                     SW_STATUS_RANGE);
  }
}

static void evidence_that_does_not_fit_is_cut_and_told(void **state) {
  world_t *w = *state;
  char line[24];
  world_frame(w, SEC);
  const sw_intent_t intent = {.slot = 3, .pid = w->samples[3].pid};
  assert_int_equal(sw_render_evidence(&intent, w->report, 0, line, sizeof(line)), SW_STATUS_SPACE);
  assert_non_null(memchr(line, '\0', sizeof(line)));
  assert_int_equal(sw_render_evidence(&intent, w->report, 0, line, 0), SW_STATUS_ARGUMENT);
}

#define HOLDERS_TEST(test) cmocka_unit_test_setup_teardown(test, setup, world_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      HOLDERS_TEST(sockets_and_threads_are_in_json),
      HOLDERS_TEST(sockets_and_threads_are_indented_lines_of_text),
      HOLDERS_TEST(sockets_and_threads_are_listed_in_html),
      HOLDERS_TEST(hostile_texts_are_escaped),
      HOLDERS_TEST(texts_without_an_end_end_where_their_field_does),
      HOLDERS_TEST(evidence_is_a_line_for_each_thread_socket_and_request),
      HOLDERS_TEST(evidence_of_a_process_that_is_gone_is_none),
      HOLDERS_TEST(evidence_that_does_not_fit_is_cut_and_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
