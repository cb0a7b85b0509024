/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The policy, and its evaluation.
 */
#include "plugins/access.h"

#include <string.h>

#include <janus/utils.h>

#include "plugins/session.h"
#include "plugins/stream.h"

enum access_need {
	ACCESS_OPERATOR, /* also of a request that no row names */
	ACCESS_ANYONE,
	ACCESS_NAME,   /* publishes under a name: a token for it, where tokens are wanted */
	ACCESS_STREAM, /* one's own stream; another's: its secret or the admin key, and a token */
};

static const struct {
	const char *request;
	enum access_need need;
} requests[] = {
	{"publish", ACCESS_NAME},
	{"configure", ACCESS_STREAM},
	{"unpublish", ACCESS_STREAM},
	{"start_recording", ACCESS_STREAM},
	{"stop_recording", ACCESS_STREAM},
	{"pause_recording", ACCESS_STREAM},
	{"resume_recording", ACCESS_STREAM},
	{"streams", ACCESS_ANYONE},
	{"recordings", ACCESS_ANYONE},
	{"recording", ACCESS_ANYONE},
	{"hold_recording", ACCESS_OPERATOR},
	{"delete_recording", ACCESS_OPERATOR},
	{"stats", ACCESS_OPERATOR},
};

static const char stream_descriptor[] = "stream=", client_descriptor[] = "client=";

bool access_knows_request(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
		if (strcmp(requests[i].request, name) == 0)
			return true;
	}
	return false;
}

static enum access_need need_of(const struct request *r)
{
	for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
		if (strcmp(requests[i].request, r->entry->name) == 0)
			return requests[i].need;
	}
	return ACCESS_OPERATOR;
}

static bool lists(const char *list, const char *name)
{
	size_t len = strlen(name);
	for (size_t item;; list += item + 1) {
		item = strcspn(list, ",");
		if (item == len && memcmp(list, name, len) == 0)
			return true;
		if (list[item] == '\0')
			return false;
	}
}

bool access_knows_field(const char *name)
{
	return lists(ACCESS_FIELDS, name);
}

const char *access_fields_check(const char *list)
{
	if (strcmp(list, ACCESS_FIELDS_ALL) == 0 || *list == '\0')
		return NULL;
	g_auto(GStrv) names = g_strsplit(list, ",", -1);
	for (size_t i = 0; names[i]; i++) {
		if (!access_knows_field(names[i]))
			return "must be all, or some of " ACCESS_FIELDS;
	}
	return NULL;
}

/* A key that is not set matches nothing. */
static bool matches(const struct request *r, const char *member, const char *key)
{
	const json_t *given = json_object_get(r->body, member);
	return key && json_is_string(given) &&
	       strlen(json_string_value(given)) == json_string_length(given) &&
	       janus_strcmp_const_time(key, json_string_value(given));
}

static bool has_key(const struct request *r)
{
	return matches(r, "admin_key", r->plugin->settings.admin_key);
}

/* One who came through the Admin API has been asked for the key already. */
static bool is_operator(const struct request *r)
{
	return !r->session || has_key(r);
}

/* Without signed tokens in the gateway, its check of them would let everybody pass. */
static bool has_token(const struct request *r, const char *stream)
{
	janus_callbacks *gateway = r->plugin->gateway;
	const char *token = json_string_value(json_object_get(r->body, "token"));
	g_autofree char *descriptor = g_strconcat(stream_descriptor, stream, NULL);
	return token && gateway->auth_is_signed() &&
	       gateway->auth_signature_contains(r->plugin->self, token, descriptor);
}

static bool may_name(const struct request *r, const char *stream)
{
	return !r->plugin->settings.signed_tokens || has_token(r, stream);
}

static enum error_code check_fields(struct request *r)
{
	const char *allowed = r->plugin->settings.client_fields;
	if (strcmp(allowed, ACCESS_FIELDS_ALL) == 0)
		return ERROR_NONE;
	for (const struct request_arg *arg = r->entry->args; arg->name; arg++) {
		bool is_set = json_object_get(r->body, arg->name) != NULL;
		if (is_set && access_knows_field(arg->name) && !lists(allowed, arg->name))
			return errors_raise(&r->fault, ERROR_FORBIDDEN,
				"element '%s' is not for clients to set", arg->name);
	}
	return ERROR_NONE;
}

enum error_code access_enter(struct request *r)
{
	bool is_asked = !r->session || need_of(r) == ACCESS_OPERATOR;
	if (is_asked && r->plugin->settings.admin_key && !has_key(r))
		return errors_raise(&r->fault, ERROR_FORBIDDEN, "'admin_key' is missing or wrong");
	return ERROR_NONE;
}

enum error_code access_request(struct request *r)
{
	enum access_need need = need_of(r);
	if (need == ACCESS_OPERATOR || need == ACCESS_ANYONE || is_operator(r))
		return ERROR_NONE;
	const char *name = request_args_string(r->body, "stream", NULL);
	if (need == ACCESS_NAME && !may_name(r, name))
		return errors_raise(&r->fault, ERROR_FORBIDDEN,
			"stream '%s' needs a 'token' that is signed for it", name);
	return check_fields(r);
}

enum error_code access_stream(struct request *r, const struct stream *stream)
{
	if (stream->session == r->session || is_operator(r))
		return ERROR_NONE;
	bool is_keyed = stream->secret || r->plugin->settings.admin_key;
	bool is_allowed = !is_keyed || matches(r, "secret", stream->secret);
	if (is_allowed && may_name(r, stream->name))
		return ERROR_NONE;
	return errors_raise(&r->fault, ERROR_FORBIDDEN,
		"stream '%s' is another client's, and 'secret', 'admin_key' or 'token' is missing "
		"or wrong",
		stream->name);
}

/* The descriptors of a token are all before its signature, which has been checked. */
static char *client_of_token(const char *token)
{
	g_autofree char *signed_part = g_strndup(token, strcspn(token, ":"));
	g_auto(GStrv) parts = g_strsplit(signed_part, ",", -1);
	for (size_t i = 0; parts[i]; i++) {
		if (g_str_has_prefix(parts[i], client_descriptor))
			return g_strdup(parts[i]);
	}
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, token, -1);
	return g_strconcat("token=", digest, NULL);
}

char *access_client(const struct request *r)
{
	const char *login = request_args_string(r->body, "login", NULL);
	const char *stream = request_args_string(r->body, "stream", NULL);
	if (r->plugin->settings.signed_tokens && has_token(r, stream))
		return client_of_token(request_args_string(r->body, "token", NULL));
	return login && *login ? g_strconcat("login=", login, NULL)
			       : g_strconcat("handle=", r->session->id, NULL);
}
