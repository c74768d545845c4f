/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: what scrapers read, in OpenMetrics and in the older format of Prometheus. */
#include <stdio.h>

#include "shown.h"

#define DOCUMENT "tests/unit/metrics.openmetrics" /* of shown_small */
#define DOCS "docs/metrics.md"

static char *openmetrics(const world_t *w) {
  return shown_after(w, SW_FORMAT_OPENMETRICS, 0);
}

static char *prometheus(const world_t *w) {
  return shown_after(w, SW_FORMAT_PROMETHEUS, 0);
}

static void expect_in_both(const world_t *w, const char *part) {
  char *newer = openmetrics(w);
  char *older = prometheus(w);
  shown_contains(newer, part);
  shown_contains(older, part);
  free(newer);
  free(older);
}

/* The rest of the line that `text` is in, cut off; the next one. NULL: there is none. */
static char *next_line(char *text) {
  char *end = strchr(text, '\n');
  assert_non_null(end); /* the last line has an end, too */
  *end = '\0';
  return end[1] != '\0' ? end + 1 : NULL;
}

/* ---- The document ---- */

static void small_report_is_this_document(void **state) {
  world_t *w = *state;
  shown_small(w);
  char *expected = shown_file(DOCUMENT);
  char *text = shown_after(w, SW_FORMAT_OPENMETRICS, 250 * SW_USEC_PER_MSEC);
  assert_string_equal(text, expected);
  free(text);
  free(expected);
}

/* The older one names counters and infos by their samples, and has neither UNIT nor EOF. */
static void older_format_differs_in_what_is_said_of_a_family(void **state) {
  world_t *w = *state;
  shown_small(w);
  char *text = prometheus(w);
  shown_contains(text, "# TYPE slotwatch_frames_total counter\n# HELP slotwatch_frames_total L");
  shown_contains(text, " Looks at all slots.\nslotwatch_frames_total 5\n");
  shown_contains(text, "# TYPE slotwatch_build_info gauge\n# HELP slotwatch_build_info ");
  shown_contains(text, "# TYPE slotwatch_slots gauge\n# HELP slotwatch_slots ");
  shown_lacks(text, "# UNIT");
  shown_lacks(text, "# EOF");
  free(text);
}

static void both_formats_have_the_same_samples(void **state) {
  world_t *w = *state;
  shown_small(w);
  char *newer = openmetrics(w);
  char *older = prometheus(w);
  size_t samples = 0;
  for (char *line = newer, *next = NULL; line != NULL; line = next) {
    next = next_line(line);
    if (line[0] != '#') {
      char sample[256];
      (void)snprintf(sample, sizeof(sample), "\n%s\n", line);
      shown_contains(older, sample);
      ++samples;
    }
  }
  for (const char *at = older; (at = strchr(at, '\n')) != NULL; ++at) {
    samples -= at[1] != '#' && at[1] != '\0';
  }
  assert_int_equal(samples, 0);
  free(newer);
  free(older);
}

static void openmetrics_ends_with_its_end(void **state) {
  world_t *w = *state;
  shown_small(w);
  char *text = openmetrics(w);
  assert_string_equal(strstr(text, "# EOF"), "# EOF\n");
  free(text);
}

/* ---- Families ---- */

typedef struct families_t {
  char names[128][64];
  size_t count;
  size_t helped; /* of them have had their HELP */
} families_t;

static void begin_family(families_t *families, const char *name) {
  for (size_t at = 0; at < families->count; ++at) {
    assert_string_not_equal(families->names[at], name);
  }
  assert_true(families->count < sizeof(families->names) / sizeof(*families->names));
  strcpy(families->names[families->count++], name);
}

static int is_suffix(const char *text) {
  char part[16];
  (void)snprintf(part, sizeof(part), " %.12s ", text);
  return *text == '\0' || strstr(" _total _info _bucket _count _sum ", part) != NULL;
}

/* A line is of the family that began last: TYPE, UNIT and HELP, and the samples at once. */
static void check_line(families_t *families, const char *line) {
  char name[64] = "";
  char rest[256] = "";
  if (sscanf(line, "# TYPE %63s %255s", name, rest) == 2) {
    assert_non_null(strstr("gauge counter histogram info", rest));
    begin_family(families, name);
    return;
  }
  const char *family = families->names[families->count - 1];
  if (sscanf(line, "# HELP %63s %255[^\n]", name, rest) == 2) {
    assert_string_equal(name, family);
    families->helped = families->count;
  } else if (sscanf(line, "# UNIT %63s %255s", name, rest) == 2) {
    assert_string_equal(name, family);
    assert_string_equal(rest, "seconds");
    assert_non_null(strstr(name, "_seconds"));
    assert_true(families->helped < families->count);
  } else if (strcmp(line, "# EOF") != 0) {
    assert_int_equal(families->helped, families->count);
    assert_int_equal(sscanf(line, "%63[a-z_]", name), 1);
    assert_ptr_equal(strstr(name, family), name);
    assert_true(is_suffix(name + strlen(family)));
  }
}

static void family_is_described_once_and_its_samples_follow(void **state) {
  world_t *w = *state;
  shown_small(w);
  static const sw_format_t formats[] = {SW_FORMAT_OPENMETRICS, SW_FORMAT_PROMETHEUS};
  for (size_t at = 0; at < sizeof(formats) / sizeof(*formats); ++at) {
    families_t families = {0};
    char *text = shown_after(w, formats[at], 0);
    size_t types = 0;
    for (const char *type = text; (type = strstr(type, "# TYPE ")) != NULL; ++type) {
      ++types;
    }
    for (char *line = text, *next = NULL; line != NULL; line = next) {
      next = next_line(line);
      check_line(&families, line);
    }
    assert_int_equal(types, families.count);
    free(text);
  }
}

