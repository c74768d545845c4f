// SPDX-License-Identifier: Apache-2.0
// The report as one page: whole without its script, which then keeps it up to date.
#include "html.hpp"

#include "page_text.hpp"

namespace slotwatch {

namespace {

void write_head(Out &out, const Look &look) {
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<title>slotwatch: "
      << word_of(look) << "</title>\n<style>" << page_style << "</style>\n</head>\n";
}

void write_header(Out &out, const Look &look) {
  out << "<header>\n<h1>slotwatch</h1>\n<p id=\"live\">As of ";
  write_time(out, look.report.wall);
  out << " UTC. <noscript>Reload the page for news.</noscript></p>\n"
         "<p id=\"trouble\" role=\"status\"></p>\n</header>\n";
}

}  // namespace

void write_html(Out &out, const Look &look) {
  write_head(out, look);
  out << "<body>\n";
  write_header(out, look);
  out << "<main>\n";
  write_glance(out, look);
  write_map(out, look);
  write_hour(out, look);
  write_generations(out, look);
  write_holders(out, look);
  write_incidents(out, look);
  write_drains(out, look);
  write_sheets(out, look);
  out << "</main>\n<footer>\n<p>The same as <a href=\"?format=json\">JSON</a>, "
         "<a href=\"?format=text\">text</a>, <a href=\"?format=openmetrics\">metrics</a>.</p>\n"
         "</footer>\n<script>"
      << page_script << "</script>\n</body>\n</html>\n";
}

}  // namespace slotwatch
