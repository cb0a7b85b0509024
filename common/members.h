/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members of a struct as members of a JSON object, and back: a row of a table
 * each, used both ways. Thread: any but the media thread.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stddef.h>

enum member_type {
	MEMBER_TEXT,
	MEMBER_OPTIONAL_TEXT, /* left out when NULL */
	MEMBER_FILE,          /* text that is one path component */
	MEMBER_BOOL,
	MEMBER_U8,
	MEMBER_U16,
	MEMBER_U32,
	MEMBER_U64,           /* JSON integers end at INT64_MAX */
	MEMBER_OPTIONAL_U64,  /* left out when 0 */
	MEMBER_OPTIONAL_BOOL, /* left out when false */
	MEMBER_INDEX,         /* int, -1 for none */
	MEMBER_TIME,          /* int64_t, wall clock, µs */
	MEMBER_OPTIONAL_TIME, /* left out when 0 */
};

struct member {
	const char *name;
	enum member_type type;
	size_t offset;
};

#define MEMBER(kind, of, field)                            \
	{                                                  \
#field, MEMBER_##kind, offsetof(of, field) \
	}

/* A new reference. Tables end with a row whose name is NULL. */
json_t *members_to_json(const struct member *table, const void *from);

/* 0; or -EBADMSG with a sentence in *what, which the caller frees. Texts are the struct's. */
int members_read(void *into, const struct member *table, const json_t *json, char **what);

/* Always -EBADMSG, so that a check is one statement; *what is replaced by the sentence. */
G_GNUC_PRINTF(2, 3)
int members_refuse(char **what, const char *format, ...);

/* Says which of the list `name` the sentence is about: "parts[3].packets is not …". */
int members_refuse_item(char **what, const char *name, size_t index);
