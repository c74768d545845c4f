/* SPDX-License-Identifier: Apache-2.0 */
/* Format: what a query and an Accept header ask for. */
#include "world.h"

typedef struct asked_t {
  const char *query;
  const char *accept;
  sw_format_t format;
} asked_t;

static void check(const asked_t *asked, size_t count) {
  for (size_t at = 0; at < count; ++at) {
    sw_format_t format = SW_FORMAT_COUNT;
    assert_int_equal(sw_format_choose(asked[at].query, asked[at].accept, &format), SW_STATUS_OK);
    if (format != asked[at].format) {
      fail_msg("query '%s', Accept '%s': %s instead of %s", asked[at].query, asked[at].accept,
               sw_format_name(format), sw_format_name(asked[at].format));
    }
  }
}
#define CHECK(asked) check(asked, sizeof(asked) / sizeof(*(asked)))

static void query_decides_before_the_accept_header(void **state) {
  (void)state;
  static const asked_t asked[] = {
      {"format=json", NULL, SW_FORMAT_JSON},
      {"format=text", "application/json", SW_FORMAT_TEXT},
      {"format=health", "text/html", SW_FORMAT_HEALTH},
      {"format=openmetrics", "text/html", SW_FORMAT_OPENMETRICS},
      {"format=prometheus", "text/plain", SW_FORMAT_PROMETHEUS},
      {"a=b&format=json", NULL, SW_FORMAT_JSON},
      {"format=json&format=text", NULL, SW_FORMAT_JSON},
      {"auto", "text/html", SW_FORMAT_TEXT},
      {"auto=1", NULL, SW_FORMAT_TEXT},
      {"auto&format=json", NULL, SW_FORMAT_JSON},
      {"automatic", NULL, SW_FORMAT_HTML},
      {"xformat=json", NULL, SW_FORMAT_HTML},
      {"&&", NULL, SW_FORMAT_HTML},
      {"", "", SW_FORMAT_HTML},
      {NULL, NULL, SW_FORMAT_HTML},
  };
  CHECK(asked);
}

static void unknown_format_is_refused_and_nothing_is_written(void **state) {
  (void)state;
  static const char *const queries[] = {"format=",
                                        "format",
                                        "format=xml",
                                        "format=JSON",
                                        "format=json%00",
                                        "format=json=",
                                        "format=json&format=xml"};
  for (size_t at = 0; at + 1 < sizeof(queries) / sizeof(*queries); ++at) {
    sw_format_t format = SW_FORMAT_COUNT;
    assert_int_equal(sw_format_choose(queries[at], NULL, &format), SW_STATUS_ARGUMENT);
    assert_int_equal(format, SW_FORMAT_COUNT);
  }
}

static void accept_header_is_weighed_as_rfc_9110_says(void **state) {
  (void)state;
  static const asked_t asked[] = {
      {NULL, "application/json", SW_FORMAT_JSON},
      {NULL, "Application/JSON", SW_FORMAT_JSON},
      {NULL, "text/plain", SW_FORMAT_TEXT},
      {NULL, "*/*", SW_FORMAT_HTML},
      {NULL, "image/png", SW_FORMAT_HTML},
      {NULL, "text/*", SW_FORMAT_HTML},
      {NULL, "application/*", SW_FORMAT_JSON},
      {NULL, "text/html;q=0.5, application/json", SW_FORMAT_JSON},
      {NULL, "text/html;q=0.5, application/json;q=0.25", SW_FORMAT_HTML},
      {NULL, "text/html;q=0.123,text/plain;q=0.124", SW_FORMAT_TEXT},
      {NULL, "application/json;q=0.001", SW_FORMAT_JSON},
      {NULL, "text/html; level=1; q=0.2 , text/plain ; Q = 0.3", SW_FORMAT_TEXT},
      {NULL, "text/html;q=0, */*;q=0.1", SW_FORMAT_JSON}, /* the more precise range counts */
      {NULL, "text/*;q=0.9, text/html;q=0.1, application/json;q=0.5", SW_FORMAT_TEXT},
      {NULL, "text/html;q=0", SW_FORMAT_HTML},
      {NULL, "text/plain;q=nonsense, text/html;q=0.9", SW_FORMAT_TEXT},
      {NULL, ",;,=;q=,", SW_FORMAT_HTML},
  };
  CHECK(asked);
}

