/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See power.h. */
#include "tests/recording/power.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/codec.h"
#include "recording/engine_priv.h"
#include "recording/recovery.h"
#include "recording/ring.h"
#include "recording/track.h"
#include "tests/recording/medium.h"
#include "tests/recording/rig.h"

enum {
	TICK_US = 1000,
	RETRY_US = 1000000,
	PAYLOAD = 700,
	ROUNDS = 8,
};

/* --- a life: in a process of its own --- */

struct power_life {
	struct engine *engine;
	struct recording *recording;
	struct disk disk;
	unsigned pushed;
	_Atomic bool is_full;          /* the disk takes nothing */
	_Atomic bool is_stiff;         /* nor does it cut anything off, when it is full */
	_Atomic unsigned creates_left; /* it is so from this one on; 0: from none */
	_Atomic unsigned writes_left;  /* until the process dies in the middle of one; 0: not so */
	_Atomic int64_t now_us;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned allowed, arrived; /* flushes */
	bool is_free;              /* nobody is stopped any more */
};

/* The writer stops here before each flush, until one is allowed. */
static int64_t mono_us(void *ctx)
{
	struct power_life *life = ctx;
	char thread[16];
	if (pthread_getname_np(pthread_self(), thread, sizeof thread) != 0 ||
		!g_str_has_prefix(thread, "recorder-write"))
		return life->now_us;
	pthread_mutex_lock(&life->lock);
	life->arrived++;
	pthread_cond_broadcast(&life->changed);
	while (!life->is_free && life->allowed < life->arrived)
		pthread_cond_wait(&life->changed, &life->lock);
	pthread_mutex_unlock(&life->lock);
	return life->now_us;
}

static int64_t real_us(void *ctx)
{
	struct power_life *life = ctx;
	return INT64_C(1700000000000000) + life->now_us;
}

/* One flush, from beginning to end. */
static void flush_after(struct power_life *life, int64_t us)
{
	life->now_us += us;
	pthread_mutex_lock(&life->lock);
	life->allowed++;
	pthread_cond_broadcast(&life->changed);
	while (life->arrived <= life->allowed)
		pthread_cond_wait(&life->changed, &life->lock);
	pthread_mutex_unlock(&life->lock);
}

static int create_file(void *ctx, const char *path)
{
	struct power_life *life = ctx;
	if (life->creates_left > 0 && --life->creates_left == 0)
		life->is_full = true;
	if (life->is_full)
		return -ENOSPC;
	return disk_system()->create(NULL, path);
}

/* Half of what a full disk is given still fits; so does half of what a dying process gives it. */
static int write_at(
	void *ctx, int fd, const struct iovec *pieces, int count, off_t offset, size_t *written)
{
	struct power_life *life = ctx;
	bool is_last = life->writes_left > 0 && --life->writes_left == 0;
	if (!life->is_full && !is_last)
		return disk_system()->write_at(NULL, fd, pieces, count, offset, written);
	struct iovec half[DISK_PIECES_MAX];
	memcpy(half, pieces, (size_t)count * sizeof *half);
	half[count - 1].iov_len /= 2;
	(void)disk_system()->write_at(NULL, fd, half, count, offset, written);
	if (is_last)
		_exit(0);
	return -ENOSPC;
}

static int truncate_file(void *ctx, int fd, off_t size)
{
	struct power_life *life = ctx;
	return life->is_full && life->is_stiff ? -EIO : disk_system()->truncate(NULL, fd, size);
}

static int replace_file(void *ctx, const char *path, const void *data, size_t len)
{
	struct power_life *life = ctx;
	if (life->is_full)
		return -ENOSPC;
	int err = disk_system()->replace(NULL, path, data, len);
	if (err == 0)
		medium_mark(POWER_REPLACED, "");
	return err;
}

static void on_event(const struct engine_event *event, void *ctx)
{
	(void)ctx;
	g_autofree char *file = event->file == NULL ? NULL : g_path_get_basename(event->file);
	if (event->kind == ENGINE_PART_FINISHED)
		medium_mark(POWER_ANNOUNCED, file);
}

static void life_init(struct power_life *life)
{
	*life = (struct power_life){.now_us = 5000000};
	life->disk = *disk_system();
	life->disk.create = create_file;
	life->disk.write_at = write_at;
	life->disk.truncate = truncate_file;
	life->disk.replace = replace_file;
	life->disk.ctx = life;
	pthread_mutex_init(&life->lock, NULL);
	pthread_cond_init(&life->changed, NULL);
}

static void start_engine(
	struct power_life *life, const struct power_place *place, const char *durability)
{
	const struct clock clock = {mono_us, real_us, life};
	struct engine_params params = {
		.folder = place->folder,
		.ring_folder = place->ring_folder,
		.ring_size = RING_SIZE_MIN,
		.flush_interval_ms = TICK_US / 1000,
		.disk = &life->disk,
		.clock = g_memdup2(&clock, sizeof clock),
		.on_event = on_event,
	};
	g_assert_true(durability_parse(&params.durability, durability));
	g_assert_cmpint(engine_create(&life->engine, &params), ==, 0);
}

static void start_recording(struct power_life *life)
{
	const struct recording_track_spec tracks[] = {
		{{.codec = codec_find("opus")}, "0", 0},
		{{.codec = codec_find("vp8")}, "1", 1},
	};
	struct recording_spec spec = *rig_spec();
	spec.tracks = tracks;
	spec.track_count = G_N_ELEMENTS(tracks);
	g_assert_cmpint(recording_start(&life->recording, life->engine, &spec), ==, 0);
	medium_mark(POWER_STARTED, "");
	/* The first wake-up is no tick: it writes nothing. */
	flush_after(life, TICK_US);
}

