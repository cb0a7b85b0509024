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

#include "common/manifest.h"
#include "tests/double/folder.h"
#include "tests/plugins/scene.h"
#include "tests/soak/packet.h"
#include "tests/soak/place.h"

#define SETTINGS "\tflush_interval = 50"

enum {
	STREAMS = 4,
	PACKETS_MAX = 4000, /* of one track; a life ends when one of them has as many */
	PAUSE_US = 300,
	MEDIA_MS = 40,
};

static const char *const LABELS[SCENE_KINDS] = {"audio", "video", "data", "rtcp"};

struct track {
	_Atomic unsigned offered;  /* handed to the plugin */
	_Atomic unsigned accepted; /* the plugin has returned */
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

static struct place place_in(const char *root)
{
	return (struct place){
		.recordings = g_build_filename(root, "recordings", NULL),
		.rings = g_build_filename(root, "rings", NULL),
	};
}

static void place_clear(struct place *place)
{
	g_free(place->recordings);
	g_free(place->rings);
}

static void send_packet(struct gateway_handle *handle, unsigned stream, int kind)
{
	struct track *track = &shared->streams[stream].tracks[kind];
	struct packet packet;
	packet_make(&packet, stream, kind, track->offered);
	track->offered++;
	packet_send(handle, kind, &packet);
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
	struct place place = place_in(root);
	struct gateway *gateway = place_start(&place, SETTINGS);
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
	place_clear(&place);
}

/* Lives until recovery has left nothing but its own lock. */
static void come_back(const char *root)
{
	struct place place = place_in(root);
	struct gateway *gateway = place_start(&place, SETTINGS);
	g_assert_true(place_settle(&place));
	gateway_stop(gateway);
	place_clear(&place);
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

/* The frames must be the packets from the first on, at least up to the last accepted one. */
static unsigned check_frames(
	struct result *result, const char *path, GPtrArray *frames, unsigned stream, int kind)
{
	const struct track *track = &shared->streams[stream].tracks[kind];
	unsigned next = 0, at;
	for (guint i = 0; i < frames->len; i++) {
		gsize len;
		const void *bytes = g_bytes_get_data(g_ptr_array_index(frames, i), &len);
		if (!packet_find(&at, stream, kind, bytes, len) || at >= track->offered) {
			complain(result, path, "it has a frame that nobody sent");
		} else if (at < next) {
			result->duplicated++;
		} else {
			result->lost += at - next;
			next = at + 1;
		}
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
	unsigned count = check_frames(result, path, frames, stream, kind);
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
		if (*name == '.' && strcmp(name, ".index") != 0)
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
		folder_remove(root);
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
		folder_remove(scratch);
	g_print("trials=%u lost=%lu duplicated=%lu unreadable=%lu\n", trials, result.lost,
		result.duplicated, result.unreadable);
	return is_good ? 0 : 1;
}
