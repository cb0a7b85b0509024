/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The callbacks that a core gives to a plugin, as notes in a book; and the calls
 * that a core makes.
 */
#include "tests/double/gateway.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <janus/plugins/plugin.h>

#include "tests/double/core.h"

enum {
	SKIPPED = 77, /* automake's exit status */
};

struct gateway_handle {
	janus_plugin_session session; /* first: what the plugin knows of it */
	struct gateway *gateway;

	/* protected by the book's lock */
	GPtrArray *events; /* struct note */
	char *answer;
	GArray *bitrates;
	unsigned plis;
	bool is_closed;
	bool has_broken_answers;
};

struct note {
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
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	janus_plugin *plugin;
	GString *log;
} book = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* Taken by the plugin in place of the core's, because the program comes first. */
__attribute__((visibility("default"))) void janus_vprintf(const char *format, ...)
	G_GNUC_PRINTF(1, 2);

void janus_vprintf(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	pthread_mutex_lock(&book.lock);
	g_string_append_vprintf(book.log, format, args);
	pthread_mutex_unlock(&book.lock);
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
	pthread_mutex_lock(&book.lock);
	bool is_refused = is_stopped(session) || (jsep && handle->has_broken_answers);
	if (!is_refused) {
		struct note *note = g_new0(struct note, 1);
		note->transaction = g_strdup(transaction);
		note->data = json_deep_copy(message);
		g_ptr_array_add(handle->events, note);
	}
	if (jsep && !is_refused) {
		g_free(handle->answer);
		handle->answer = g_strdup(json_string_value(json_object_get(jsep, "sdp")));
	}
	pthread_cond_broadcast(&book.changed);
	pthread_mutex_unlock(&book.lock);
	return is_refused ? 1 : 0;
}

static void send_pli_stream(janus_plugin_session *session, int mindex)
{
	(void)mindex;
	pthread_mutex_lock(&book.lock);
	handle_of(session)->plis++;
	pthread_cond_broadcast(&book.changed);
	pthread_mutex_unlock(&book.lock);
}

static void send_pli(janus_plugin_session *session)
{
	send_pli_stream(session, -1);
}

static void send_remb(janus_plugin_session *session, guint32 bitrate)
{
	pthread_mutex_lock(&book.lock);
	g_array_append_val(handle_of(session)->bitrates, bitrate);
	pthread_cond_broadcast(&book.changed);
	pthread_mutex_unlock(&book.lock);
}

static void close_pc(janus_plugin_session *session)
{
	pthread_mutex_lock(&book.lock);
	handle_of(session)->is_closed = true;
	pthread_cond_broadcast(&book.changed);
	pthread_mutex_unlock(&book.lock);
}

static gboolean events_is_enabled(void)
{
	return TRUE;
}

static struct gateway *running(struct gateway *set)
{
	static struct gateway *gateway;
	return set ? (gateway = set) : gateway;
}

static void notify_event(janus_plugin *plugin, janus_plugin_session *session, json_t *event)
{
	(void)plugin;
	if (session && is_stopped(session)) {
		json_decref(event);
		return;
	}
	pthread_mutex_lock(&book.lock);
	g_ptr_array_add(running(NULL)->notified, event);
	pthread_cond_broadcast(&book.changed);
	pthread_mutex_unlock(&book.lock);
}

static janus_callbacks callbacks = {
	.push_event = push_event,
	.send_pli = send_pli,
	.send_pli_stream = send_pli_stream,
	.send_remb = send_remb,
	.close_pc = close_pc,
	.events_is_enabled = events_is_enabled,
	.notify_event = notify_event,
};

/* --- start and stop --- */

void gateway_require(void)
{
	const char *program = g_getenv("JANUS") ? g_getenv("JANUS") : JANUS_PROGRAM;
	const char *why;
	if (!core_load(program, &why)) {
		g_print("1..0 # SKIP %s\n", why);
		exit(SKIPPED);
	}
	g_autofree char *path =
		g_test_build_filename(G_TEST_BUILT, ".libs", "libjanus_recorder.so", NULL);
	void *module = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	if (!module)
		g_error("%s", dlerror());
	janus_plugin *(*create)(void);
	*(void **)&create = dlsym(module, "create");
	g_assert_nonnull(create);
	gateway_set_version(0);
	book.plugin = create();
	book.log = g_string_new(NULL);
}