static void push(struct power_life *life)
{
	uint8_t packet[PAYLOAD + 12];
	for (size_t i = 0; i < 2; i++) {
		size_t len = rig_rtp(packet, (uint16_t)life->pushed, life->pushed * 960, PAYLOAD);
		struct track *track = recording_track(life->recording, i);
		g_assert_cmpint(track_push_rtp(track, packet, len), ==, 0);
	}
	life->pushed++;
}

static void push_rounds(struct power_life *life, unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		push(life);
		flush_after(life, TICK_US);
	}
}

static void end(struct power_life *life)
{
	push(life);
	recording_stop(life->recording, "stopped");
	pthread_mutex_lock(&life->lock);
	life->is_free = true;
	pthread_cond_broadcast(&life->changed);
	pthread_mutex_unlock(&life->lock);
	while (!recording_has_ended(life->recording))
		g_thread_yield();
	recording_put(life->recording);
	engine_destroy(life->engine);
}

/* --- the lives --- */

/* A start, flushes, a disk that takes nothing for a while, new parts, an end. */
static void live_with_an_interruption(struct power_life *life)
{
	start_recording(life);
	push_rounds(life, ROUNDS);
	life->is_full = true;
	push_rounds(life, 3);
	flush_after(life, RETRY_US); /* in vain */
	life->is_full = false;
	push(life);
	flush_after(life, RETRY_US);
	push_rounds(life, ROUNDS);
	end(life);
}

static void live_with_a_torn_end(struct power_life *life)
{
	life->is_stiff = true;
	live_with_an_interruption(life);
}

/* Of two tracks only one gets its file, and the manifest, which would name it, cannot be saved. */
static void live_on_a_full_disk(struct power_life *life)
{
	life->creates_left = 3;
	start_recording(life);
	push_rounds(life, 2);
	flush_after(life, RETRY_US);
	life->is_full = false;
	flush_after(life, RETRY_US);
	push_rounds(life, 2);
	end(life);
}

/* Killed in the middle of a write. */
static void live_and_die(struct power_life *life)
{
	start_recording(life);
	push_rounds(life, 3);
	life->writes_left = 2;
	push_rounds(life, 3);
}

static const struct power_play PLAYS[] = {
	{"an_interruption/none", "none", live_with_an_interruption, false, false},
	{"an_interruption/part", "part", live_with_an_interruption, false, false},
	{"an_interruption/one_ms", "1", live_with_an_interruption, false, false},
	{"an_interruption/five_ms", "5", live_with_an_interruption, false, false},
	{"a_torn_end/none", "none", live_with_a_torn_end, false, false},
	{"a_torn_end/part", "part", live_with_a_torn_end, false, false},
	{"a_full_disk/none", "none", live_on_a_full_disk, false, false},
	{"a_full_disk/part", "part", live_on_a_full_disk, false, false},
	{"a_full_disk/five_ms", "5", live_on_a_full_disk, false, false},
	{"a_recovery/with_rings", "part", live_and_die, true, false},
	{"a_recovery/without_rings", "part", live_and_die, true, true},
};

struct power_place power_new_place(void)
{
	/* Thousands of folders: in memory, if there is such a file system. */
	struct power_place place = {.root = g_mkdtemp(g_strdup("/dev/shm/power-XXXXXX"))};
	if (place.root == NULL)
		place.root = g_dir_make_tmp("power-XXXXXX", NULL);
	place.folder = g_build_filename(place.root, "recordings", NULL);
	place.ring_folder = g_build_filename(place.root, "rings", NULL);
	return place;
}

void power_drop_place(struct power_place *place)
{
	rig_remove(place->root);
	g_free(place->root);
	g_free(place->folder);
	g_free(place->ring_folder);
}

static void remove_all(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, file, NULL);
		g_unlink(path);
	}
	g_dir_close(dir);
}

static void act_first(const struct power_play *play, const struct power_place *place)
{
	static struct power_life life;
	life_init(&life);
	medium_begin(place->folder, &life.now_us, false);
	start_engine(&life, place, play->durability);
	play->live(&life);
}

static void act_second(const struct power_play *play, const struct power_place *place)
{
	static struct power_life life;
	life_init(&life);
	medium_begin(place->folder, &life.now_us, true);
	start_engine(&life, place, play->durability);
	recovery_wait(life.engine->recovery);
	engine_destroy(life.engine);
}

static void run(void (*act)(const struct power_play *, const struct power_place *),
	const struct power_play *play, const struct power_place *place)
{
	fflush(NULL);
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		g_random_set_seed((guint32)getpid()); /* for ids of its own */
		act(play, place);
		_exit(0);
	}
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	g_assert_cmpint(status, ==, 0);
}

const struct power_play *power_play(size_t index)
{
	return index < G_N_ELEMENTS(PLAYS) ? &PLAYS[index] : NULL;
}

size_t power_live(const struct power_play *play)
{
	struct power_place place = power_new_place();
	size_t from = 0;
	run(act_first, play, &place);
	if (play->is_recovered) {
		from = medium_step_count();
		if (play->loses_rings)
			remove_all(place.ring_folder);
		run(act_second, play, &place);
	}
	power_drop_place(&place);
	return from;
}
