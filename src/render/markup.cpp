// SPDX-License-Identifier: Apache-2.0
#include "markup.hpp"

#include "value.hpp"

namespace slotwatch {

void write_markup(Out &out, std::string_view text) {
  for (const char byte : text) {
    switch (byte) {
      case '&':
        out << "&amp;";
        break;
      case '<':
        out << "&lt;";
        break;
      case '>':
        out << "&gt;";
        break;
      case '"':
        out << "&quot;";
        break;
      case '\'':
        out << "&#39;";
        break;
      default:
        write_printable(out, byte);
    }
  }
}

}  // namespace slotwatch