/* ---- Values ---- */

static void every_counter_has_its_sample(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  uint64_t value = 1000001;
#define SW_X(field) w->report->counters.field = value++;
  SW_COUNTERS(SW_X)
#undef SW_X
  for (uint64_t at = 1000001; at < value; ++at) {
    char number[32];
    (void)snprintf(number, sizeof(number), " %llu\n", (unsigned long long)at);
    expect_in_both(w, number);
  }
  w->report->counters.suppressed_min_drain = UINT32_MAX + 1ULL;
  expect_in_both(w, "\nslotwatch_suppressed_total{reason=\"min-drain\"} 4294967296\n");
}

static void software_is_escaped_and_utf8(void **state) {
  world_t *w = *state;
  strcpy(w->identity.software, "a\"b\\c\nd\xff|\xc3\xa9|\xed\xa0\x80|\xf0\x9f\x98");
  strcpy(w->identity.mpm, "\"} 1\n# EOF");
  world_frame(w, SEC);
  expect_in_both(w,
                 ",software=\"a\\\"b\\\\c\\nd\xef\xbf\xbd|\xc3\xa9|"
                 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
                 "mpm=\"\\\"} 1\\n# EOF\"} 1\n");
}

static void nothing_tells_of_a_process_or_a_client(void **state) {
  world_t *w = *state;
  w->policy.privacy = SW_PRIVACY_FULL;
  shown_small(w);
  char *text = openmetrics(w);
  static const char *const secrets[] = {"pid", "4242", "103", "192.0.2.7", "secret", "example.org"};
  for (size_t at = 0; at < sizeof(secrets) / sizeof(*secrets); ++at) {
    shown_lacks(text, secrets[at]);
  }
  free(text);
}

/* More slots are stuck than incidents are remembered: the one about capacity still counts. */
static void incident_that_is_not_remembered_is_open_still(void **state) {
  (void)state;
  world_t *w = world_new(2 * SW_INCIDENTS_MAX, 1);
  w->policy.stall = 3 * SEC;
  for (uint32_t slot = 0; slot < w->frame.slot_count; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
  }
  world_run(w, 5 * SEC);
  expect_in_both(w, "\nslotwatch_open_incidents{about=\"slot\"} 128\n");
  expect_in_both(w, "\nslotwatch_open_incidents{about=\"capacity\"} 1\n");
  world_free(w);
}

static void incident_about_capacity_that_is_over_is_not_open(void **state) {
  world_t *w = *state;
  w->policy.reserve = 8;
  world_run(w, 3 * SEC);
  world_hold(w, 3, 103);
  world_run(w, 3 * SEC);
  expect_in_both(w, "\nslotwatch_open_incidents{about=\"capacity\"} 1\n");
  world_end(w, 3);
  world_run(w, 3 * SEC);
  expect_in_both(w, "\nslotwatch_incidents_opened_total 1\n");
  expect_in_both(w, "\nslotwatch_open_incidents{about=\"capacity\"} 0\n");
}

/* The report is checked when it is read, its slots' words are not. */
static void words_that_there_are_not_are_not_counted(void **state) {
  world_t *w = *state;
  shown_small(w);
  sw_slot_t *slot = (sw_slot_t *)(uintptr_t)world_slot(w, 3);
  slot->phase = slot->trigger = UINT8_MAX;
  w->report->capacity.verdict = w->report->policy.mode = UINT8_MAX;
  expect_in_both(w, "\nslotwatch_draining_slots{phase=\"requests\",trigger=\"reload\"} 0\n");
  expect_in_both(w, "\nslotwatch_verdict{verdict=\"full\"} 0\n");
}

/* ---- docs/metrics.md: `| name | type |` begins the row of each. ---- */

static void metric_and_its_row_in_the_docs_need_each_other(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  char *docs = shown_file(DOCS);
  char *text = openmetrics(w);
  char *older = prometheus(w);
  char name[64];
  char type[16];
  char part[128];
  for (const char *at = text; (at = strstr(at, "# TYPE ")) != NULL; ++at) {
    assert_int_equal(sscanf(at, "# TYPE %63s %15s", name, type), 2);
    const char *suffix = strcmp(type, "counter") == 0 ? "_total" : "";
    (void)snprintf(part, sizeof(part), "\n| `%s%s` | %s |", name,
                   strcmp(type, "info") == 0 ? "_info" : suffix, type);
    shown_contains(docs, part);
  }
  for (const char *at = docs; (at = strstr(at, "\n| `slotwatch_")) != NULL; ++at) {
    assert_int_equal(sscanf(at, "\n| `%63[a-z_]`", name), 1);
    (void)snprintf(part, sizeof(part), "# TYPE %s ", name);
    shown_contains(older, part);
  }
  free(docs);
  free(text);
  free(older);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(small_report_is_this_document),
      WORLD_TEST(older_format_differs_in_what_is_said_of_a_family),
      WORLD_TEST(both_formats_have_the_same_samples),
      WORLD_TEST(openmetrics_ends_with_its_end),
      WORLD_TEST(family_is_described_once_and_its_samples_follow),
      WORLD_TEST(every_counter_has_its_sample),
      WORLD_TEST(software_is_escaped_and_utf8),
      WORLD_TEST(nothing_tells_of_a_process_or_a_client),
      WORLD_TEST(incident_about_capacity_that_is_over_is_not_open),
      cmocka_unit_test(incident_that_is_not_remembered_is_open_still),
      WORLD_TEST(words_that_there_are_not_are_not_counted),
      WORLD_TEST(metric_and_its_row_in_the_docs_need_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
