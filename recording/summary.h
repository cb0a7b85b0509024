/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording as a listing shows it. Thread: any but the media thread. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "common/manifest.h"

/* Owns what it points at. */
struct summary {
	char *id;
	char *name;
	char *stream;
	char *reason; /* NULL while recording */
	char **files; /* of the parts, NULL-terminated */
	enum manifest_state state;
	int64_t created_us;
	int64_t ended_us; /* 0 while recording */
	struct manifest_totals totals;
};

/* `out` must be zeroed or fresh. */
void summary_init(struct summary *out, const struct manifest *manifest);
void summary_fini(struct summary *summary);

/* As recording_summary() says; a new reference. */
json_t *summary_to_json(const struct summary *summary);
