/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records on a small disk that somebody else fills and empties at random, and looks
 * for every packet afterwards:
 *
 *      disk_core SECONDS SEED FOLDER
 *
 * The plugin in the fake core, with its recordings in FOLDER, which is the top of a
 * small file system; media comes from threads of its own. Trials follow each other,
 * with other settings each. At the end of every other one the disk is full, the
 * gateway goes, and another one comes when there is room again. Prints one line, and
 * succeeds when no file is torn, and each packet in one or in the manifest's words.
 */
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/double/folder.h"
#include "tests/plugins/scene.h"
#include "tests/soak/filler.h"
#include "tests/soak/journal.h"
#include "tests/soak/place.h"
#include "tests/soak/take.h"
#include "tests/soak/tale.h"

enum {
	STREAMS = 8,
	MEDIA_THREADS = 2,
	TRIAL_S = 20,
	MEDIA_PAUSE_US = 10 * 1000,
	VIDEO_PER_PAUSE = 3, /* with the others, 8 streams send some 2 MB/s */
	BURST = 600,         /* video packets at once, now and then: more than small rings hold */
	ACTION_PAUSE_US = 60 * 1000,
	PARALLEL_MAX = 3,
	LAST_PACKETS = 20,
	DISK_LOW = 16 << 20,
};

struct settings {
	unsigned ring_size, flush_interval, writer_threads, disk_reserve;
	const char *durability;
};

static const struct settings SETTINGS[] = {
	{256 << 10, 50, 1, 0, "none"},
	{256 << 10, 200, 2, 2 << 20, "part"},
	{1 << 20, 100, 1, 0, "200"},
	{256 << 10, 20, 2, 0, "part"},
	{256 << 10, 500, 1, 1 << 20, "none"},
};

static struct journal journals[STREAMS][SCENE_KINDS];

static struct {
	struct place place;
	struct gateway *gateway;
	struct scene scenes[STREAMS];
	GRand *random;
	GPtrArray *takes; /* struct take, of this trial */
	struct tale *tale;
	atomic_bool is_over;
	struct verdict verdict;
	unsigned trials, cycles, refused;
	unsigned long packets, suspended, failed, recovered, deleted, levels;
} world;

static unsigned one_of(unsigned count)
{
	return (unsigned)g_rand_int_range(world.random, 0, (gint32)count);
}

/* --- media --- */

static void push(unsigned stream, int kind)
{
	journal_push(&journals[stream][kind], world.scenes[stream].handle, stream, kind);
}

static void push_some(unsigned stream, unsigned round)
{
	unsigned video = (round + stream * 37) % 500 == 0 ? BURST : VIDEO_PER_PAUSE;
	push(stream, SCENE_AUDIO);
	for (unsigned i = 0; i < video; i++)
		push(stream, SCENE_VIDEO);
	if (round % 5 == 0)
		push(stream, SCENE_DATA);
	if (round % 10 == 0)
		push(stream, SCENE_RTCP);
}

static void *send_media(void *data)
{
	for (unsigned round = 0; !atomic_load(&world.is_over); round++) {
		for (unsigned i = GPOINTER_TO_UINT(data); i < STREAMS; i += MEDIA_THREADS)
			push_some(i, round);
		g_usleep(MEDIA_PAUSE_US);
	}
	return NULL;
}

/* --- what clients do --- */

/* NULL: it was refused, which a full disk may do. */
static struct take *start(unsigned stream)
{
	struct take *take = g_new0(struct take, 1);
	take->name = g_strdup_printf("trial%u-%u-%u", world.trials, stream, world.takes->len);
	take->stream = stream;
	json_t *body = json_pack(
		"{s:s, s:s, s:b}", "request", "start_recording", "name", take->name, "parallel", 1);
	journal_begin_moments(take->begin, journals[stream]);
	json_t *reply = gateway_request(world.scenes[stream].handle, body);
	journal_end_moments(take->begin, journals[stream]);
	json_t *recording = json_object_get(json_object_get(reply, "result"), "recording");
	take->id = g_strdup(json_string_value(json_object_get(recording, "id")));
	json_decref(reply);
	if (take->id) {
		g_ptr_array_add(world.takes, take);
		return take;
	}
	world.refused++;
	take_free(take);
	return NULL;
}