/* What scrapers send: Prometheus 3, also where its scrape_protocols begin with PrometheusText1.0.0
 * or with PrometheusProto; Prometheus 2, and 2 without OpenMetrics. */
static void accept_header_of_a_scraper_gets_metrics(void **state) {
  (void)state;
  static const asked_t asked[] = {
      {NULL,
       "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
       "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
       "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       SW_FORMAT_OPENMETRICS},
      {NULL,
       "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,"
       "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.3",
       SW_FORMAT_PROMETHEUS},
      {NULL, "text/plain;version=1.0.0;escaping=underscores;q=0.6,*/*;q=0.5", SW_FORMAT_PROMETHEUS},
      {NULL,
       "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
       "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,"
       "text/plain;version=0.0.4;q=0.4,*/*;q=0.3",
       SW_FORMAT_OPENMETRICS},
      {NULL,
       "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
       "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       SW_FORMAT_OPENMETRICS},
      {NULL, "text/plain;version=0.0.4;q=1,*/*;q=0.1", SW_FORMAT_PROMETHEUS},
      {NULL, "application/openmetrics-text", SW_FORMAT_OPENMETRICS},
      {NULL, "Application/OpenMetrics-Text; Version=0.0.1", SW_FORMAT_OPENMETRICS},
      {NULL, "text/plain; version=\"0.0.4\"", SW_FORMAT_PROMETHEUS},
  };
  CHECK(asked);
}

static void version_of_a_type_names_the_format_that_has_it(void **state) {
  (void)state;
  static const asked_t asked[] = {
      {NULL, "text/plain", SW_FORMAT_TEXT},
      {NULL, "text/plain; charset=utf-8", SW_FORMAT_TEXT},
      {NULL, "text/plain; version=0.0.5", SW_FORMAT_PROMETHEUS},
      {NULL, "text/plain; version=", SW_FORMAT_TEXT},
      {NULL, "text/plain; q=0.5, text/plain; version=0.0.4", SW_FORMAT_PROMETHEUS},
      {NULL, "text/plain, text/plain; version=0.0.4; q=0.5", SW_FORMAT_TEXT},
      {NULL, "text/plain; version=0.0.4; q=0.2, application/json; q=0.1", SW_FORMAT_PROMETHEUS},
      {NULL, "text/plain; version=0.0.4; q=0", SW_FORMAT_HTML},
      {NULL, "application/json; version=0.0.4", SW_FORMAT_JSON},
      {NULL, "text/html; q=0, text/*; q=0.5", SW_FORMAT_TEXT},
  };
  CHECK(asked);
}

static void every_format_has_a_content_type_and_stands_in_the_list(void **state) {
  (void)state;
  for (uint32_t format = 0; format < SW_FORMAT_COUNT; ++format) {
    assert_non_null(strstr(sw_format_list(), sw_format_name(format)));
    assert_non_null(strchr(sw_format_type((sw_format_t)format), '/'));
  }
  assert_string_equal(sw_format_list(), "html, json, openmetrics, text, prometheus, health");
  assert_string_equal(sw_format_type(SW_FORMAT_JSON), "application/json");
  assert_string_equal(sw_format_type(SW_FORMAT_HTML), "text/html; charset=utf-8");
  assert_string_equal(sw_format_type(SW_FORMAT_OPENMETRICS),
                      "application/openmetrics-text; version=1.0.0; charset=utf-8");
  assert_string_equal(sw_format_type(SW_FORMAT_PROMETHEUS),
                      "text/plain; version=0.0.4; charset=utf-8");
  assert_string_equal(sw_format_type(SW_FORMAT_COUNT), "application/octet-stream");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(query_decides_before_the_accept_header),
      cmocka_unit_test(unknown_format_is_refused_and_nothing_is_written),
      cmocka_unit_test(accept_header_is_weighed_as_rfc_9110_says),
      cmocka_unit_test(accept_header_of_a_scraper_gets_metrics),
      cmocka_unit_test(version_of_a_type_names_the_format_that_has_it),
      cmocka_unit_test(every_format_has_a_content_type_and_stands_in_the_list),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
