/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of requests, their dispatch and their replies.
 */
#include "plugins/request.h"

#include <string.h>

#include "plugins/access.h"
#include "plugins/dispatcher.h"
#include "plugins/log.h"
#include "plugins/session.h"

enum {
	QUOTE_MAX = 64
};

static const struct request_entry *const table[] = {
	&req_publish,
	&req_configure,
	&req_unpublish,
	&req_start_recording,
	&req_stop_recording,
	&req_pause_recording,
	&req_resume_recording,
	&req_streams,
	&req_recordings,
	&req_recording,
	&req_hold_recording,
	&req_delete_recording,
	&req_stats,
};

const struct request_entry *request_entry_at(size_t index)
{
	return index < G_N_ELEMENTS(table) ? table[index] : NULL;
}

static char *allowed_requests(void)
{
	GString *names = g_string_new(NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", table[i]->name);
	return g_string_free(names, FALSE);
}

static enum error_code find_entry(struct request *r)
{
	const json_t *name = json_object_get(r->body, "request");
	if (!json_is_string(name))
		return errors_raise(&r->fault, ERROR_BAD_REQUEST,
			name ? "'request' must be a string" : "element 'request' is missing");
	for (size_t i = 0; i < G_N_ELEMENTS(table) && !r->entry; i++) {
		if (strcmp(table[i]->name, json_string_value(name)) == 0)
			r->entry = table[i];
	}
	if (r->entry)
		return ERROR_NONE;
	g_autofree char *quoted = log_escape(json_string_value(name), QUOTE_MAX);
	g_autofree char *allowed = allowed_requests();
	return errors_raise(&r->fault, ERROR_BAD_REQUEST, "unknown request '%s'; allowed are %s",
		quoted, allowed);
}

static enum error_code may_run(struct request *r)
{
	enum error_code error = access_enter(r);
	if (error != ERROR_NONE)
		return error;
	if (!r->session && (r->entry->flags & REQUEST_CLIENT_ONLY))
		return errors_raise(&r->fault, ERROR_BAD_REQUEST,
			"request '%s' needs a client's handle", r->entry->name);
	error = request_args_check(r->entry->args, r->body, &r->fault);
	return error == ERROR_NONE ? access_request(r) : error;
}

static void run(struct request *r)
{
	r->result = json_pack("{s:s}", "event", r->entry->event);
	if (may_run(r) == ERROR_NONE)
		r->entry->run(r);
}

static json_t *make_reply(const struct request *r)
{
	if (r->fault.code == ERROR_NONE)
		return json_pack("{s:s, s:O}", "recorder", "event", "result", r->result);
	return json_pack("{s:s, s:i, s:s}", "recorder", "event", "error_code", (int)r->fault.code,
		"error", r->fault.text);
}

/* What a client did wrong is the client's to read, not the operator's. */
static void log_fault(const struct request *r)
{
	struct log_place place = {.session = r->session ? r->session->id : NULL};
	if (r->fault.code >= ERROR_INTERNAL)
		log_error(place, "request '%s' has failed: %s", r->entry->name, r->fault.text);
}

void request_destroy(struct request *r)
{
	session_put(r->session);
	g_free(r->transaction);
	json_decref(r->body);
	json_decref(r->jsep);
	json_decref(r->result);
	g_free(r->answer);
	errors_fini(&r->fault);
	g_free(r);
}

static janus_plugin_result *answer_now(struct request *r)
{
	janus_plugin_result *result = janus_plugin_result_new(JANUS_PLUGIN_OK, NULL, make_reply(r));
	log_fault(r);
	request_destroy(r);
	return result;
}

/* Takes the request. Inside the door. */
static janus_plugin_result *handle_inside(struct request *r, janus_plugin_session *handle)
{
	r->session = session_of(r->plugin, handle);
	if (!r->session) {
		request_destroy(r);
		return janus_plugin_result_new(
			JANUS_PLUGIN_ERROR, "no session on this handle", NULL);
	}
	r->hangups = atomic_load(&r->session->hangups);
	if (find_entry(r) != ERROR_NONE)
		return answer_now(r);
	if (r->entry->flags & REQUEST_ASYNC) {
		dispatcher_push(r->plugin->dispatcher, r);
		return janus_plugin_result_new(JANUS_PLUGIN_OK_WAIT, NULL, NULL);
	}
	run(r);
	return answer_now(r);
}

janus_plugin_result *request_handle(struct plugin *plugin, janus_plugin_session *handle,
	char *transaction, json_t *body, json_t *jsep)
{
	struct request *r = g_new0(struct request, 1);
	r->plugin = plugin;
	r->transaction = transaction;
	r->body = body;
	r->jsep = jsep;
	if (!door_enter(&plugin->door)) {
		request_destroy(r);
		return janus_plugin_result_new(
			JANUS_PLUGIN_ERROR, "the plugin is shutting down", NULL);
	}
	janus_plugin_result *result = handle_inside(r, handle);
	door_leave(&plugin->door);
	return result;
}

json_t *request_handle_admin(struct plugin *plugin, json_t *body)
{
	struct request *r = g_new0(struct request, 1);
	r->plugin = plugin;
	r->body = json_incref(body);
	if (find_entry(r) == ERROR_NONE)
		run(r);
	json_t *reply = make_reply(r);
	log_fault(r);
	request_destroy(r);
	return reply;
}

void request_answer_by_event(struct request *r)
{
	run(r);
	json_t *reply = make_reply(r);
	json_t *jsep = NULL;
	if (r->fault.code == ERROR_NONE && r->answer)
		jsep = json_pack("{s:s, s:s}", "type", "answer", "sdp", r->answer);
	log_fault(r);
	int result = r->plugin->gateway->push_event(
		r->session->handle, r->plugin->self, r->transaction, reply, jsep);
	if (result != 0 && jsep && r->entry->on_undelivered)
		r->entry->on_undelivered(r);
	json_decref(jsep);
	json_decref(reply);
	request_destroy(r);
}