static void stop(struct take *take)
{
	json_t *body = json_pack("{s:s, s:s}", "request", "stop_recording", "id", take->id);
	journal_begin_moments(take->end, journals[take->stream]);
	json_decref(scene_result(gateway_request(world.scenes[take->stream].handle, body)));
	journal_end_moments(take->end, journals[take->stream]);
	take->is_stopped = true;
}

static void check(struct take *take)
{
	take_check(take, &world.verdict, world.place.recordings, journals[take->stream]);
	world.suspended += take->suspended;
	world.failed += take->state == MANIFEST_FAILED;
	world.recovered += take->state == MANIFEST_RECOVERED;
}

static void delete_take(struct take *take)
{
	if (take->is_deleted || !take_has_ended(take, world.place.recordings))
		return;
	check(take);
	take_delete(take, world.place.recordings);
	world.deleted++;
}

static unsigned running(unsigned stream)
{
	unsigned count = 0;
	for (guint i = 0; i < world.takes->len; i++) {
		const struct take *take = g_ptr_array_index(world.takes, i);
		count += take->stream == stream && !take->is_stopped;
	}
	return count;
}

static void act(void)
{
	unsigned stream = one_of(STREAMS);
	if (one_of(3) == 0 && running(stream) < PARALLEL_MAX)
		(void)start(stream);
	if (world.takes->len == 0)
		return;
	struct take *take = g_ptr_array_index(world.takes, one_of(world.takes->len));
	if (take->is_stopped)
		delete_take(take);
	else if (one_of(4) == 0)
		stop(take);
}

/* --- a trial --- */

static void begin(const struct settings *settings)
{
	g_autofree char *text = g_strdup_printf("\tring_size = %u\n\tflush_interval = %u\n"
						"\twriter_threads = %u\n\tdisk_reserve = %u\n"
						"\tdisk_low = %d\n\tdurability = \"%s\"",
		settings->ring_size, settings->flush_interval, settings->writer_threads,
		settings->disk_reserve, DISK_LOW, settings->durability);
	memset(journals, 0, sizeof journals);
	atomic_store(&world.is_over, false);
	world.takes = g_ptr_array_new_with_free_func(take_free);
	world.gateway = place_start(&world.place, text);
	world.tale = tale_create(&world.verdict, DISK_LOW, settings->disk_reserve);
	for (unsigned i = 0; i < STREAMS; i++) {
		g_autofree char *name = g_strdup_printf("camera-%u", i);
		scene_init(&world.scenes[i], world.gateway, name);
		json_decref(scene_publish(&world.scenes[i], "{\"record\": false}"));
	}
}

static void stop_all(void)
{
	for (guint i = 0; i < world.takes->len; i++) {
		struct take *take = g_ptr_array_index(world.takes, i);
		if (!take->is_stopped)
			stop(take);
	}
}

/* With room again, every stream is there and can be recorded without a loss. */
static void check_streams(void)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		struct take *take = start(i);
		if (!take) {
			take_complain(&world.verdict.untrue, 1, world.scenes[i].stream,
				"it cannot be recorded any more");
			continue;
		}
		for (unsigned round = 0; round < LAST_PACKETS; round++)
			push_some(i, round + 1);
		stop(take);
	}
}

static void check_takes(void)
{
	for (guint i = 0; i < world.takes->len; i++) {
		struct take *take = g_ptr_array_index(world.takes, i);
		if (!take->is_checked)
			check(take);
	}
	tale_check(world.tale, world.takes);
}

/* Nothing may be there but the recordings that were looked at, and the index. */
static void clear_folder(void)
{
	for (guint i = 0; i < world.takes->len; i++) {
		struct take *take = g_ptr_array_index(world.takes, i);
		if (!take->is_deleted)
			take_delete(take, world.place.recordings);
	}
	GDir *dir = g_dir_open(world.place.recordings, 0, NULL);
	const char *name;
	while (dir && (name = g_dir_read_name(dir)))
		if (strcmp(name, ".index") != 0)
			take_complain(&world.verdict.untrue, 1, name, "it was left behind");
	g_clear_pointer(&dir, g_dir_close);
	folder_remove(world.place.recordings);
}

static void end_gateway(void)
{
	tale_continue(world.tale, world.gateway);
	tale_let_go(world.tale);
	gateway_destroy_plugin(world.gateway);
	tale_continue(world.tale, world.gateway);
	gateway_stop(world.gateway);
}

