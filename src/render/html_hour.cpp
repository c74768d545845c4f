// SPDX-License-Identifier: Apache-2.0
// The last hour: slots by state, and what happened; how long drains lasted.
#include <algorithm>
#include <array>
#include <utility>

#include "html.hpp"

namespace slotwatch {

namespace {

constexpr int64_t nowhere = -1;

// Which step of the hour that is, from 0; the last moment's is the last. A forged instant is none.
[[nodiscard]] int64_t step_of(const sw_moment_t &moment, const Look &look) {
  const auto age =
      static_cast<uint64_t>(look.moments().back().begun) - static_cast<uint64_t>(moment.begun);
  const uint64_t steps = age / static_cast<uint64_t>(SW_MOMENT_STEP);
  return steps < SW_MOMENTS_MAX ? static_cast<int64_t>(SW_MOMENTS_MAX - 1 - steps) : nowhere;
}

// Slots that were held in a moment, as an area from the bottom: the worst lie lowest.
struct Area {
  uint32_t state;
  int64_t (*height)(const sw_moment_t &);
};
constexpr Area areas[] = {
    {SW_STATE_SERVING,
     [](const sw_moment_t &m) {
       return int64_t{m.serving} + int64_t{m.draining} + int64_t{m.stuck} + int64_t{m.recycling};
     }},
    {SW_STATE_DRAINING,
     [](const sw_moment_t &m) {
       return int64_t{m.draining} + int64_t{m.stuck} + int64_t{m.recycling};
     }},
    {SW_STATE_STUCK, [](const sw_moment_t &m) { return int64_t{m.stuck} + int64_t{m.recycling}; }},
    {SW_STATE_RECYCLING, [](const sw_moment_t &m) { return int64_t{m.recycling}; }},
};

void write_area(Out &out, const Area &area, const Look &look) {
  const int64_t floor = look.report.capacity.slots;
  int64_t next = nowhere;
  int64_t top = floor;
  out << "<path class=\"" << mark_of(area.state).style << "\" d=\"";
  for (const sw_moment_t &moment : look.moments()) {
    const int64_t step = step_of(moment, look);
    if (step == nowhere) {
      continue;
    }
    if (step != next) {
      if (next != nowhere) {
        out << 'V' << floor;
      }
      out << 'M' << step << ' ' << floor;
      top = floor;
    }
    if (const int64_t last = std::exchange(top, floor - area.height(moment)); top != last) {
      out << 'V' << top;
    }
    out << "h1";
    next = step + 1;
  }
  out << 'V' << floor << "\"/>";
}

// A mark in each step in which something of a kind happened.
struct Lane {
  std::string_view name;
  uint32_t sw_moment_t::*count;
};
constexpr Lane lanes[] = {{"reloads", &sw_moment_t::reloads},
                          {"incidents", &sw_moment_t::incidents_opened},
                          {"recycled", &sw_moment_t::recycled}};

void write_lane(Out &out, const Lane &lane, const Look &look) {
  int64_t all = 0;
  out << "<svg viewBox=\"0 0 120 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path d=\"";
  for (const sw_moment_t &moment : look.moments()) {
    const int64_t step = step_of(moment, look);
    if (step != nowhere && moment.*lane.count > 0) {
      out << 'M' << step << " 0h1v1h-1";
      all += moment.*lane.count;
    }
  }
  out << "\"/></svg><span>" << all << ' ' << lane.name << "</span>\n";
}

void write_caption(Out &out, const Look &look) {
  const auto moments = look.moments();
  const auto most = std::ranges::max(moments, {}, &sw_moment_t::stuck).stuck;
  const auto least = std::ranges::min(moments, {}, &sw_moment_t::free).free;
  out << "<figcaption>Of " << int64_t{look.report.capacity.slots} << " slots at most "
      << int64_t{most} << " were stuck, and at least " << int64_t{least} << " free.</figcaption>\n";
}

}  // namespace

void write_hour(Out &out, const Look &look) {
  if (look.moments().empty()) {
    return;
  }
  out << half_section
      << "The last hour</h2>\n<figure>\n<div class=\"hour\">\n"
         "<svg class=\"areas\" viewBox=\"0 0 120 "
      << int64_t{look.report.capacity.slots}
      << "\" preserveAspectRatio=\"none\" role=\"img\" "
         "aria-label=\"Slots by state, in steps of 30 seconds\">";
  for (const Area &area : areas) {
    write_area(out, area, look);
  }
  out << "</svg><span>" << int64_t{look.report.capacity.slots} << " slots</span>\n";
  for (const Lane &lane : lanes) {
    write_lane(out, lane, look);
  }
  out << "<p class=\"axis\"><span>1 h ago</span> <span>30 min</span> <span>now</span></p>\n"
         "</div>\n";
  write_caption(out, look);
  out << "</figure>\n</section>\n";
}

void write_drains(Out &out, const Look &look) {
  static constexpr std::string_view columns[] = {"lasted up to", "drains"};
  const auto buckets = buckets_of(look.report.drains);
  uint64_t all = 0;
  for (const DrainBucket &bucket : buckets) {
    all += bucket.count;
  }
  if (all == 0) {
    return;
  }
  begin_table(out, half_section, "How long drains lasted", columns);
  for (const DrainBucket &bucket : buckets) {
    out << "<tr><th scope=\"row\">";
    if (bucket.bound != 0) {
      write_span(out, bucket.bound * SW_USEC_PER_SEC);
    } else {
      out << "longer";
    }
    out << "<td>" << static_cast<int64_t>(bucket.count) << ' ';
    write_bar(out, bucket.count, all);
    out << '\n';
  }
  end_table(out);
  out << "</section>\n";
}

}  // namespace slotwatch
