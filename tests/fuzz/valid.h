/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a document is one. */
#ifndef VALID_H
#define VALID_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** JSON in UTF-8. Source: RFC 8259 */
int is_json(const char *text, size_t size);
/** Printable ASCII and line feeds. */
int is_printable(const char *text, size_t size);
int is_utf8(const char *text, size_t size);
/** As many elements are closed as are opened, but for those of HTML that may have no end. */
int is_balanced(const char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