static void free_note(void *data)
{
	struct note *note = data;
	g_free(note->transaction);
	json_decref(note->data);
	g_free(note);
}

static void free_json(void *data)
{
	json_decref(data);
}

static void remove_folder(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;
	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *inside = g_build_filename(path, name, NULL);
		if (g_file_test(inside, G_FILE_TEST_IS_DIR))
			remove_folder(inside);
		else
			g_unlink(inside);
	}
	g_clear_pointer(&folder, g_dir_close);
	g_rmdir(path);
}

static void free_handle(void *data)
{
	struct gateway_handle *handle = data;
	g_assert_cmpint(handle->session.ref.count, ==, 1); /* the plugin keeps none */
	g_ptr_array_free(handle->events, TRUE);
	g_array_free(handle->bitrates, TRUE);
	g_free(handle->answer);
	g_free(handle);
}

static struct gateway *new_gateway(void)
{
	struct gateway *gateway = g_new0(struct gateway, 1);
	gateway->root = g_dir_make_tmp("recorder-double-XXXXXX", NULL);
	gateway->recordings = g_build_filename(gateway->root, "recordings", NULL);
	gateway->handles = g_ptr_array_new_with_free_func(free_handle);
	gateway->notified = g_ptr_array_new_with_free_func(free_json);
	return running(gateway);
}

static void free_gateway(struct gateway *gateway)
{
	g_ptr_array_free(gateway->handles, TRUE);
	g_ptr_array_free(gateway->notified, TRUE);
	remove_folder(gateway->root);
	g_free(gateway->recordings);
	g_free(gateway->root);
	g_free(gateway);
}

static struct gateway *init_plugin(struct gateway *gateway, const char *file)
{
	g_autofree char *path = g_build_filename(gateway->root, "janus.plugin.recorder.jcfg", NULL);
	if (file)
		g_assert_true(g_file_set_contents(path, file, -1, NULL));
	g_string_truncate(book.log, 0);
	gateway->is_running = book.plugin->init(&callbacks, gateway->root) == 0;
	if (gateway->is_running)
		return gateway;
	free_gateway(gateway);
	return NULL;
}

struct gateway *gateway_start_raw(const char *file)
{
	return init_plugin(new_gateway(), file);
}

struct gateway *gateway_start(const char *settings)
{
	struct gateway *gateway = new_gateway();
	g_autofree char *file = g_strdup_printf("general: {\n\trecordings_folder = \"%s\"\n"
						"\tring_folder = \"%s/rings\"\n%s\n}\n",
		gateway->recordings, gateway->root, settings);
	return init_plugin(gateway, file);
}

void gateway_destroy_plugin(struct gateway *gateway)
{
	if (gateway->is_running)
		book.plugin->destroy();
	gateway->is_running = false;
}

void gateway_stop(struct gateway *gateway)
{
	gateway_destroy_plugin(gateway);
	free_gateway(gateway);
}

const char *gateway_recordings(const struct gateway *gateway)
{
	return gateway->recordings;
}

char *gateway_log_text(void)
{
	pthread_mutex_lock(&book.lock);
	char *text = g_strdup(book.log->str);
	pthread_mutex_unlock(&book.lock);
	return text;
}

/* --- waiting; called with the lock --- */

static bool has_changed(int64_t deadline_us)
{
	struct timespec deadline = {.tv_sec = deadline_us / G_USEC_PER_SEC};
	return pthread_cond_timedwait(&book.changed, &book.lock, &deadline) == 0;
}

static void wait_for_change(int64_t deadline_us, const char *what)
{
	if (!has_changed(deadline_us))
		g_error("waited in vain for %s; the log: %s", what, book.log->str);
}

/* The same, and tells what came instead. */
static void wait_for_note(
	const struct gateway_handle *handle, int64_t deadline_us, const char *what)
{
	if (has_changed(deadline_us))
		return;
	for (guint i = 0; i < handle->events->len; i++) {
		struct note *note = g_ptr_array_index(handle->events, i);
		g_autofree char *text = json_dumps(note->data, JSON_COMPACT);
		g_printerr("%s: %s\n", note->transaction, text);
	}
	wait_for_change(0, what);
}

