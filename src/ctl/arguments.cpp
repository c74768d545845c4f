// SPDX-License-Identifier: Apache-2.0
// Each option stands here once; the man page and the completion are checked against --help.
#include "arguments.hpp"

#include <CLI/CLI.hpp>

#include "failure.hpp"
#include "output.hpp"
#include "text.hpp"

namespace slotwatch::ctl {

namespace {

constexpr const char *version = "slotwatchctl 0.1.0";
constexpr const char *about =
    "Asks the watcher of mod_slotwatch about httpd's slots, also when no worker is left.\n"
    "It is found by itself where one server runs; else by --socket or SLOTWATCH_SOCKET.\n"
    "Exit: 0 yes or done, 1 no, 3 no answer or bad usage; check: 0, 1, 2, 3 as plugins do.";

// As they were written; read into Options when CLI11 is done with them.
struct Words {
  std::string interval = "1";
  std::string check_timeout = "10";
  std::string wait_timeout = "10min";
  std::string recycle_timeout = "60";
  std::string after;
  std::string slot;
  std::string pid;
};

[[nodiscard]] Failure bad(const std::string &option, const std::string &word, const char *what) {
  return Failure{option + ": " + printable(word) + " is no " + what};
}

[[nodiscard]] Seconds span(const std::string &option, const std::string &word) {
  const auto span = parse_span(word);
  if (!span) {
    throw bad(option, word, "span; such are 30, 30s, 500ms, 5min, 1h");
  }
  return *span;
}

[[nodiscard]] std::optional<int64_t> number(const std::string &option, const std::string &word) {
  const auto number = parse_number(word);
  if (word.empty()) {
    return {};
  }
  if (!number || *number < 0) {
    throw bad(option, word, "number");
  }
  return number;
}

[[nodiscard]] Seconds interval(const std::string &word) {
  const Seconds result = span("--interval", word);
  if (result < Seconds{0.1} || result > Seconds{60}) {
    throw Failure{"--interval: 0.1 to 60 seconds"};
  }
  return result;
}

[[nodiscard]] Seconds limit(const std::string &command, const Words &words) {
  if (command == "wait") {
    return span("--timeout", words.wait_timeout);
  }
  const bool is_check = command == "check";
  const Seconds result = span("--timeout", is_check ? words.check_timeout : words.recycle_timeout);
  if (result <= Seconds{0}) {
    throw Failure{"--timeout: more than 0 seconds"};
  }
  return result;
}

void read(const Words &words, Options &options) {
  options.interval = interval(words.interval);
  options.timeout = limit(options.command, words);
  options.after = number("--after", words.after);
  options.slot = number("--slot", words.slot);
  options.pid = number("--pid", words.pid);
}

class Line {
 public:
  Line(Options &options, Words &words) : options_{options}, words_{words} {
    app_.set_help_flag("-h,--help", "Print this help");
    app_.require_subcommand(1);
    add_common(app_);
    add_showing();
    add_judging();
    add_acting();
  }

  [[nodiscard]] CLI::App &app() { return app_; }
  [[nodiscard]] std::string command() const {
    const auto parsed = app_.get_subcommands();
    return parsed.empty() ? "" : parsed.front()->get_name();
  }

 private:
  void add_common(CLI::App &to) {
    to.set_version_flag("-V,--version", version, "Print the version");
    to.add_option("--socket", options_.socket, "The watcher's socket")->type_name("PATH");
  }

  CLI::App &add(const char *name, const char *description) {
    CLI::App &command = *app_.add_subcommand(name, description);
    add_common(command);
    return command;
  }

  void add_showing() {
    CLI::App &status = add("status", "What there is, for a person");
    auto *json = status.add_flag("--json", options_.json, "The report as it is");
    status.add_flag("--generation", options_.generation, "Only the running generation's number")
        ->excludes(json);
    CLI::App &top = add("top", "The same, live");
    top.add_option("--interval", words_.interval, "Between looks, 0.1 to 60; 1 if not given")
        ->type_name("SECONDS");
    CLI::App &events = add("events", "What was stuck, tight or full, and is no longer");
    events.add_flag("-f,--follow", options_.follow, "Go on until interrupted");
    events.add_option("--since", options_.since, "Only what is later; also 10min: so long ago")
        ->type_name("INSTANT");
    events.add_flag("--json", options_.json, "The server's answer as it is");
    CLI::App &metrics = add("metrics", "OpenMetrics");
    metrics.add_flag("--prometheus", options_.prometheus, "The older format: node_exporter's");
  }

  void add_judging() {
    CLI::App &check = add("check", "A monitoring plugin: OK, WARNING, CRITICAL, UNKNOWN");
    check
        .add_option("-w,--warning", options_.warning,
                    "Warn outside of it: 10, 10:, ~:10, 10:20, @10:20")
        ->type_name("RANGE");
    check.add_option("-c,--critical", options_.critical, "Critical outside of it")
        ->type_name("RANGE");
    check
        .add_option("--metric", options_.metric,
                    "free (if not given), stuck, draining, reloads_left, oldest, workers_idle")
        ->type_name("NAME");
    check.add_option("-t,--timeout", words_.check_timeout, "Give up after that; 10 if not given")
        ->type_name("SECONDS");
    CLI::App &preflight = add("preflight", "Would a reload fit now? 0: yes, 1: no");
    preflight.add_flag("-q,--quiet", options_.quiet, "Only the exit code");
  }

  void add_acting() {
    CLI::App &wait = add("wait", "Until no older generation holds a slot");
    wait.add_option("--after", words_.after, "Not before another generation than this runs")
        ->type_name("GENERATION");
    wait.add_option("--timeout", words_.wait_timeout,
                    "Give up after that; 10min if not given, 0: never")
        ->type_name("SPAN");
    CLI::App &recycle = add("recycle", "Give a draining slot back");
    recycle.add_option("--slot", words_.slot, "Which")->type_name("N")->required();
    recycle.add_option("--pid", words_.pid, "Only if this process is in it; else the one that is")
        ->type_name("P");
    recycle.add_flag("--no-wait", options_.no_wait, "Do not look what becomes of it");
    recycle.add_option("--timeout", words_.recycle_timeout, "Look for so long; 60 if not given")
        ->type_name("SPAN");
  }

  Options &options_;
  Words &words_;
  CLI::App app_{about, "slotwatchctl"};
};

}  // namespace

bool parse_arguments(int argc, const char *const *argv, Options &options) {
  Words words;
  options.metric = "free";
  Line line{options, words};
  try {
    line.app().parse(argc, argv);
    options.command = line.command();
    read(words, options);
    return true;
  } catch (const CLI::CallForVersion &asked) {
    Output{1}.line(asked.what());
  } catch (const CLI::CallForHelp &) {
    Output{1}.write(line.app().help());
  } catch (const CLI::ParseError &error) {
    options.command = line.command();
    const std::string command = options.command.empty() ? "" : " " + options.command;
    throw Failure{first_line(error.what()) + "; see slotwatchctl" + command + " --help"};
  }
  return false;
}

}  // namespace slotwatch::ctl
