// SPDX-License-Identifier: Apache-2.0
#include "top_screen.hpp"

#include <ncurses.h>

#include <algorithm>
#include <array>
#include <clocale>

#include "columns.hpp"
#include "failure.hpp"
#include "text.hpp"
#include "words.hpp"

namespace slotwatch::ctl {

namespace {

constexpr int escape_key = 27;
constexpr size_t most_bands = 4;
constexpr size_t rows_for_bands = 16;  // a screen of fewer shows none
constexpr size_t rows_for_more = 10;   // nor anything but the headline and slots

struct Binding {
  int code;
  Key key;
};
constexpr std::array<Binding, 17> bindings{{
    {'q', Key::quit},
    {KEY_UP, Key::up},
    {'k', Key::up},
    {KEY_DOWN, Key::down},
    {'j', Key::down},
    {KEY_PPAGE, Key::page_up},
    {KEY_NPAGE, Key::page_down},
    {KEY_HOME, Key::first},
    {'g', Key::first},
    {KEY_END, Key::last},
    {'G', Key::last},
    {'s', Key::sort},
    {'r', Key::recycle},
    {'y', Key::yes},
    {'Y', Key::yes},
    {'?', Key::help},
    {'h', Key::help},
}};

constexpr std::array<const char *, 10> help_lines{
    "up k, down j        select a slot; the selection stays with the slot",
    "PgUp PgDn Home End  the same, further",
    "s                   sort by state, slot, draining, stalled",
    "r                   recycle the selected slot, after y",
    "q                   quit",
    "",
    "A slot is serving, draining (on its way out), stuck (draining without",
    "progress, or for too long), recycling (being freed), or free.",
    "",
    "any key: back",
};

// In the order of Colour.
constexpr std::array<short, 8> terminal_colours{COLOR_WHITE,   COLOR_WHITE, COLOR_WHITE,
                                                COLOR_RED,     COLOR_GREEN, COLOR_YELLOW,
                                                COLOR_MAGENTA, COLOR_CYAN};

[[nodiscard]] attr_t attributes_of(Colour colour) {
  const auto number = static_cast<size_t>(colour);
  attr_t attributes = A_NORMAL;
  if (colour == Colour::bold) {
    attributes = A_BOLD;
  } else if (colour == Colour::grey) {
    attributes = A_DIM;
  } else if (colour != Colour::none && has_colors()) {
    attributes = COLOR_PAIR(static_cast<int>(number));
  }
  return attributes;
}

void begin_colours() {
  if (Output{1}.paint(Colour::red, "x") == "x" || !has_colors()) {
    return;
  }
  start_color();
  use_default_colors();
  for (size_t number = 0; number < terminal_colours.size(); ++number) {
    init_pair(static_cast<short>(number), terminal_colours[number], -1);
  }
}

// Each column as wide as what is in it; those that were wider stay so, that nothing jumps.
void widen(std::vector<size_t> &widths, const std::vector<Cell> &row) {
  if (widths.size() != row.size()) {  // the terminal was resized
    widths.assign(row.size(), 0);
  }
  for (size_t at = 0; at < row.size(); ++at) {
    widths[at] = std::max(widths[at], row[at].text.size());
  }
}

}  // namespace

TopScreen::TopScreen() {
  static_cast<void>(std::setlocale(LC_CTYPE, ""));
  if (newterm(nullptr, stdout, stdin) == nullptr) {
    throw Failure{"top: this terminal is not known; TERM says what it is"};
  }
  begin_colours();
  cbreak();
  noecho();
  nodelay(stdscr, true);
  keypad(stdscr, true);
  set_escdelay(50);
  curs_set(0);
}

bool TopScreen::is_tall() const {
  return rows_ >= rows_for_more;
}

TopScreen::~TopScreen() {
  endwin();
}

std::optional<Key> TopScreen::next_key() {
  const int code = getch();
  if (code == ERR) {
    return {};
  }
  const auto *const found = std::ranges::find(bindings, code, &Binding::code);
  return found != bindings.end() ? found->key : Key::other;
}

void TopScreen::rest_of_line(const Cell &cell) const {
  const int x = getcurx(stdscr);
  const std::string text = cut_to(cell.text, columns_ - std::min<size_t>(columns_, x));
  const attr_t attributes = attributes_of(cell.colour);
  attron(attributes);
  addnstr(text.c_str(), static_cast<int>(text.size()));
  attroff(attributes);
}

void TopScreen::line(const std::vector<Cell> &cells) {
  if (y_ >= static_cast<int>(rows_)) {
    return;
  }
  move(y_++, 0);
  size_t used = 0;
  for (const Cell &cell : cells) {
    if (used < columns_) {
      rest_of_line(cell);
    }
    used += cell.text.size();
  }
}

// One where there is little room, otherwise two.
void TopScreen::lines(const std::string &text, Colour colour) {
  for (const std::string &each : wrapped(text, columns_, is_tall() ? 2 : 1)) {
    line(each, colour);
  }
}

void TopScreen::head(const TopModel &model) {
  const Report &report = model.report();
  if (model.trouble().empty()) {
    lines(headline(report), colour_of_headline(report));
  } else {
    lines("NO ANSWER: " + model.trouble() + "; still trying", Colour::red);
    lines("known " + show_span(model.age().count()) + " ago: " + headline(report), Colour::grey);
  }
  if (!is_tall()) {
    return;
  }
  const std::vector<Cell> legend = capacity_legend(report.capacity);
  std::vector<Cell> bar{{"["}};
  std::ranges::copy(capacity_bar(report.capacity, bar_columns()), std::back_inserter(bar));
  bar.push_back({"]"});
  std::ranges::copy(legend, std::back_inserter(bar));
  line(bar);
  line(server_line(report) + "; " + report.time, Colour::grey);
}

// Older generations, as long as they hold slots.
void TopScreen::bands(const Report &report) {
  if (rows_ < rows_for_bands) {
    return;
  }
  size_t shown = 0;
  for (const Generation &old : report.generations) {
    if (shown++ == most_bands) {
      line("  and " + std::to_string(report.generations.size() - most_bands) + " more generations",
           Colour::grey);
      return;
    }
    line({{" "},
          {std::string(band_columns(report.capacity, old.slots, bar_columns()), '='),
           Colour::yellow},
          {"  generation " + std::to_string(old.generation) + ": " + count_of(old.slots, "slot") +
           ", draining for " + show_span(old.draining_seconds)}});
  }
}

void TopScreen::slots(const TopModel &model, size_t room) {
  const SlotColumns columns{columns_};
  std::vector<std::vector<Cell>> cells;
  std::vector<Cell> heads;
  for (const Heading &heading : columns.headings()) {
    heads.push_back({heading.text});
  }
  widen(widths_, heads);
  for (const Slot *slot : model.rows()) {
    cells.push_back(columns.row(*slot));
    widen(widths_, cells.back());
  }
  line(aligned(columns.headings(), widths_, heads));
  mvchgat(y_ - 1, 0, -1, A_BOLD | A_UNDERLINE, 0, nullptr);
  page_ = std::max<size_t>(room, 1);
  const size_t selected = model.selected_row();
  first_ = std::clamp(first_, selected - std::min(selected, page_ - 1), selected);
  first_ = std::min(first_, cells.size() - std::min(cells.size(), page_));
  for (size_t row = first_; row < std::min(cells.size(), first_ + room); ++row) {
    line(aligned(columns.headings(), widths_, cells[row]));
    if (row == selected) {
      mvchgat(y_ - 1, 0, -1, A_REVERSE, 0, nullptr);
    }
  }
}

void TopScreen::foot(const TopModel &model) {
  y_ = static_cast<int>(rows_) - 1;
  if (is_tall() && model.selected() != nullptr) {
    y_ -= 2;
    lines(told(*model.selected()), Colour::cyan);
    y_ = static_cast<int>(rows_) - 1;
  }
  if (model.message().empty()) {
    line("q quit  up/down select  s sort: " + model.sort_name() + "  r recycle  ? help",
         Colour::grey);
  } else {
    line(model.message(), Colour::bold);
  }
}

void TopScreen::help() {
  for (const char *text : help_lines) {
    line(text, Colour::none);
  }
}

void TopScreen::draw(const TopModel &model) {
  erase();
  y_ = 0;
  rows_ = static_cast<size_t>(std::max(LINES, 1));
  columns_ = static_cast<size_t>(std::max(COLS, 1));
  if (model.shows_help()) {
    help();
  } else {
    head(model);
    bands(model.report());
    y_ += rows_ >= rows_for_bands ? 1 : 0;
    const size_t below = is_tall() ? 4 : 1;
    const size_t above = static_cast<size_t>(y_) + 1;
    if (above + below <= rows_) {
      slots(model, rows_ - above - below);
    }
    foot(model);
  }
  refresh();
}

}  // namespace slotwatch::ctl
