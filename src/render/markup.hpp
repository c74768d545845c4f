// SPDX-License-Identifier: Apache-2.0
// Text that a client may have sent, in a page of HTML.
#pragma once

#include <string_view>

#include "out.hpp"

namespace slotwatch {

// As text or as the value of an attribute in either kind of quotes; what is not printable ASCII as
// in the log.
void write_markup(Out &out, std::string_view text);

}  // namespace slotwatch
