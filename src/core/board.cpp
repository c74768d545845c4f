// SPDX-License-Identifier: Apache-2.0
// The board: two banks of which one stands. The writer works in the other one and then turns the
// board; a reader copies what stands and looks whether the writer has come round to it meanwhile.
#include <algorithm>
#include <atomic>
#include <span>

#include "slotwatch.h"

namespace {

constexpr uint64_t magic = 0x647261'6f62'7773U;  // "swboard"
// The writer turns the board at most every 10 ms, a copy takes far less: a second try is rare.
constexpr int most_tries = 8;
constexpr size_t line = 64;

[[nodiscard]] constexpr size_t aligned(size_t size) {
  return (size + line - 1) / line * line;
}

}  // namespace

// `begun` runs one ahead of `committed` while the writer is at work. Both only grow; bank = number
// % 2.
struct alignas(line) sw_board_t {
  uint64_t magic;
  uint64_t state_size;
  uint64_t report_size;
  alignas(line) std::atomic<uint64_t> begun;
  std::atomic<uint64_t> committed;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

namespace {

[[nodiscard]] size_t bank_size(const sw_board_t &board) {
  return aligned(board.state_size) + aligned(board.report_size);
}

[[nodiscard]] unsigned char *state_of(const sw_board_t &board, uint64_t number) {
  auto *banks = reinterpret_cast<unsigned char *>(const_cast<sw_board_t *>(&board + 1));
  return banks + number % 2 * bank_size(board);
}

[[nodiscard]] unsigned char *report_of(const sw_board_t &board, uint64_t number) {
  return state_of(board, number) + aligned(board.state_size);
}

// Memory of this build's board, or nullptr.
[[nodiscard]] const sw_board_t *board_in(const void *memory, size_t size) {
  const auto *board = static_cast<const sw_board_t *>(memory);
  if (board == nullptr || size < sizeof(sw_board_t) || board->magic != magic) {
    return nullptr;
  }
  const size_t room = size - sizeof(sw_board_t);
  const bool sane =
      board->state_size <= room && board->report_size <= room && bank_size(*board) <= room / 2;
  return sane ? board : nullptr;
}

// One try. BUSY if the writer came round to the bank while it was copied.
[[nodiscard]] sw_status_t copy_report(const sw_board_t &board, sw_report_t *report, size_t size) {
  const uint64_t number = board.committed.load(std::memory_order_acquire);
  if (number == 0) {
    return SW_STATUS_EMPTY;
  }
  const auto *from = report_of(board, number);
  const uint64_t used = reinterpret_cast<const sw_report_t *>(from)->size;
  const bool fits = used <= std::min<uint64_t>(size, board.report_size);
  if (fits) {
    std::copy_n(from, used, reinterpret_cast<unsigned char *>(report));
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  if (board.begun.load(std::memory_order_relaxed) > number + 1) {
    return SW_STATUS_BUSY;
  }
  return fits ? sw_report_check(report, used) : SW_STATUS_SPACE;
}

}  // namespace

sw_status_t sw_board_size(size_t state_size, size_t report_size, size_t *size) {
  if (size == nullptr || state_size == 0 || report_size < sizeof(sw_report_t)) {
    return SW_STATUS_ARGUMENT;
  }
  *size = sizeof(sw_board_t) + 2 * (aligned(state_size) + aligned(report_size));
  return SW_STATUS_OK;
}

sw_status_t sw_board_open(void *memory, size_t size, size_t state_size, size_t report_size,
                          sw_board_t **board) {
  size_t needed = 0;
  const sw_status_t status = sw_board_size(state_size, report_size, &needed);
  if (status != SW_STATUS_OK || memory == nullptr || board == nullptr ||
      reinterpret_cast<uintptr_t>(memory) % alignof(sw_board_t) != 0) {
    return SW_STATUS_ARGUMENT;
  }
  if (size < needed) {
    return SW_STATUS_SPACE;
  }
  auto *found = static_cast<sw_board_t *>(memory);
  if (found->magic != magic || found->state_size != state_size ||
      found->report_size != report_size) {
    found->magic = 0;
    found->begun.store(0, std::memory_order_relaxed);
    found->committed.store(0, std::memory_order_relaxed);
    found->state_size = state_size;
    found->report_size = report_size;
    std::atomic_thread_fence(std::memory_order_release);
    found->magic = magic;
  }
  *board = found;
  return SW_STATUS_OK;
}

void sw_board_begin(sw_board_t *board, void **state, sw_report_t **report) {
  const uint64_t number = board->committed.load(std::memory_order_relaxed);
  board->begun.store(number + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  if (number == 0) {
    std::fill_n(state_of(*board, 1), board->state_size, 0);
  } else {
    std::copy_n(state_of(*board, number), board->state_size, state_of(*board, number + 1));
  }
  *state = state_of(*board, number + 1);
  *report = reinterpret_cast<sw_report_t *>(report_of(*board, number + 1));
}

void sw_board_commit(sw_board_t *board) {
  board->committed.store(board->begun.load(std::memory_order_relaxed), std::memory_order_release);
}

sw_status_t sw_board_read(const void *memory, size_t memory_size, sw_report_t *report,
                          size_t size) {
  const sw_board_t *board = board_in(memory, memory_size);
  if (board == nullptr) {
    return memory_size >= sizeof(sw_board_t) && memory != nullptr &&
                   static_cast<const sw_board_t *>(memory)->magic == 0
               ? SW_STATUS_EMPTY
               : SW_STATUS_LAYOUT;
  }
  sw_status_t status = SW_STATUS_BUSY;
  for (int tries = 0; tries < most_tries && status == SW_STATUS_BUSY; ++tries) {
    status = copy_report(*board, report, size);
  }
  return status;
}

uint64_t sw_board_commits(const void *memory, size_t memory_size) {
  const sw_board_t *board = board_in(memory, memory_size);
  return board != nullptr ? board->committed.load(std::memory_order_acquire) : 0;
}

size_t sw_board_report_size(const void *memory, size_t memory_size) {
  const sw_board_t *board = board_in(memory, memory_size);
  return board != nullptr ? board->report_size : 0;
}
