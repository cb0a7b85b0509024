/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request on its way, and the table of all requests.
 *
 * A new request is one req_*.c with an entry, and one line in request.c.
 * Thread: any but the media thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "plugins/errors.h"
#include "plugins/plugin.h"
#include "plugins/request_args.h"

struct request;
struct session;

enum request_flags {
	REQUEST_ASYNC = 1 << 0,       /* acknowledged, then answered by an event */
	REQUEST_CLIENT_ONLY = 1 << 1, /* not through the Admin API */
};

struct request_entry {
	const char *name;
	const char *event; /* of the reply */
	unsigned flags;    /* enum request_flags */
	const struct request_arg *args;
	/* Fills r->result, which has its "event" already, or r->fault. */
	enum error_code (*run)(struct request *r);
	/* The answer could not be delivered: undo. May be NULL. */
	void (*on_undelivered)(struct request *r);
};

extern const struct request_entry req_publish;
extern const struct request_entry req_configure;
extern const struct request_entry req_unpublish;
extern const struct request_entry req_start_recording;
extern const struct request_entry req_stop_recording;
extern const struct request_entry req_pause_recording;
extern const struct request_entry req_resume_recording;
extern const struct request_entry req_streams;
extern const struct request_entry req_recordings;
extern const struct request_entry req_recording;
extern const struct request_entry req_hold_recording;
extern const struct request_entry req_delete_recording;
extern const struct request_entry req_stats;

struct request {
	struct plugin *plugin;
	const struct request_entry *entry;
	struct session *session; /* a reference; NULL: through the Admin API */
	unsigned hangups;        /* of the session, when the request came in */
	char *transaction;       /* owned, or NULL */
	json_t *body;            /* owned; an object */
	json_t *jsep;            /* owned, or NULL */

	/* the reply; owned */
	json_t *result;
	char *answer; /* SDP to go with it, or NULL */
	struct fault fault;
};

/* The rows in the order of the documentation; NULL past the end. */
const struct request_entry *request_entry_at(size_t index);

/* Takes transaction, body and jsep, as the gateway's handle_message() gives them. */
janus_plugin_result *request_handle(struct plugin *plugin, janus_plugin_session *handle,
	char *transaction, json_t *body, json_t *jsep);

/* The reply to a request through the Admin API, whose body is borrowed. A new reference. */
json_t *request_handle_admin(struct plugin *plugin, json_t *body);

/* Runs an asynchronous request, pushes the answer, destroys it. */
void request_answer_by_event(struct request *r);

void request_destroy(struct request *r);
