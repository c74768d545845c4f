// SPDX-License-Identifier: Apache-2.0
// slotwatchctl top: the slots as they are, again and again.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <utility>

#include "commands.hpp"
#include "output.hpp"
#include "top_model.hpp"
#include "top_screen.hpp"
#include "watcher.hpp"

namespace slotwatch::ctl {

namespace {

constexpr std::chrono::milliseconds longest_step{1000};

// A reload's gap is not worth a word.
constexpr Seconds silence{1};
constexpr Seconds retry{0.2};

volatile std::sig_atomic_t was_interrupted = 0;

extern "C" void interrupted(int /*signal*/) {
  was_interrupted = 1;
}

// Reports and orders, one exchange at a time; an order goes before the next report.
class Exchange {
 public:
  Exchange(const Options &options, TopModel &model)
      : watcher_{options.socket}, interval_{options.interval}, model_{model} {
    model_.take(watcher_.report(Deadline::in(usual_timeout)));
    next_ = Deadline::in(interval_);
  }

  // Until a key was pressed, or something has come, or it is time for something.
  void step() {
    try {
      begin();
      if (client_ == nullptr) {
        pollfd keys{STDIN_FILENO, POLLIN, 0};
        poll(&keys, 1, static_cast<int>(next_.left(longest_step).count()));
      } else if (client_->step(STDIN_FILENO, longest_step)) {
        end(client_->finish());
      }
    } catch (const Failure &failure) {
      fail(failure.what());
    }
  }

 private:
  void begin() {
    if (const auto order = model_.take_order()) {
      is_order_ = true;
      client_ = watcher_.connect();
      client_->begin("POST", Watcher::recycle_target(order->slot, order->pid),
                     Deadline::in(usual_timeout));
    } else if (client_ == nullptr && next_.is_over()) {
      client_ = watcher_.connect();
      client_->begin("GET", Watcher::report_target, Deadline::in(usual_timeout));
      next_ = Deadline::in(interval_);
    }
  }

  void end(const Answer &answer) {
    client_.reset();
    if (!is_order_) {
      model_.take(parse_report(Watcher::body_of(answer)));
      return;
    }
    const Accepted accepted = Watcher::accepted(answer);
    model_.say("slot " + std::to_string(accepted.slot) + ", pid " + std::to_string(accepted.pid) +
               ": asked for");
    is_order_ = false;
    next_ = Deadline::in(Seconds{0});
  }

  void fail(const std::string &line) {
    client_.reset();
    if (std::exchange(is_order_, false)) {
      model_.say(line);
    } else if (model_.age() > interval_ + silence) {
      model_.take_trouble(line);
    }
    next_ = Deadline::in(std::min(interval_, retry));
  }

  Watcher watcher_;
  Seconds interval_;
  TopModel &model_;
  std::unique_ptr<Client> client_;  // while something is under way
  Deadline next_ = Deadline::never();
  bool is_order_ = false;
};

}  // namespace

Exit top(const Options &options) {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
    throw Failure{"top: for a terminal only; elsewhere there is `slotwatchctl status`"};
  }
  TopModel model;
  Exchange exchange{options, model};
  TopScreen screen;
  static_cast<void>(std::signal(SIGINT, interrupted));
  static_cast<void>(std::signal(SIGTERM, interrupted));
  while (!model.wants_to_quit() && was_interrupted == 0 && isatty(STDIN_FILENO) != 0) {
    screen.draw(model);
    exchange.step();
    while (const auto key = TopScreen::next_key()) {
      model.press(*key, screen.page());
    }
  }
  return Exit::ok;
}

}  // namespace slotwatch::ctl
