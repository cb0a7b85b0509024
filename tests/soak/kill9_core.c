/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kills a gateway with SIGKILL at random instants, of its start, of recordings,
 * of their end and of recovery, and looks for every packet afterwards:
 *
 *      kill9_core TRIALS [SEED]
 *
 * The gateway is a child: the plugin in the fake core, with several publishers on
 * threads of their own. What it has sent, and which of that the plugin has returned
 * from, stands in memory shared with the parent, who outlives it. Prints one line,
 * and succeeds when nothing was lost, doubled or cannot be read.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/manifest.h"
#include "tests/plugins/scene.h"

enum {
	STREAMS = 4,
	PACKET_MAX = 400,
	PACKETS_MAX = 4000, /* of one track; a life ends when one of them has as many */
	PAUSE_US = 300,
	MEDIA_MS = 40,
	SETTLE_MS = 20000, /* for a recovery, on a busy machine */
};

static const char *const LABELS[SCENE_KINDS] = {"audio", "video", "data", "rtcp"};

struct packet {
	uint16_t len;
	uint8_t bytes[PACKET_MAX];
};

struct track {
	_Atomic unsigned offered;  /* handed to the plugin */
	_Atomic unsigned accepted; /* the plugin has returned */
	struct packet packets[PACKETS_MAX];
};

struct stream {
	_Atomic bool is_published;
	struct track tracks[SCENE_KINDS];
};

struct shared {
	_Atomic bool is_loaded; /* the gateway is about to start the plugin */
	struct stream streams[STREAMS];
};

static struct shared *shared;

struct result {
	unsigned long lost, duplicated, unreadable;
};

/* --- the gateway that is killed --- */

static struct gateway *start(const char *root)
{
	g_autofree char *settings = g_strdup_printf("general: {\n"
						    "\trecordings_folder = \"%s/recordings\"\n"
						    "\tring_folder = \"%s/rings\"\n"
						    "\tflush_interval = 50\n}\n",
		root, root);
	struct gateway *gateway = gateway_start_raw(settings);
	g_assert_nonnull(gateway);
	return gateway;
}

static void make_packet(struct packet *out, unsigned stream, int kind, unsigned index)
{
	uint8_t payload[PACKET_MAX] = {0x10, index % 50 == 0 ? 0x00 : 0x01};
	size_t len = 20 + (index * 2654435761u + stream) % 300;
	uint8_t *bytes = out->bytes;
	bytes_put_u32(payload + 4, index);
	bytes_put_u32(payload + 8, stream * SCENE_KINDS + (unsigned)kind);
	for (size_t i = 12; i < len; i++)
		payload[i] = (uint8_t)(index * 31 + i);
	if (kind == SCENE_AUDIO || kind == SCENE_VIDEO) {
		uint8_t packet[SCENE_PACKET_MAX];
		len = scene_rtp(packet, (uint16_t)(65000 + index), index * 960,
			0x01010101u * (unsigned)(kind + 1), true, payload, len);
		if (kind == SCENE_AUDIO)
			packet[1] = 111;
		memcpy(bytes, packet, len);
	} else if (kind == SCENE_DATA) {
		memcpy(bytes, payload, len);
	} else {
		/* An empty receiver report, with a sender of its own. */
		static const uint8_t report[4] = {0x80, 201, 0, 1};
		memcpy(bytes, report, sizeof report);
		bytes_put_u32(bytes + 4, index);
		len = 8;
	}
	out->len = (uint16_t)len;
}

static void send_packet(struct gateway_handle *handle, unsigned stream, int kind)
{
	struct track *track = &shared->streams[stream].tracks[kind];
	struct packet *packet = &track->packets[track->offered];
	make_packet(packet, stream, kind, track->offered);
	track->offered++;
	if (kind == SCENE_DATA)
		gateway_data(handle, packet->bytes, packet->len);
	else if (kind == SCENE_RTCP)
		gateway_rtcp(handle, SCENE_VIDEO, packet->bytes, packet->len);
	else
		gateway_rtp(handle, kind, packet->bytes, packet->len);
	track->accepted++;
}

struct publisher {
	struct scene scene;
	unsigned number;
};

static void *publish(void *data)
{
	struct publisher *publisher = data;
	struct scene *scene = &publisher->scene;
	struct stream *stream = &shared->streams[publisher->number];
	json_decref(scene_publish(scene, NULL));
	stream->is_published = true;
	gint64 end_us = g_get_monotonic_time() + MEDIA_MS * 1000 / (1 + publisher->number % 2);
	while (g_get_monotonic_time() < end_us &&
		stream->tracks[SCENE_AUDIO].offered < PACKETS_MAX) {
		for (int kind = 0; kind < SCENE_KINDS; kind++)
			send_packet(scene->handle, publisher->number, kind);
		g_usleep(PAUSE_US);
	}
	if (publisher->number % 2 == 1)
		gateway_hangup(scene->handle);
	return NULL;
}

