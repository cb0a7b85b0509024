/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator's settings, from janus.plugin.recorder.jcfg.
 *
 * The table is the one place that knows the keys: the struct's defaults, the
 * checks, the sample file and the man page follow it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/params.h"

#define CONFIG_FILE     "janus.plugin.recorder.jcfg"
#define CONFIG_CATEGORY "general"

enum {
	CONFIG_ROTATION_MAX_S = 366 * 24 * 3600,
	CONFIG_ROTATION_SIZE_MIN = 1 << 20, /* bytes; fewer would be a flood of files */
};

/* Constant once loaded; strings are owned. */
struct settings {
	bool record_streams;
	char *recordings_folder;
	char *ring_folder;
	int64_t ring_size;
	int64_t flush_interval_ms;
	int64_t writer_threads;
	char *durability;
	int64_t disk_low;
	int64_t disk_reserve;
	int64_t retention_age_s; /* 0: none; so for the next two */
	int64_t retention_bytes;
	int64_t retention_free;
	bool retention_dry_run;
	int64_t rotation_s;    /* 0: off */
	int64_t rotation_size; /* 0: off */
	bool rotation_align;
	int64_t rotation_min_s; /* that requests may ask for */
	int64_t name_policy;    /* enum naming_policy */
	char *name_template;
	int64_t name_encoding; /* enum naming_encoding */
	char *name_exclude;
	char *admin_key; /* or NULL */
	bool signed_tokens;
	char *client_fields;
	bool events;
	char *audio_codecs;
	char *video_codecs;
	int64_t bitrate_max; /* bits/s; 0: none */
	int64_t keyframe_retry_ms;
	int64_t max_streams;
	int64_t max_recordings; /* 0: none */
	int64_t max_recordings_per_stream;
	int64_t max_streams_per_client;    /* 0: none */
	int64_t max_recordings_per_client; /* 0: none */
	char *on_start_hook;               /* this and the others: or NULL */
	char *on_part_hook;
	char *on_record_hook;
	char *on_converted_hook;
	char *on_failed_hook;
	int64_t hook_timeout_s;
	int64_t hook_retries;
	int64_t hook_concurrency;
	int64_t convert; /* enum hook_convert_mode */
	int64_t audio_rate;
	int64_t convert_nice;
	int64_t convert_timeout_s;
	int64_t convert_concurrency;
	char *mjr_path;     /* or NULL: see config_mjr_path() */
	char *metrics_file; /* empty: none */
	int64_t metrics_interval_s;
	char *webhook_url; /* this and the next: or NULL */
	char *webhook_secret;
	char *webhook_events;
	int64_t webhook_timeout_s;
};

/* Ends with a row whose name is NULL. */
extern const struct param config_table[];

/*
 * Reads CONFIG_FILE in `folder`; a missing file means the defaults. 0; -EINVAL with *error set to a
 * sentence that names file, key, value and what is allowed, which the caller frees, and nothing to
 * free in `out`. Thread: the one that starts the plugin.
 */
int config_load(struct settings *out, const char *folder, char **error);

void config_fini(struct settings *settings);

/* The command mjr: the one that was set, or else the one that is installed with the plugin. */
const char *config_mjr_path(const struct settings *settings);