/* Completes what the one before was not able to. */
static void come_back(void)
{
	world.gateway = place_start(&world.place, "");
	tale_restart(world.tale);
	if (!place_settle(&world.place))
		take_complain(&world.verdict.untrue, 1, "the next gateway", "it has not done");
	end_gateway();
}

static void act_for(int64_t us)
{
	int64_t end_us = g_get_monotonic_time() + us;
	while (g_get_monotonic_time() < end_us) {
		act();
		tale_continue(world.tale, world.gateway);
		g_usleep(ACTION_PAUSE_US);
	}
}

static void stop_media(GThread *threads[static MEDIA_THREADS])
{
	atomic_store(&world.is_over, true);
	for (unsigned i = 0; i < MEDIA_THREADS; i++)
		g_thread_join(threads[i]);
}

static void end(void)
{
	check_takes();
	for (unsigned i = 0; i < STREAMS; i++) {
		for (int kind = 0; kind < SCENE_KINDS; kind++)
			world.packets += atomic_load(&journals[i][kind].accepted);
		scene_fini(&world.scenes[i]);
	}
	world.levels += tale_levels(world.tale);
	clear_folder();
	g_ptr_array_free(world.takes, TRUE);
	tale_destroy(world.tale);
}

static void run_trial(const char *folder, int64_t us)
{
	bool is_full = world.trials % 2 == 1;
	begin(&SETTINGS[world.trials % G_N_ELEMENTS(SETTINGS)]);
	GThread *threads[MEDIA_THREADS];
	for (unsigned i = 0; i < MEDIA_THREADS; i++)
		threads[i] = g_thread_new("media", send_media, GUINT_TO_POINTER(i));
	struct filler *filler = filler_start(folder, g_rand_int(world.random));
	act_for(us);
	world.cycles += filler_stop(filler, is_full);
	stop_all();
	stop_media(threads);
	if (!is_full)
		check_streams();
	end_gateway();
	filler_destroy(filler);
	come_back();
	end();
	world.trials++;
}

static bool is_good(void)
{
	const struct verdict *verdict = &world.verdict;
	return verdict->torn + verdict->doubled + verdict->unaccounted + verdict->untrue == 0;
}

/* A run in which the disk took everything has shown nothing. */
static bool is_worth_it(void)
{
	return world.cycles > 0 && world.suspended > 0 && world.verdict.frames > 0;
}

static void report(int64_t seconds)
{
	const struct verdict *verdict = &world.verdict;
	g_print("seconds=%" G_GINT64_FORMAT " trials=%u cycles=%u packets=%lu recordings=%lu "
		"frames=%lu dropped=%lu suspended=%lu failed=%lu recovered=%lu refused=%u "
		"deleted=%lu levels=%lu torn=%lu doubled=%lu unaccounted=%lu unpromised=%lu "
		"untrue=%lu\n",
		seconds, world.trials, world.cycles, world.packets, verdict->recordings,
		verdict->frames, verdict->dropped, world.suspended, world.failed, world.recovered,
		world.refused, world.deleted, world.levels, verdict->torn, verdict->doubled,
		verdict->unaccounted, verdict->unpromised, verdict->untrue);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	int64_t seconds = argc == 4 ? g_ascii_strtoll(argv[1], NULL, 10) : 0;
	if (seconds <= 0) {
		g_printerr("usage: disk_core SECONDS SEED FOLDER\n");
		return 2;
	}
	gateway_require();
	g_autofree char *scratch = g_dir_make_tmp("disk-XXXXXX", NULL);
	world.place.rings = g_build_filename(scratch, "rings", NULL);
	world.place.recordings = g_build_filename(argv[3], "recordings", NULL);
	world.random = g_rand_new_with_seed((guint32)g_ascii_strtoull(argv[2], NULL, 10));
	int64_t start_us = g_get_monotonic_time(), left_us;
	while ((left_us = start_us + seconds * G_USEC_PER_SEC - g_get_monotonic_time()) > 0)
		run_trial(argv[3], MIN(left_us, (int64_t)TRIAL_S * G_USEC_PER_SEC));
	report((g_get_monotonic_time() - start_us) / G_USEC_PER_SEC);
	folder_remove(scratch);
	g_free(world.place.rings);
	g_free(world.place.recordings);
	g_rand_free(world.random);
	return is_good() && is_worth_it() ? 0 : 1;
}