static void live(const char *root)
{
	struct gateway *gateway = start(root);
	struct publisher publishers[STREAMS];
	GThread *threads[STREAMS];
	for (unsigned i = 0; i < STREAMS; i++) {
		g_autofree char *name = g_strdup_printf("stream%u", i);
		publishers[i].number = i;
		scene_init(&publishers[i].scene, gateway, name);
		threads[i] = g_thread_new("publisher", publish, &publishers[i]);
	}
	for (unsigned i = 0; i < STREAMS; i++)
		g_thread_join(threads[i]);
	for (unsigned i = 0; i < STREAMS; i++) {
		gateway_detach(publishers[i].scene.handle);
		scene_fini(&publishers[i].scene);
	}
	gateway_stop(gateway);
}

static unsigned count_files(
	const char *root, const char *folder, const char *prefix, const char *suffix)
{
	g_autofree char *path = g_build_filename(root, folder, NULL);
	GDir *dir = g_dir_open(path, 0, NULL);
	unsigned count = 0;
	const char *name;
	while (dir && (name = g_dir_read_name(dir)))
		count += g_str_has_prefix(name, prefix) && g_str_has_suffix(name, suffix);
	g_clear_pointer(&dir, g_dir_close);
	return count;
}

/* Lives until recovery has left nothing but its own lock. */
static void come_back(const char *root)
{
	struct gateway *gateway = start(root);
	for (int ms = 0; count_files(root, "rings", "", "") > 0 ||
			 count_files(root, "recordings", ".engine-", ".lock") > 1;
		ms++) {
		g_assert_cmpint(ms, <, SETTLE_MS);
		g_usleep(1000);
	}
	gateway_stop(gateway);
}

/* Kills it after so long, counted from the plugin's start; 0: never. */
static void run(void (*act)(const char *), const char *root, gint64 kill_us)
{
	shared->is_loaded = false;
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		g_random_set_seed((guint32)getpid()); /* for ids of its own */
		shared->is_loaded = true;
		act(root);
		_exit(0);
	}
	if (kill_us > 0) {
		while (!shared->is_loaded)
			g_usleep(100);
		g_usleep((gulong)kill_us);
		kill(child, SIGKILL);
	}
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status) ? WTERMSIG(status) != SIGKILL : status != 0)
		g_error("the gateway ended with status %d in %s", status, root);
}

/* --- the comparison --- */

static void complain(struct result *result, const char *file, const char *what)
{
	g_printerr("%s: %s\n", file, what);
	result->unreadable++;
}

static void check_with_stock_tool(struct result *result, const char *path)
{
	g_autofree char *file = g_strdup(path);
	char program[] = "janus-pp-rec", option[] = "-p";
	char *argv[] = {program, option, file, NULL};
	int status = -1;
	g_autoptr(GError) error = NULL;
	if (!g_spawn_sync(NULL, argv, NULL,
		    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
		    NULL, NULL, NULL, NULL, &status, &error))
		g_error("janus-pp-rec: %s", error->message);
	if (status != 0)
		complain(result, path, "janus-pp-rec does not read it");
}

static bool is_packet(GBytes *frame, const struct packet *packet)
{
	gsize len;
	const void *bytes = g_bytes_get_data(frame, &len);
	return len == packet->len && memcmp(bytes, packet->bytes, len) == 0;
}

/* The frames must be the packets from the first on, at least up to the last accepted one. */
static unsigned check_frames(
	struct result *result, const char *path, GPtrArray *frames, const struct track *track)
{
	unsigned next = 0;
	for (guint i = 0; i < frames->len; i++) {
		GBytes *frame = g_ptr_array_index(frames, i);
		unsigned at = next;
		while (at < track->offered && !is_packet(frame, &track->packets[at]))
			at++;
		if (at < track->offered) {
			result->lost += at - next;
			next = at + 1;
			continue;
		}
		bool is_known = false;
		for (at = 0; at < next && !is_known; at++)
			is_known = is_packet(frame, &track->packets[at]);
		if (is_known)
			result->duplicated++;
		else
			complain(result, path, "it has a frame that nobody sent");
	}
	if (track->accepted > next)
		result->lost += track->accepted - next;
	return frames->len;
}

