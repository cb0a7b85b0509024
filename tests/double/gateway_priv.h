/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the fake gateway share.
 */
#pragma once

#include <pthread.h>

#include <janus/plugins/plugin.h>

#include "tests/double/gateway.h"

struct gateway_handle {
	janus_plugin_session session; /* first: what the plugin knows of it */
	struct gateway *gateway;

	/* protected by the book's lock */
	GPtrArray *events; /* struct gateway_note */
	char *answer;
	GArray *bitrates;
	unsigned plis;
	bool is_closed;
	bool has_broken_answers;
};

struct gateway_note {
	char *transaction; /* or NULL */
	json_t *data;
};

struct gateway {
	char *root;
	char *recordings;
	bool is_running;
	GPtrArray *handles;

	/* protected by the book's lock */
	GPtrArray *notified; /* json_t */
	unsigned transactions;
};

/* One per process, like the plugin: what happened, for whoever waits for it. */
struct gateway_book {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	janus_plugin *plugin;
	struct gateway *gateway; /* the one that runs */
	GString *log;
};

extern struct gateway_book gateway_book;

/* What a core lets a plugin call. */
extern janus_callbacks gateway_callbacks;

/* The data of the first event with this transaction, or without one and with this word. */
json_t *gateway_wait_note(struct gateway_handle *handle, const char *transaction, const char *word);