static int64_t deadline(void)
{
	return g_get_real_time() + GATEWAY_PATIENCE_US;
}

static bool is_word(const json_t *result, const char *word)
{
	return g_strcmp0(json_string_value(json_object_get(result, "event")), word) == 0;
}

/* The data of the first note that matches, taken off the list; or NULL. */
static json_t *take_note(struct gateway_handle *handle, const char *transaction, const char *word)
{
	for (guint i = 0; i < handle->events->len; i++) {
		struct note *note = g_ptr_array_index(handle->events, i);
		bool is_it = transaction
				     ? g_strcmp0(note->transaction, transaction) == 0
				     : !note->transaction &&
					       is_word(json_object_get(note->data, "result"), word);
		if (!is_it)
			continue;
		json_t *data = json_incref(note->data);
		g_ptr_array_remove_index(handle->events, i);
		return data;
	}
	return NULL;
}

static json_t *wait_note(struct gateway_handle *handle, const char *transaction, const char *word)
{
	int64_t deadline_us = deadline();
	json_t *data;
	pthread_mutex_lock(&book.lock);
	while (!(data = take_note(handle, transaction, word)))
		wait_for_note(handle, deadline_us, word ? word : "an answer");
	pthread_mutex_unlock(&book.lock);
	return data;
}

json_t *gateway_wait_event(struct gateway_handle *handle, const char *word)
{
	json_t *data = wait_note(handle, NULL, word);
	json_t *result = json_incref(json_object_get(data, "result"));
	json_decref(data);
	return result;
}

static json_t *take_notified(struct gateway *gateway, const char *word, const char *stream)
{
	for (guint i = 0; i < gateway->notified->len; i++) {
		json_t *event = g_ptr_array_index(gateway->notified, i);
		const char *its = json_string_value(json_object_get(event, "stream"));
		if (!is_word(event, word) || (stream && g_strcmp0(its, stream) != 0))
			continue;
		json_incref(event);
		g_ptr_array_remove_index(gateway->notified, i);
		return event;
	}
	return NULL;
}

json_t *gateway_wait_notified(struct gateway *gateway, const char *word, const char *stream)
{
	int64_t deadline_us = deadline();
	json_t *event;
	pthread_mutex_lock(&book.lock);
	while (!(event = take_notified(gateway, word, stream)))
		wait_for_change(deadline_us, word);
	pthread_mutex_unlock(&book.lock);
	return event;
}

void gateway_wait_closed(struct gateway_handle *handle)
{
	int64_t deadline_us = deadline();
	pthread_mutex_lock(&book.lock);
	while (!handle->is_closed)
		wait_for_change(deadline_us, "close_pc");
	pthread_mutex_unlock(&book.lock);
}

unsigned gateway_plis(struct gateway_handle *handle)
{
	pthread_mutex_lock(&book.lock);
	unsigned plis = handle->plis;
	pthread_mutex_unlock(&book.lock);
	return plis;
}

void gateway_wait_plis(struct gateway_handle *handle, unsigned count)
{
	int64_t deadline_us = deadline();
	pthread_mutex_lock(&book.lock);
	while (handle->plis < count)
		wait_for_change(deadline_us, "a PLI");
	pthread_mutex_unlock(&book.lock);
}

uint32_t gateway_wait_bitrate(struct gateway_handle *handle, unsigned index)
{
	int64_t deadline_us = deadline();
	pthread_mutex_lock(&book.lock);
	while (handle->bitrates->len <= index)
		wait_for_change(deadline_us, "a REMB");
	uint32_t bitrate = g_array_index(handle->bitrates, guint32, index);
	pthread_mutex_unlock(&book.lock);
	return bitrate;
}

/* --- what a core calls --- */

static void no_free(const janus_refcount *ref)
{
	(void)ref;
}

struct gateway_handle *gateway_attach(struct gateway *gateway)
{
	struct gateway_handle *handle = g_new0(struct gateway_handle, 1);
	handle->session.ref.count = 1;
	handle->session.ref.free = no_free;
	handle->gateway = gateway;
	handle->events = g_ptr_array_new_with_free_func(free_note);
	handle->bitrates = g_array_new(FALSE, TRUE, sizeof(guint32));
	pthread_mutex_lock(&book.lock);
	g_ptr_array_add(gateway->handles, handle);
	pthread_mutex_unlock(&book.lock);
	int error = 0;
	book.plugin->create_session(&handle->session, &error);
	g_assert_cmpint(error, ==, 0);
	return handle;
}

