/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A gateway that tests drive: it loads the built plugin as Janus does, and plays
 * the part of the core, its clients and their media.
 *
 * What the plugin calls is noted down; every wait below ends as soon as the
 * thing has happened, and fails the test after GATEWAY_PATIENCE_US. One gateway
 * at a time. Thread: any, unless it says so.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gateway;
struct gateway_handle;
struct janus_plugin;
struct janus_plugin_session;

enum {
	GATEWAY_PATIENCE_US = 20 * 1000 * 1000
};

/* To be called first in main(): loads core and plugin, or ends the program as skipped. */
void gateway_require(void);

/*
 * Starts the plugin with these lines in the category "general"; folders for recordings and rings
 * are added. NULL: it refused, and gateway_log_text() says why.
 */
struct gateway *gateway_start(const char *settings);

/* The same with the whole file as it is; NULL: there is no file. */
struct gateway *gateway_start_raw(const char *file);

/* What the plugin sees as the gateway's version, until the next call; 0: the real one. */
void gateway_set_version(int version);

/* Destroys the plugin and all that is left, and removes the folders. */
void gateway_stop(struct gateway *gateway);

/* Destroys the plugin only: its callbacks can still be called, as a late core would. */
void gateway_destroy_plugin(struct gateway *gateway);

const char *gateway_recordings(const struct gateway *gateway);

/* All log lines of the plugin since the last gateway_start(); the caller frees it. */
char *gateway_log_text(void);

/*
 * The core's token_auth_secret from now on; NULL: it signs nothing. The check of tokens is the
 * core's own.
 */
void gateway_set_token_secret(const char *secret);

/* --- handles --- */

struct gateway_handle *gateway_attach(struct gateway *gateway);

/* Ends its session in the plugin; the handle stays valid until gateway_stop(). */
void gateway_detach(struct gateway_handle *handle);

/*
 * Sends a request, whose JSON is taken, and returns what the plugin says: at once, or in the event
 * of the same transaction. The caller owns it.
 */
json_t *gateway_request(struct gateway_handle *handle, json_t *body);
json_t *gateway_request_jsep(struct gateway_handle *handle, json_t *body, json_t *jsep);

/* Sends it and does not wait for the event, if there is to be one. */
void gateway_send(struct gateway_handle *handle, json_t *body, json_t *jsep);

/* The SDP of the last answer, borrowed until the next; or NULL. */
const char *gateway_answer(struct gateway_handle *handle);

/* From now on events with an answer cannot be delivered to this handle. */
void gateway_break_answers(struct gateway_handle *handle);

void gateway_setup_media(struct gateway_handle *handle);
void gateway_hangup(struct gateway_handle *handle);
void gateway_slow_link(struct gateway_handle *handle, int mindex, bool is_video, bool is_uplink);
json_t *gateway_query(struct gateway_handle *handle);

/* An event without a transaction: the `result` of the first with this word, taken off the list. */
json_t *gateway_wait_event(struct gateway_handle *handle, const char *word);

/* The same of what was sent to event handlers about this stream; NULL: any. */
json_t *gateway_wait_notified(struct gateway *gateway, const char *word, const char *stream);

/* The oldest that was sent to event handlers, taken off the list; NULL: there is none now. */
json_t *gateway_next_notified(struct gateway *gateway);

/* What was noted down so far, and nobody waits for, need not be kept. */
void gateway_forget(struct gateway *gateway);

void gateway_wait_closed(struct gateway_handle *handle);

/* --- feedback --- */

unsigned gateway_plis(struct gateway_handle *handle);
void gateway_wait_plis(struct gateway_handle *handle, unsigned count);

/* The n-th bitrate that was sent, waiting for it. */
uint32_t gateway_wait_bitrate(struct gateway_handle *handle, unsigned index);

/* --- media; the bytes are copied first, since the core owns its buffers --- */

void gateway_rtp(struct gateway_handle *handle, int mindex, const void *packet, size_t len);
void gateway_rtcp(struct gateway_handle *handle, int mindex, const void *packet, size_t len);
void gateway_data(struct gateway_handle *handle, const void *message, size_t len);

/* --- for measurements: the plugin's own functions, and the handle as it knows it --- */

struct janus_plugin *gateway_plugin(void);
struct janus_plugin_session *gateway_session(struct gateway_handle *handle);

/* --- Admin API --- */

/* Takes the request. */
json_t *gateway_admin(struct gateway *gateway, json_t *body);