static void check_track(struct result *result, const char *root, const struct manifest *manifest,
	unsigned stream, int kind)
{
	const struct manifest_track *track = &manifest->tracks[kind];
	g_autofree char *path =
		g_strdup_printf("%s/recordings/%s-%s.mjr", root, manifest->name, LABELS[kind]);
	g_autoptr(GPtrArray) frames =
		scene_read_frames(path, kind == SCENE_AUDIO || kind == SCENE_VIDEO);
	unsigned count = check_frames(result, path, frames, &shared->streams[stream].tracks[kind]);
	if (track->part_count != (count > 0) || (count > 0 && track->parts[0].packets != count))
		complain(result, path, "its manifest knows better");
	if (count > 0)
		check_with_stock_tool(result, path);
}

/* The stream's number, or -1: its manifest is no good. */
static int check_manifest(struct result *result, const char *root, const char *path)
{
	struct manifest manifest;
	int stream = -1;
	if (manifest_load(&manifest, path, NULL) < 0) {
		complain(result, path, "it is no manifest");
		return -1;
	}
	bool is_over = manifest.state == MANIFEST_COMPLETE || manifest.state == MANIFEST_RECOVERED;
	if (!is_over || manifest.ended_us == 0 || manifest.track_count != SCENE_KINDS) {
		complain(result, path, manifest_state_name(manifest.state));
	} else {
		stream = manifest.stream[strlen("stream")] - '0';
		for (int kind = 0; kind < SCENE_KINDS; kind++)
			check_track(result, root, &manifest, (unsigned)stream, kind);
	}
	manifest_fini(&manifest);
	return stream;
}

static void check(struct result *result, const char *root)
{
	bool is_seen[STREAMS] = {false};
	g_autofree char *folder = g_build_filename(root, "recordings", NULL);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (*name == '.')
			complain(result, path, "it was left behind");
		if (!g_str_has_suffix(name, MANIFEST_SUFFIX))
			continue;
		int stream = check_manifest(result, root, path);
		if (stream >= 0)
			is_seen[stream] = true;
	}
	g_clear_pointer(&dir, g_dir_close);
	for (unsigned i = 0; i < STREAMS; i++)
		if (shared->streams[i].is_published && !is_seen[i])
			complain(result, folder, "a stream has no recording");
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

static gint64 until(GRand *random, gint64 max_us)
{
	return 1 + (gint64)(g_rand_double(random) * (double)max_us);
}

/* How long a life takes that nobody ends. */
static gint64 measure(void (*act)(const char *), const char *root)
{
	gint64 start_us = g_get_monotonic_time();
	run(act, root, 0);
	return g_get_monotonic_time() - start_us;
}

static void try_once(
	struct result *result, GRand *random, gint64 life_us, const char *scratch, unsigned number)
{
	struct result before = *result;
	g_autofree char *root = g_strdup_printf("%s/%u", scratch, number);
	g_assert_cmpint(g_mkdir(root, 0700), ==, 0);
	memset(shared, 0, sizeof *shared);
	run(live, root, until(random, life_us));
	/* Recovery is done in a few milliseconds. */
	for (int kills = g_rand_int_range(random, 0, 4); kills > 0; kills--)
		run(come_back, root, until(random, 10000));
	run(come_back, root, 0);
	check(result, root);
	if (memcmp(&before, result, sizeof before) == 0)
		remove_folder(root);
	else
		g_printerr("trial %u has failed; left behind: %s\n", number, root);
}

int main(int argc, char **argv)
{
	unsigned trials = argc > 1 ? (unsigned)g_ascii_strtoull(argv[1], NULL, 10) : 0;
	guint32 seed = argc > 2 ? (guint32)g_ascii_strtoull(argv[2], NULL, 10) : 1;
	if (trials == 0) {
		g_printerr("usage: kill9_core TRIALS [SEED]\n");
		return 2;
	}
	g_autofree char *scratch = g_dir_make_tmp("kill9-XXXXXX", NULL);
	g_setenv("TMPDIR", scratch, TRUE); /* what killed gateways leave lies there, too */
	char *arguments[] = {argv[0], NULL};
	char **test_arguments = arguments;
	int count = 1;
	g_test_init(&count, &test_arguments, NULL);
	gateway_require();
	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert_true(shared != MAP_FAILED);

	struct result result = {0};
	GRand *random = g_rand_new_with_seed(seed);
	g_autofree char *whole = g_build_filename(scratch, "whole", NULL);
	g_assert_cmpint(g_mkdir(whole, 0700), ==, 0);
	gint64 life_us = measure(live, whole);
	for (unsigned i = 0; i < trials; i++)
		try_once(&result, random, life_us, scratch, i);
	g_rand_free(random);
	bool is_good = result.lost == 0 && result.duplicated == 0 && result.unreadable == 0;
	if (is_good)
		remove_folder(scratch);
	g_print("trials=%u lost=%lu duplicated=%lu unreadable=%lu\n", trials, result.lost,
		result.duplicated, result.unreadable);
	return is_good ? 0 : 1;
}
