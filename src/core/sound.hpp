// SPDX-License-Identifier: Apache-2.0
// Whether a state that was found can be gone on with. Only a watcher writes one; a stray write of
// another part of the process, or a build whose layout is the same by chance, must not become an
// index or an overflow.
#pragma once

#include "state.hpp"

namespace slotwatch {

[[nodiscard]] bool is_sound(const sw_engine_t &engine);

}  // namespace slotwatch
