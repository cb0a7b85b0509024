/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the plugin calls: notes in the book.
 */
#include <stdarg.h>

#include "tests/double/core.h"
#include "tests/double/gateway_priv.h"

struct gateway_book gateway_book = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* Taken by the plugin in place of the core's, because the program comes first. */
__attribute__((visibility("default"))) void janus_vprintf(const char *format, ...)
	G_GNUC_PRINTF(1, 2);

void janus_vprintf(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	pthread_mutex_lock(&gateway_book.lock);
	g_string_append_vprintf(gateway_book.log, format, args);
	pthread_mutex_unlock(&gateway_book.lock);
	va_end(args);
}

/* The same. */
extern __attribute__((visibility("default"))) int janus_version;
int janus_version;

void gateway_set_version(int version)
{
	janus_version = version ? version : *(int *)core_symbol("janus_version");
}

static struct gateway_handle *handle_of(janus_plugin_session *session)
{
	return (struct gateway_handle *)(void *)session;
}

/* A core has no way to a handle that it has ended. */
static bool is_stopped(const janus_plugin_session *session)
{
	return __atomic_load_n(&session->stopped, __ATOMIC_SEQ_CST) != 0;
}

/* --- what the plugin calls --- */

static int push_event(janus_plugin_session *session, janus_plugin *plugin, const char *transaction,
	json_t *message, json_t *jsep)
{
	(void)plugin;
	struct gateway_handle *handle = handle_of(session);
	pthread_mutex_lock(&gateway_book.lock);
	bool is_refused = is_stopped(session) || (jsep && handle->has_broken_answers);
	if (!is_refused) {
		struct gateway_note *note = g_new0(struct gateway_note, 1);
		note->transaction = g_strdup(transaction);
		note->data = json_deep_copy(message);
		g_ptr_array_add(handle->events, note);
	}
	if (jsep && !is_refused) {
		g_free(handle->answer);
		handle->answer = g_strdup(json_string_value(json_object_get(jsep, "sdp")));
	}
	pthread_cond_broadcast(&gateway_book.changed);
	pthread_mutex_unlock(&gateway_book.lock);
	return is_refused ? 1 : 0;
}

static void send_pli_stream(janus_plugin_session *session, int mindex)
{
	(void)mindex;
	pthread_mutex_lock(&gateway_book.lock);
	handle_of(session)->plis++;
	pthread_cond_broadcast(&gateway_book.changed);
	pthread_mutex_unlock(&gateway_book.lock);
}

static void send_pli(janus_plugin_session *session)
{
	send_pli_stream(session, -1);
}

static void send_remb(janus_plugin_session *session, guint32 bitrate)
{
	pthread_mutex_lock(&gateway_book.lock);
	g_array_append_val(handle_of(session)->bitrates, bitrate);
	pthread_cond_broadcast(&gateway_book.changed);
	pthread_mutex_unlock(&gateway_book.lock);
}

static void close_pc(janus_plugin_session *session)
{
	pthread_mutex_lock(&gateway_book.lock);
	handle_of(session)->is_closed = true;
	pthread_cond_broadcast(&gateway_book.changed);
	pthread_mutex_unlock(&gateway_book.lock);
}

static gboolean events_is_enabled(void)
{
	return TRUE;
}

static void notify_event(janus_plugin *plugin, janus_plugin_session *session, json_t *event)
{
	(void)plugin;
	if (session && is_stopped(session)) {
		json_decref(event);
		return;
	}
	pthread_mutex_lock(&gateway_book.lock);
	g_ptr_array_add(gateway_book.gateway->notified, event);
	pthread_cond_broadcast(&gateway_book.changed);
	pthread_mutex_unlock(&gateway_book.lock);
}

void gateway_set_token_secret(const char *secret)
{
	void (*init)(gboolean, const char *);
	void (*deinit)(void);
	*(void **)&init = core_symbol("janus_auth_init");
	*(void **)&deinit = core_symbol("janus_auth_deinit");
	deinit();
	init(secret != NULL, secret);
}

static gboolean auth_is_signed(void)
{
	gboolean (*is_signed)(void);
	*(void **)&is_signed = core_symbol("janus_auth_is_signed_mode");
	return is_signed();
}

static gboolean auth_signature_contains(
	janus_plugin *plugin, const char *token, const char *descriptor)
{
	gboolean (*contains)(const char *, const char *, const char *);
	*(void **)&contains = core_symbol("janus_auth_check_signature_contains");
	return contains(token, plugin->get_package(), descriptor);
}

janus_callbacks gateway_callbacks = {
	.push_event = push_event,
	.send_pli = send_pli,
	.send_pli_stream = send_pli_stream,
	.send_remb = send_remb,
	.close_pc = close_pc,
	.events_is_enabled = events_is_enabled,
	.notify_event = notify_event,
	.auth_is_signed = auth_is_signed,
	.auth_signature_contains = auth_signature_contains,
};
