/* SPDX-License-Identifier: Apache-2.0 */
/* Privacy: what of a request and its client leaves the core. */
#include "world.h"

/* The report's only request, with the policy's privacy applied. */
static const sw_request_t *publish(world_t *w, const sw_request_t *request) {
  w->requests[0] = *request;
  w->frame.request_count = 1;
  world_frame(w, SEC);
  return sw_report_requests(w->report);
}

static const sw_request_t *publish_line(world_t *w, const char *line) {
  sw_request_t request = {0};
  strncpy(request.request, line, sizeof(request.request) - 1);
  return publish(w, &request);
}

static const sw_request_t visit = {.worker = 3,
                                   .state = SW_WORKER_WRITE,
                                   .elapsed = 5 * SEC,
                                   .client = "192.0.2.1",
                                   .request = "GET /a?b=c HTTP/1.1",
                                   .vhost = "www.example.org:443",
                                   .protocol = "http/1.1"};

static void level_shows_what_the_design_says(void **state) {
  world_t *w = *state;
  static const struct {
    uint8_t privacy;
    const char *client, *request, *vhost;
  } levels[] = {
      {SW_PRIVACY_FULL, "192.0.2.1", "GET /a?b=c HTTP/1.1", "www.example.org:443"},
      {SW_PRIVACY_NOQUERY, "192.0.2.1", "GET /a? HTTP/1.1", "www.example.org:443"},
      {SW_PRIVACY_NOCLIENT, "", "GET /a? HTTP/1.1", "www.example.org:443"},
      {SW_PRIVACY_NONE, "", "", ""},
      {SW_PRIVACY_COUNT, "", "", ""}, /* what is no level shows nothing */
      {255, "", "", ""},
  };
  for (size_t at = 0; at < sizeof(levels) / sizeof(*levels); ++at) {
    w->policy.privacy = levels[at].privacy;
    const sw_request_t *shown = publish(w, &visit);
    assert_string_equal(shown->client, levels[at].client);
    assert_string_equal(shown->request, levels[at].request);
    assert_string_equal(shown->vhost, levels[at].vhost);
    assert_string_equal(shown->protocol, "http/1.1");
    assert_int_equal(shown->worker, 3);
    assert_int_equal(shown->state, SW_WORKER_WRITE);
    assert_int_equal(shown->elapsed, 5 * SEC);
  }
}

#define LONG_PATH "/123456789/123456789/123456789/123456789/12345678" /* of 49 */

static void query_is_cut_and_its_mark_stays(void **state) {
  world_t *w = *state;
  static const char *const lines[][2] = {
      {"GET /a HTTP/1.1", "GET /a HTTP/1.1"},
      {"GET /a?secret HTTP/1.1", "GET /a? HTTP/1.1"},
      {"GET /a? HTTP/1.1", "GET /a? HTTP/1.1"},
      {"GET /a?b?c HTTP/2.0", "GET /a? HTTP/2.0"},
      {"GET /?a=HTTP/ HTTP/1.1", "GET /? HTTP/1.1"},
      {"GET /?a b c HTTP/1.1", "GET /? HTTP/1.1"}, /* spaces that no client should send */
      {"GET /a?secret", "GET /a?"},                /* HTTP/0.9, or cut off */
      {"GET /a?secret HTT", "GET /a?"},
      {"GET /a?secret word", "GET /a?"},
      {"GET /a HTTP/1.1?secret", "GET /a HTTP/1.1?"},
      {"?", "?"},
      {"?secret", "?"},
      {" ", " "},
      {"", ""},
      {"NULL", "NULL"},
      {"GET " LONG_PATH "?secret=1", "GET " LONG_PATH "?"},
      {"GET " LONG_PATH "?secret=1 HTTP/1.1", "GET " LONG_PATH "?"},
  };
  for (size_t at = 0; at < sizeof(lines) / sizeof(*lines); ++at) {
    assert_string_equal(publish_line(w, lines[at][0])->request, lines[at][1]);
  }
}

/* Not only behind a NUL: who maps the report may look further. */
static void query_leaves_no_byte_behind(void **state) {
  world_t *w = *state;
  const char expected[64] = "GET /a? HTTP/1.1";
  const sw_request_t *shown = publish_line(w, "GET /a?secret=0123456789abcdef HTTP/1.1");
  assert_memory_equal(shown->request, expected, sizeof(expected));
}

/* SeeRequestTail keeps the end of a long line: it may start within a query, without the mark. */
static void tail_that_was_cut_shows_nothing_below_full(void **state) {
  world_t *w = *state;
  const char tail[] = "ecret=0123456789/0123456789/0123456789/0123456789/0123 HTTP/1.1";
  assert_int_equal(sizeof(tail), sizeof(w->requests->request));
  assert_string_equal(publish_line(w, tail)->request, tail); /* a head of a line */
  w->frame.requests_are_tails = 1;
  assert_string_equal(publish_line(w, tail)->request, "");
  assert_string_equal(publish_line(w, tail + 1)->request, tail + 1); /* short: a whole line */
  w->policy.privacy = SW_PRIVACY_FULL;
  assert_string_equal(publish_line(w, tail)->request, tail);
}

static void texts_without_an_end_get_one(void **state) {
  world_t *w = *state;
  const uint8_t levels[] = {SW_PRIVACY_FULL, SW_PRIVACY_NOQUERY};
  for (size_t at = 0; at < sizeof(levels); ++at) {
    w->policy.privacy = levels[at];
    sw_request_t request;
    memset(&request, 'x', sizeof(request));
    const sw_request_t *shown = publish(w, &request);
    assert_int_equal(strlen(shown->client), sizeof(shown->client) - 1);
    assert_int_equal(strlen(shown->request), sizeof(shown->request) - 1);
    assert_int_equal(strlen(shown->vhost), sizeof(shown->vhost) - 1);
    assert_int_equal(strlen(shown->protocol), sizeof(shown->protocol) - 1);
  }
}

static void query_at_the_very_end_of_the_room_is_cut_too(void **state) {
  world_t *w = *state;
  sw_request_t request;
  memset(&request, 'x', sizeof(request));
  request.request[sizeof(request.request) - 2] = '?';
  const sw_request_t *shown = publish(w, &request);
  assert_int_equal(strlen(shown->request), sizeof(shown->request) - 1);
  request.request[sizeof(request.request) - 3] = '?';
  shown = publish(w, &request);
  assert_int_equal(strlen(shown->request), sizeof(shown->request) - 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(level_shows_what_the_design_says),
      WORLD_TEST(query_is_cut_and_its_mark_stays),
      WORLD_TEST(query_leaves_no_byte_behind),
      WORLD_TEST(tail_that_was_cut_shows_nothing_below_full),
      WORLD_TEST(texts_without_an_end_get_one),
      WORLD_TEST(query_at_the_very_end_of_the_room_is_cut_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