void gateway_detach(struct gateway_handle *handle)
{
	int error = 0;
	__atomic_store_n(&handle->session.stopped, 1, __ATOMIC_SEQ_CST);
	book.plugin->destroy_session(&handle->session, &error);
}

static json_t *send_message(
	struct gateway_handle *handle, json_t *body, json_t *jsep, char **transaction)
{
	void (*destroy)(janus_plugin_result *);
	*(void **)&destroy = core_symbol("janus_plugin_result_destroy");
	pthread_mutex_lock(&book.lock);
	unsigned number = ++handle->gateway->transactions;
	pthread_mutex_unlock(&book.lock);
	*transaction = g_strdup_printf("t%u", number);
	janus_plugin_result *result =
		book.plugin->handle_message(&handle->session, g_strdup(*transaction), body, jsep);
	g_assert_nonnull(result);
	json_t *content = json_incref(result->content);
	destroy(result);
	return content;
}

json_t *gateway_request_jsep(struct gateway_handle *handle, json_t *body, json_t *jsep)
{
	g_autofree char *transaction = NULL;
	json_t *content = send_message(handle, body, jsep, &transaction);
	return content ? content : wait_note(handle, transaction, NULL);
}

json_t *gateway_request(struct gateway_handle *handle, json_t *body)
{
	return gateway_request_jsep(handle, body, NULL);
}

void gateway_send(struct gateway_handle *handle, json_t *body, json_t *jsep)
{
	g_autofree char *transaction = NULL;
	json_decref(send_message(handle, body, jsep, &transaction));
}

const char *gateway_answer(struct gateway_handle *handle)
{
	return handle->answer;
}

void gateway_break_answers(struct gateway_handle *handle)
{
	pthread_mutex_lock(&book.lock);
	handle->has_broken_answers = true;
	pthread_mutex_unlock(&book.lock);
}

void gateway_setup_media(struct gateway_handle *handle)
{
	book.plugin->setup_media(&handle->session);
}

void gateway_hangup(struct gateway_handle *handle)
{
	book.plugin->hangup_media(&handle->session);
}

void gateway_slow_link(struct gateway_handle *handle, int mindex, bool is_video, bool is_uplink)
{
	book.plugin->slow_link(&handle->session, mindex, is_video, is_uplink);
}

json_t *gateway_query(struct gateway_handle *handle)
{
	return book.plugin->query_session(&handle->session);
}

static char *copy_of(const void *bytes, size_t len)
{
	return memcpy(g_malloc(len), bytes, len);
}

void gateway_rtp(struct gateway_handle *handle, int mindex, const void *packet, size_t len)
{
	g_autofree char *copy = copy_of(packet, len);
	janus_plugin_rtp rtp = {.mindex = mindex, .buffer = copy, .length = (uint16_t)len};
	book.plugin->incoming_rtp(&handle->session, &rtp);
}

void gateway_rtcp(struct gateway_handle *handle, int mindex, const void *packet, size_t len)
{
	g_autofree char *copy = copy_of(packet, len);
	janus_plugin_rtcp rtcp = {.mindex = mindex, .buffer = copy, .length = (uint16_t)len};
	book.plugin->incoming_rtcp(&handle->session, &rtcp);
}

void gateway_data(struct gateway_handle *handle, const void *message, size_t len)
{
	g_autofree char *copy = copy_of(message, len);
	janus_plugin_data data = {.buffer = copy, .length = (uint16_t)len};
	book.plugin->incoming_data(&handle->session, &data);
}

janus_plugin *gateway_plugin(void)
{
	return book.plugin;
}

janus_plugin_session *gateway_session(struct gateway_handle *handle)
{
	return &handle->session;
}

json_t *gateway_admin(struct gateway *gateway, json_t *body)
{
	(void)gateway;
	json_t *reply = book.plugin->handle_admin_message(body);
	json_decref(body);
	return reply;
}
