/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starting and stopping the plugin, and the calls that a core makes.
 */
#include "tests/double/gateway.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "tests/double/core.h"
#include "tests/double/folder.h"
#include "tests/double/gateway_priv.h"

enum {
	SKIPPED = 77, /* automake's exit status */
};

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
	gateway_book.plugin = create();
	gateway_book.log = g_string_new(NULL);
}

static void free_note(void *data)
{
	struct gateway_note *note = data;
	g_free(note->transaction);
	json_decref(note->data);
	g_free(note);
}

static void free_json(void *data)
{
	json_decref(data);
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
	gateway_book.gateway = gateway;
	return gateway;
}

static void free_gateway(struct gateway *gateway)
{
	g_ptr_array_free(gateway->handles, TRUE);
	g_ptr_array_free(gateway->notified, TRUE);
	folder_remove(gateway->root);
	g_free(gateway->recordings);
	g_free(gateway->root);
	g_free(gateway);
}

static struct gateway *init_plugin(struct gateway *gateway, const char *file)
{
	g_autofree char *path = g_build_filename(gateway->root, "janus.plugin.recorder.jcfg", NULL);
	if (file)
		g_assert_true(g_file_set_contents(path, file, -1, NULL));
	g_string_truncate(gateway_book.log, 0);
	gateway->is_running = gateway_book.plugin->init(&gateway_callbacks, gateway->root) == 0;
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
		gateway_book.plugin->destroy();
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
	pthread_mutex_lock(&gateway_book.lock);
	char *text = g_strdup(gateway_book.log->str);
	pthread_mutex_unlock(&gateway_book.lock);
	return text;
}

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
	pthread_mutex_lock(&gateway_book.lock);
	g_ptr_array_add(gateway->handles, handle);
	pthread_mutex_unlock(&gateway_book.lock);
	int error = 0;
	gateway_book.plugin->create_session(&handle->session, &error);
	g_assert_cmpint(error, ==, 0);
	return handle;
}

void gateway_detach(struct gateway_handle *handle)
{
	int error = 0;
	__atomic_store_n(&handle->session.stopped, 1, __ATOMIC_SEQ_CST);
	gateway_book.plugin->destroy_session(&handle->session, &error);
}

static json_t *send_message(
	struct gateway_handle *handle, json_t *body, json_t *jsep, char **transaction)
{
	void (*destroy)(janus_plugin_result *);
	*(void **)&destroy = core_symbol("janus_plugin_result_destroy");
	pthread_mutex_lock(&gateway_book.lock);
	unsigned number = ++handle->gateway->transactions;
	pthread_mutex_unlock(&gateway_book.lock);
	*transaction = g_strdup_printf("t%u", number);
	janus_plugin_result *result = gateway_book.plugin->handle_message(
		&handle->session, g_strdup(*transaction), body, jsep);
	g_assert_nonnull(result);
	json_t *content = json_incref(result->content);
	destroy(result);
	return content;
}

json_t *gateway_request_jsep(struct gateway_handle *handle, json_t *body, json_t *jsep)
{
	g_autofree char *transaction = NULL;
	json_t *content = send_message(handle, body, jsep, &transaction);
	return content ? content : gateway_wait_note(handle, transaction, NULL);
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
	pthread_mutex_lock(&gateway_book.lock);
	handle->has_broken_answers = true;
	pthread_mutex_unlock(&gateway_book.lock);
}

void gateway_setup_media(struct gateway_handle *handle)
{
	gateway_book.plugin->setup_media(&handle->session);
}

void gateway_hangup(struct gateway_handle *handle)
{
	gateway_book.plugin->hangup_media(&handle->session);
}

void gateway_slow_link(struct gateway_handle *handle, int mindex, bool is_video, bool is_uplink)
{
	gateway_book.plugin->slow_link(&handle->session, mindex, is_video, is_uplink);
}

json_t *gateway_query(struct gateway_handle *handle)
{
	return gateway_book.plugin->query_session(&handle->session);
}

static char *copy_of(const void *bytes, size_t len)
{
	return memcpy(g_malloc(len), bytes, len);
}

void gateway_rtp(struct gateway_handle *handle, int mindex, const void *packet, size_t len)
{
	g_autofree char *copy = copy_of(packet, len);
	janus_plugin_rtp rtp = {.mindex = mindex, .buffer = copy, .length = (uint16_t)len};
	gateway_book.plugin->incoming_rtp(&handle->session, &rtp);
}

void gateway_rtcp(struct gateway_handle *handle, int mindex, const void *packet, size_t len)
{
	g_autofree char *copy = copy_of(packet, len);
	janus_plugin_rtcp rtcp = {.mindex = mindex, .buffer = copy, .length = (uint16_t)len};
	gateway_book.plugin->incoming_rtcp(&handle->session, &rtcp);
}

void gateway_data(struct gateway_handle *handle, const void *message, size_t len)
{
	g_autofree char *copy = copy_of(message, len);
	janus_plugin_data data = {.buffer = copy, .length = (uint16_t)len};
	gateway_book.plugin->incoming_data(&handle->session, &data);
}

janus_plugin *gateway_plugin(void)
{
	return gateway_book.plugin;
}

janus_plugin_session *gateway_session(struct gateway_handle *handle)
{
	return &handle->session;
}

json_t *gateway_admin(struct gateway *gateway, json_t *body)
{
	(void)gateway;
	json_t *reply = gateway_book.plugin->handle_admin_message(body);
	json_decref(body);
	return reply;
}
