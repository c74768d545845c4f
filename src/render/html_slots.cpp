// SPDX-License-Identifier: Apache-2.0
// What is seen at a glance: the verdict, a cell for each slot, the generations that hold them.
#include <algorithm>
#include <array>

#include "html.hpp"

namespace slotwatch {

namespace {

// As many letters of workers stand in a cell, and in all; more are counted.
constexpr size_t letters_most = 32;
constexpr size_t all_letters_most = 2048;
// As many cells have room for that; where there are more, counts stand in their titles.
constexpr size_t roomy_cells_most = 256;

void write_figure(Out &out, std::string_view name, int64_t number) {
  out << "<div><dt>" << name << "<dd>" << number << " <small>";
}

void write_figures(Out &out, const sw_capacity_t &capacity) {
  out << "<dl class=\"figures\">\n";
  write_figure(out, "slots free", capacity.free);
  out << "of " << int64_t{capacity.slots} << ", reserve " << int64_t{capacity.reserve}
      << "</small></div>\n";
  write_figure(out, "reloads left", capacity.reloads_left);
  out << "if no slot becomes free</small></div>\n";
  write_figure(out, "slots stuck", capacity.stuck);
  out << int64_t{capacity.draining} << " draining, " << int64_t{capacity.recycling}
      << " recycling</small></div>\n";
  write_figure(out, "workers busy", capacity.workers_busy);
  out << int64_t{capacity.workers_idle} << " idle, slots serving: " << int64_t{capacity.serving}
      << "</small></div>\n</dl>\n";
}

void write_slack(Out &out, const sw_report_t &report) {
  const uint32_t needed = sw_policy_slack_needs(&report.policy, report.slot_count);
  if (needed != 0) {
    out << "<p class=\"slack\">Under full load a reload finds no room. Set <code>ServerLimit "
        << int64_t{needed} << "</code> and restart httpd: a reload does not change it.</p>\n";
  }
}

void write_key(Out &out) {
  static constexpr sw_state_t states[] = {SW_STATE_FREE, SW_STATE_SERVING, SW_STATE_DRAINING,
                                          SW_STATE_STUCK, SW_STATE_RECYCLING};
  out << "<p class=\"key\">";
  for (const sw_state_t state : states) {
    const Mark mark = mark_of(state);
    out << "<span><b class=\"" << mark.style << "\">" << mark.letter << "</b> "
        << sw_state_name(state) << "</span> ";
  }
  out << "</p>\n";
}

// How many workers are in each state: 12W 52_.
void write_counts(Out &out, std::string_view workers) {
  std::array<int64_t, SW_WORKER_COUNT + 1> counts{};  // the last: of no state there is
  for (const char state : workers) {
    ++counts[std::min<size_t>(static_cast<unsigned char>(state), SW_WORKER_COUNT)];
  }
  for (uint32_t state = 0; state < counts.size(); ++state) {
    if (counts[state] > 0) {
      out << ' ' << counts[state] << sw_worker_letter(state);
    }
  }
}

void write_workers(Out &out, std::string_view workers, size_t slots) {
  out << "<p>";
  if (workers.size() <= letters_most && workers.size() * slots <= all_letters_most) {
    write_letters(out, workers);
  } else {
    write_counts(out, workers);
  }
}

// End tags and quotes that HTML can do without are left out: there may be a thousand cells.
void write_cell(Out &out, const sw_slot_t &slot, const Look &look) {
  const Mark mark = mark_of(slot.state);
  const std::string_view workers = look.workers(slot);
  const bool is_roomy = look.slots().size() <= roomy_cells_most;
  out << "<li class=" << mark.style;
  if (slot.state != SW_STATE_FREE) {
    out << " title=\"pid " << int64_t{slot.pid} << ", generation " << int64_t{slot.generation};
    if (!is_roomy) {
      out << ':';
      write_counts(out, workers);
    }
    out << '"';
  }
  out << '>' << mark.letter << ' ' << look.number_of(slot);
  if (is_roomy && !workers.empty()) {
    write_workers(out, workers, look.slots().size());
  }
}

void write_generation(Out &out, int64_t number, int64_t slots, int64_t all) {
  out << "<tr><th scope=\"row\">" << number << "<td>" << slots << ' ';
  write_bar(out, static_cast<uint64_t>(slots), static_cast<uint64_t>(all));
  out << "<td>";
}

}  // namespace

void write_glance(Out &out, const Look &look) {
  const std::string_view word = word_of(look);
  out << "<section aria-label=\"At a glance\">\n<p class=\"verdict " << word
      << "\" role=\"status\">" << word << "</p>\n<p class=\"headline\">";
  write_headline(out, look);
  out << "</p>\n";
  write_figures(out, look.report.capacity);
  write_slack(out, look.report);
  out << "</section>\n";
}

void write_map(Out &out, const Look &look) {
  out << "<section>\n<h2>Slots</h2>\n";
  write_key(out);
  out << "<ol class=\"map\" role=\"list\">";
  for (const sw_slot_t &slot : look.slots()) {
    write_cell(out, slot, look);
  }
  out << "</ol>\n</section>\n";
}

void write_generations(Out &out, const Look &look) {
  static constexpr std::string_view columns[] = {"generation", "slots", "draining for"};
  const sw_report_t &report = look.report;
  const auto slots = look.slots();
  const int64_t all = report.slot_count;
  begin_table(out, half_section, "Generations", columns);
  write_generation(out, report.generation,
                   std::ranges::count_if(slots,
                                         [&report](const sw_slot_t &slot) {
                                           return slot.state != SW_STATE_FREE &&
                                                  slot.generation == report.generation;
                                         }),
                   all);
  out << "<small>the running one</small>\n";
  for (const sw_generation_t &old : std::span{report.generations, report.generation_count}) {
    write_generation(out, old.generation, old.slots, all);
    write_span(out, old.draining);
    out << '\n';
  }
  end_table(out);
  out << "</section>\n";
}

}  // namespace slotwatch
