/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many streams that come, are recorded and go at random, for a long time:
 *
 *      long_core SECONDS [STREAMS [SEED]]
 *
 * The plugin in the fake core; media comes from threads of its own. Four times, the
 * first to warm up, all streams end and what the process then holds is looked at:
 * descriptors, threads, ring files and memory must not have grown since the first.
 * (The index keeps a line for each recording: INDEX_LINE bytes are granted for it.)
 * Prints one line, and succeeds when nothing has grown and nothing failed inside.
 */
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/double/folder.h"
#include "tests/plugins/scene.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0 /* they keep memory of their own */
#endif

enum {
	STREAMS_MAX = 1000,
	PHASES = 4,
	MEDIA_THREADS = 2,
	MEDIA_PAUSE_US = 20 * 1000,
	ACTION_PAUSE_US = 40 * 1000,
	OLD_S = 5,            /* files that nobody has written for so long are removed */
	INDEX_LINE = 1 << 10, /* bytes */
	RSS_SLACK = 3 << 20,  /* bytes: what an allocator keeps varies */
	SETTLE_US = 20 * 1000 * 1000,
};

struct stream {
	_Atomic(struct gateway_handle *) handle;
	char *name;
};

static struct {
	struct gateway *gateway;
	struct stream streams[STREAMS_MAX];
	size_t count;
	GRand *random;
	atomic_bool is_over;
	_Atomic uint64_t packets;
	uint64_t actions, recordings, failures;
} world;

/* What the process holds. */
struct holdings {
	size_t descriptors, threads, rings, rss;
};

/* --- media --- */

static void send_one(struct gateway_handle *handle, uint16_t seq)
{
	static const uint8_t payload[100] = {0x10};
	uint8_t packet[SCENE_PACKET_MAX];
	size_t len = scene_rtp(packet, seq, seq * 960U, 7, true, payload, sizeof payload);
	gateway_rtp(handle, SCENE_AUDIO, packet, len);
	gateway_rtp(handle, SCENE_VIDEO, packet, len);
	gateway_rtcp(handle, SCENE_VIDEO, packet, 28);
	gateway_data(handle, payload, sizeof payload);
	atomic_fetch_add(&world.packets, SCENE_KINDS);
}

static void *send_media(void *data)
{
	uint16_t seq = 0;
	while (!atomic_load(&world.is_over)) {
		for (size_t i = GPOINTER_TO_SIZE(data); i < world.count; i += MEDIA_THREADS)
			send_one(atomic_load(&world.streams[i].handle), seq);
		seq++;
		g_usleep(MEDIA_PAUSE_US);
	}
	return NULL;
}

/* --- what clients do --- */

/* What is not in the right state is refused, which is no failure. */
static void request(struct stream *stream, json_t *body, json_t *jsep)
{
	json_t *reply = gateway_request_jsep(stream->handle, body, jsep);
	json_int_t code = json_integer_value(json_object_get(reply, "error_code"));
	if (code >= 500) {
		world.failures++;
		g_printerr("%s\n", json_string_value(json_object_get(reply, "error")));
	}
	world.recordings += json_object_get(json_object_get(reply, "result"), "recording") != NULL;
	json_decref(reply);
}

static void publish(struct stream *stream)
{
	request(stream, json_pack("{s:s, s:s}", "request", "publish", "stream", stream->name),
		scene_jsep(SCENE_OFFER));
	gateway_setup_media(stream->handle);
}

static void start(struct stream *stream)
{
	request(stream, scene_json("{\"request\": \"start_recording\", \"parallel\": true}"), NULL);
}

static void stop(struct stream *stream)
{
	request(stream, scene_json("{\"request\": \"stop_recording\"}"), NULL);
}

static void unpublish(struct stream *stream)
{
	request(stream, scene_json("{\"request\": \"unpublish\"}"), NULL);
}

static void hang_up(struct stream *stream)
{
	gateway_hangup(stream->handle);
}

static void come_back(struct stream *stream)
{
	gateway_detach(stream->handle);
	stream->handle = gateway_attach(world.gateway);
}

static void act(void)
{
	static void (*const acts[])(struct stream *) = {
		publish, publish, publish, start, start, stop, unpublish, hang_up, come_back};
	guint32 which = (guint32)g_rand_int_range(world.random, 0, G_N_ELEMENTS(acts));
	acts[which](&world.streams[g_rand_int_range(world.random, 0, (gint32)world.count)]);
	world.actions++;
}

/* --- what is left --- */

