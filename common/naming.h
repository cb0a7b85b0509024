/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How recordings are named: by which policy, without which characters, in which
 * encoding.
 *
 * An encoded name can be read back: HEX is RFC 4648 §8 in lower case, BASE64 is
 * §5 of it (URL and file name safe) without padding; both of the name's UTF-8.
 * Thread: any but the media thread (allocates).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/template.h"

/* In the order of NAMING_POLICIES and NAMING_ENCODINGS, which the configuration offers. */
enum naming_policy {
	NAMING_TEMPLATE,
	NAMING_STREAM_NAME,
};

enum naming_encoding {
	NAMING_PLAIN,
	NAMING_HEX,
	NAMING_BASE64,
};

#define NAMING_POLICIES  "template|streamName"
#define NAMING_ENCODINGS "false|true,HEX|true,BASE64"

/* All borrowed. */
struct naming {
	enum naming_policy policy;
	const char *template; /* for NAMING_TEMPLATE; one that template_check() accepts */
	const char *exclude;  /* UTF-8 characters that no name has; NULL: none */
};

/* The name for these values, without what is excluded; may be empty. The caller frees it. */
char *naming_make(const struct naming *naming, const struct template_values *values);

/* `text` without the characters in `characters` (NULL: none); the caller frees it. */
char *naming_exclude(const char *text, const char *characters);

/* NAMING_PLAIN: a copy. The caller frees it. */
char *naming_encode(const char *text, enum naming_encoding encoding);

/* How many of `max` bytes of an encoded name are left to its text, before it is encoded. */
size_t naming_capacity(size_t max, enum naming_encoding encoding);