static size_t resident_bytes(void)
{
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
	return (size_t)strtoull(strchr(text, ' '), NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static struct holdings look(void)
{
	g_autofree char *root = g_path_get_dirname(gateway_recordings(world.gateway));
	g_autofree char *rings = g_build_filename(root, "rings", NULL);
	gateway_forget(world.gateway);
	malloc_trim(0);
	return (struct holdings){
		.descriptors = folder_count("/proc/self/fd", "", ""),
		.threads = folder_count("/proc/self/task", "", ""),
		.rings = folder_count(rings, "", ".ring"),
		.rss = resident_bytes(),
	};
}

static bool has_grown(const struct holdings *now, const struct holdings *then, uint64_t recordings)
{
	size_t rss = then->rss + RSS_SLACK + (size_t)recordings * INDEX_LINE;
	return now->descriptors > then->descriptors || now->threads > then->threads ||
	       now->rings > 0 || (!HAS_SANITIZER && now->rss > rss);
}

/* Writers may still be at work; what is too much then is too much in the end. */
static struct holdings settle(const struct holdings *then, uint64_t recordings)
{
	int64_t deadline_us = g_get_monotonic_time() + SETTLE_US;
	struct holdings now = look();
	while (has_grown(&now, then, recordings) && g_get_monotonic_time() < deadline_us) {
		g_usleep(50 * 1000);
		now = look();
	}
	return now;
}

/* The disk is not what is tested here. */
static void remove_old_files(void)
{
	const char *folder = gateway_recordings(world.gateway);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		GStatBuf st;
		bool is_ours = g_str_has_suffix(name, ".mjr") || g_str_has_suffix(name, ".json");
		if (is_ours && g_stat(path, &st) == 0 && st.st_mtime + OLD_S < time(NULL))
			g_unlink(path);
	}
	g_dir_close(dir);
}

static void run_phase(int64_t us)
{
	int64_t end_us = g_get_monotonic_time() + us;
	while (g_get_monotonic_time() < end_us) {
		act();
		if (world.actions % 100 == 0) {
			gateway_forget(world.gateway);
			remove_old_files();
		}
		g_usleep(ACTION_PAUSE_US);
	}
	for (size_t i = 0; i < world.count; i++)
		hang_up(&world.streams[i]);
}

/* --- the whole --- */

static void begin(size_t streams, guint32 seed)
{
	world.gateway = gateway_start("ring_size = 262144\nflush_interval = 100");
	g_assert_nonnull(world.gateway);
	world.random = g_rand_new_with_seed(seed);
	world.count = streams;
	for (size_t i = 0; i < streams; i++) {
		world.streams[i].name = g_strdup_printf("camera-%zu", i);
		atomic_init(&world.streams[i].handle, gateway_attach(world.gateway));
	}
}

static void end(GThread *threads[static MEDIA_THREADS])
{
	atomic_store(&world.is_over, true);
	for (size_t i = 0; i < MEDIA_THREADS; i++)
		g_thread_join(threads[i]);
	gateway_stop(world.gateway);
	for (size_t i = 0; i < world.count; i++)
		g_free(world.streams[i].name);
	g_rand_free(world.random);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	int64_t seconds = argc > 1 ? g_ascii_strtoll(argv[1], NULL, 10) : 0;
	guint64 streams = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : 50;
	guint32 seed = argc > 3 ? (guint32)g_ascii_strtoull(argv[3], NULL, 10) : 1;
	if (seconds < PHASES || streams == 0 || streams > STREAMS_MAX) {
		g_printerr("usage: long_core SECONDS [STREAMS [SEED]]\n");
		return 2;
	}
	gateway_require();
	begin((size_t)streams, seed);
	GThread *threads[MEDIA_THREADS];
	for (size_t i = 0; i < MEDIA_THREADS; i++)
		threads[i] = g_thread_new("media", send_media, GSIZE_TO_POINTER(i));

	struct holdings warm, now;
	bool is_good = true;
	uint64_t before = 0;
	const struct holdings any = {SIZE_MAX, SIZE_MAX, 0, SIZE_MAX / 2};
	for (int phase = 0; phase < PHASES; phase++) {
		run_phase(seconds * G_USEC_PER_SEC / PHASES);
		const struct holdings *then = phase == 0 ? &any : &warm;
		now = settle(then, world.recordings - before);
		is_good = is_good && !has_grown(&now, then, world.recordings - before);
		if (phase == 0) {
			warm = now;
			before = world.recordings;
		}
	}
	g_print("seconds=%d streams=%zu actions=%" G_GUINT64_FORMAT " recordings=%" G_GUINT64_FORMAT
		" packets=%" G_GUINT64_FORMAT " failures=%" G_GUINT64_FORMAT
		" rss_kib=%zu..%zu descriptors=%zu..%zu threads=%zu..%zu rings=%zu grown=%s\n",
		(int)seconds, world.count, world.actions, world.recordings,
		atomic_load(&world.packets), world.failures, warm.rss >> 10, now.rss >> 10,
		warm.descriptors, now.descriptors, warm.threads, now.threads, now.rings,
		is_good ? "no" : "yes");
	is_good = is_good && world.failures == 0 && world.recordings > 0;
	end(threads);
	return is_good ? 0 : 1;
}
