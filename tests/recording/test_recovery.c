/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The process is killed before, in the middle of and after every disk operation
 * of a recording's life, and recovery again at every one of its own. What was
 * accepted must be in the files each time, byte for byte, once.
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/name.h"
#include "recording/recovery.h"
#include "recording/ring.h"
#include "recording/rotation.h"
#include "recording/track.h"
#include "tests/recording/mortal.h"
#include "tests/recording/rig.h"

enum {
	TRACKS = 4, /* audio, video, data, rtcp */
	PACKET_MAX = 1500,
	RETRY_US = 2000000, /* a suspended recording has tried again */
	POINTS_MAX = 1000   /* far more than there are */
};

static const char *const LABELS[TRACKS] = {"audio", "video", "data", "rtcp"};

/* Outlives the children. */
struct shared {
	struct mortal mortal;
	_Atomic bool has_started;        /* recording_start() has returned */
	_Atomic unsigned pushed[TRACKS]; /* accepted packets */
	_Atomic unsigned begun[TRACKS];  /* packets that were offered */
	_Atomic unsigned events[ENGINE_EVENTS];
};

static struct shared *shared;

struct place {
	char *root, *folder, *ring_folder;
};

/* --- a life --- */

static int64_t mono_us(void *ctx)
{
	(void)ctx;
	return clock_mono_us(clock_system()) + shared->mortal.late_us;
}

static int64_t real_us(void *ctx)
{
	(void)ctx;
	return clock_real_us(clock_system()) + shared->mortal.late_us;
}

static const struct clock hasty_clock = {mono_us, real_us, NULL};

static void on_event(const struct engine_event *event, void *ctx)
{
	(void)ctx;
	mortal_pass(&shared->mortal);
	shared->events[event->kind]++;
	mortal_pass(&shared->mortal);
}

static struct engine *new_engine(const struct place *place)
{
	static struct disk disk;
	struct engine *engine = NULL;
	disk = mortal_disk(&shared->mortal);
	const struct engine_params params = {
		.folder = place->folder,
		.ring_folder = place->ring_folder,
		.ring_size = RING_SIZE_MIN,
		.flush_interval_ms = 1,
		.clock = &hasty_clock,
		.disk = &disk,
		.on_event = on_event,
	};
	g_assert_cmpint(engine_create(&engine, &params), ==, 0);
	return engine;
}

static size_t packet_at(uint8_t out[static PACKET_MAX], unsigned track, unsigned index)
{
	size_t payload = 1 + index * 2654435761u % 1200;
	return rig_rtp(out, (uint16_t)index, track * 1000 + index, payload);
}

static void push(struct recording *recording, unsigned count)
{
	for (unsigned i = 0; i < count * TRACKS; i++) {
		uint8_t packet[PACKET_MAX];
		unsigned t = i % TRACKS;
		struct track *track = recording_track(recording, t);
		size_t len = packet_at(packet, t, shared->begun[t]++);
		g_assert_cmpint(t < 2 ? track_push_rtp(track, packet, len)
				      : track_push_message(track, packet, len),
			==, 0);
		shared->pushed[t]++;
	}
}

static void wait_until_drained(struct recording *recording)
{
	json_int_t wanted = 0, packets = -1;
	for (unsigned t = 0; t < TRACKS; t++)
		wanted += shared->pushed[t];
	while (packets < wanted) {
		json_t *summary = recording_summary(recording);
		packets = json_integer_value(json_object_get(summary, "packets"));
		json_decref(summary);
		g_thread_yield();
	}
}

static struct recording *begin_life(struct engine *engine, struct manifest_rotation rotation)
{
	struct recording *recording = NULL;
	struct recording_spec spec = *rig_spec();
	spec.rotation = rotation;
	g_assert_cmpint(recording_start(&recording, engine, &spec), ==, 0);
	shared->has_started = true;
	push(recording, 1);
	wait_until_drained(recording);
	push(recording, 5);
	wait_until_drained(recording);
	return recording;
}

static void end_life(struct engine *engine, struct recording *recording)
{
	push(recording, 20);
	recording_stop(recording, "stopped");
	while (!recording_has_ended(recording))
		g_thread_yield();
	recording_put(recording);
	engine_destroy(engine);
}

static void live(const struct place *place)
{
	struct engine *engine = new_engine(place);
	end_life(engine, begin_life(engine, (struct manifest_rotation){0}));
}

static void wait_for(enum engine_event_kind kind, unsigned count)
{
	while (shared->events[kind] < count)
		g_thread_yield();
}

/* Packets are in second parts, which no manifest that was saved knows. */
static void go_on_in_vain(struct recording *recording)
{
	shared->mortal.refuses_until = shared->mortal.late_us + 2 * RETRY_US;
	shared->mortal.is_full = false;
	shared->mortal.late_us += RETRY_US;
	while (shared->mortal.refusals == 0)
		g_thread_yield();
	push(recording, 2);
}

static void live_on_a_disk_that_fills_up(const struct place *place)
{
	struct engine *engine = new_engine(place);
	struct recording *recording = begin_life(engine, (struct manifest_rotation){0});
	for (unsigned round = 1; round <= 2; round++) {
		shared->mortal.is_full = true;
		push(recording, 3);
		wait_for(ENGINE_RECORDING_SUSPENDED, round);
		push(recording, 2);
		if (round == 1)
			go_on_in_vain(recording);
		shared->mortal.is_full = false;
		shared->mortal.late_us += RETRY_US;
		wait_for(ENGINE_RECORDING_RESUMED, round);
		push(recording, 4);
		wait_until_drained(recording);
	}
	end_life(engine, recording);
}

/* Parts are cut where nothing waits, and where something does. */
static void live_through_rotations(const struct place *place)
{
	enum {
		DURATION_US = 10 * 1000 * 1000
	};
	struct engine *engine = new_engine(place);
	struct recording *recording =
		begin_life(engine, (struct manifest_rotation){.duration_us = DURATION_US});
	for (unsigned round = 1; round <= 3; round++) {
		shared->mortal.late_us += DURATION_US;
		push(recording, 3);
		shared->mortal.late_us += ROTATION_PATIENCE_US;
		push(recording, 2);
		wait_for(ENGINE_PART_FINISHED, round * TRACKS);
		push(recording, 2);
		wait_until_drained(recording);
	}
	end_life(engine, recording);
}

static void come_back(const struct place *place)
{
	struct engine *engine = new_engine(place);
	recovery_wait(engine->recovery);
	engine_destroy(engine);
}

/* True when it came to its end. */
static bool run_until(unsigned point, void (*act)(const struct place *), const struct place *place)
{
	shared->mortal.point = 0;
	shared->mortal.kill_at = point;
	fflush(NULL);
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		g_random_set_seed((guint32)getpid()); /* for ids of its own */
		act(place);
		_exit(0);
	}
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	g_assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : status == 0);
	return !WIFSIGNALED(status);
}

/* --- what must hold afterwards --- */

static struct place new_place(void)
{
	/* A kill takes nothing from a disk, and without one it all goes several times faster. */
	const char *above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir();
	struct place place = {.root = g_build_filename(above, "recovery-XXXXXX", NULL)};
	g_assert_nonnull(g_mkdtemp(place.root));
	place.folder = g_build_filename(place.root, "recordings", NULL);
	place.ring_folder = g_build_filename(place.root, "rings", NULL);
	return place;
}

static void drop_place(struct place *place)
{
	rig_remove(place->root);
	g_free(place->root);
	g_free(place->folder);
	g_free(place->ring_folder);
}

static GByteArray *read_all(const struct place *place, const char *file)
{
	g_autofree char *path = g_build_filename(place->folder, file, NULL);
	char *bytes = NULL;
	gsize len = 0;
	if (!g_file_get_contents(path, &bytes, &len, NULL))
		return NULL;
	return g_byte_array_new_take((guint8 *)bytes, len);
}

/* The packets of a file, each where it must be, the first of them `next`; the count. */
static unsigned check_frames(const GByteArray *content, unsigned track, unsigned next)
{
	struct bytes rest = {content->data, content->len};
	struct mjr_header header;
	g_assert_cmpint(mjr_header_parse(&header, rest), ==, 0);
	g_assert_true(bytes_skip(&rest, header.size));
	unsigned count = 0;
	for (; rest.len > 0; count++) {
		struct mjr_frame frame;
		uint8_t packet[PACKET_MAX];
		size_t len = packet_at(packet, track, next + count);
		size_t skip = track < 2 ? 0 : MJR_DATA_TIME_SIZE;
		g_assert_cmpint(mjr_frame_parse(&frame, rest, header.version), ==, 0);
		g_assert_cmpmem(frame.payload.data + skip, frame.payload.len - skip, packet, len);
		g_assert_true(bytes_skip(&rest, frame.size));
	}
	return count;
}

/* The count of its packets, the first of which must be `next`. */
static unsigned check_part(const struct place *place, const struct manifest *manifest, unsigned t,
	const struct manifest_part *part, unsigned next)
{
	g_autofree char *file = name_part_file(
		"call", LABELS[t], part->number, manifest_is_rotated(&manifest->rotation));
	GByteArray *content = read_all(place, part->file);
	g_assert_cmpstr(part->file, ==, file);
	g_assert_nonnull(content);
	unsigned count = check_frames(content, t, next);
	g_assert_cmpuint(count, >, 0);
	g_assert_cmpuint(part->packets, ==, count);
	g_assert_cmpuint(part->bytes, ==, content->len);
	g_assert_cmpint(part->end_us, <=, manifest->ended_us);
	if (t < 2)
		g_assert_cmpuint(part->last_seq, ==, next + count - 1);
	g_byte_array_unref(content);
	return count;
}

/* How many files it has. */
static size_t check_track(const struct place *place, const struct manifest *manifest, unsigned t)
{
	const struct manifest_track *track = &manifest->tracks[t];
	unsigned count = 0;
	uint32_t number = 0;
	for (size_t i = 0; i < track->part_count; i++) {
		g_assert_cmpuint(track->parts[i].number, >, number);
		number = track->parts[i].number;
		count += check_part(place, manifest, t, &track->parts[i], count);
	}
	g_assert_cmpuint(count, >=, shared->pushed[t]);
	g_assert_cmpuint(count, <=, shared->begun[t]);
	g_assert_cmpuint(track->quality.received, ==, count);
	g_assert_cmpuint(track->quality.lost, ==, 0);
	return track->part_count;
}

static void check_manifest(const struct place *place)
{
	struct manifest manifest;
	g_autofree char *path = g_build_filename(place->folder, "call.json", NULL);
	g_autofree char *what = NULL;
	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		/* A start that was never answered may leave nothing. */
		g_assert_false(shared->has_started);
		g_assert_cmpuint(rig_count_files(place->folder), ==, 0);
		return;
	}
	int err = manifest_load(&manifest, path, &what);
	g_assert_cmpstr(what, ==, NULL);
	g_assert_cmpint(err, ==, 0);
	bool is_recovered = manifest.state == MANIFEST_RECOVERED;
	g_assert_true(is_recovered || manifest.state == MANIFEST_COMPLETE);
	g_assert_cmpstr(manifest.reason, ==, is_recovered ? "process_killed" : "stopped");
	g_assert_cmpuint(shared->events[is_recovered ? ENGINE_RECORDING_RECOVERED
						     : ENGINE_RECORDING_FINISHED],
		>, 0);
	g_assert_null(manifest.engine);
	g_assert_cmpint(manifest.ended_us, >=, manifest.created_us);
	size_t files = 1;
	for (unsigned t = 0; t < TRACKS; t++)
		files += check_track(place, &manifest, t);
	g_assert_cmpuint(rig_count_files(place->folder), ==, files);
	manifest_fini(&manifest);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names and contents of all that there is, hidden files too. */
static char *fingerprint(const char *folder)
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	while ((name = g_dir_read_name(dir)) != NULL)
		g_ptr_array_add(names, g_strdup(name));
	g_dir_close(dir);
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
		g_autofree char *bytes = NULL;
		gsize len = 0;
		g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
		g_checksum_update(sum, names->pdata[i], -1);
		g_checksum_update(sum, (guchar *)bytes, (gssize)len);
	}
	char *text = g_strdup(g_checksum_get_string(sum));
	g_checksum_free(sum);
	return text;
}

static size_t count_all(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	size_t count = 0;
	while (g_dir_read_name(dir) != NULL)
		count++;
	g_dir_close(dir);
	return count;
}

static void check_place(const struct place *place)
{
	check_manifest(place);
	g_assert_cmpuint(count_all(place->ring_folder), ==, 0);
	/* Neither a temporary nor a lock is left, beside the index. */
	g_assert_cmpuint(count_all(place->folder), ==, rig_count_files(place->folder) + 1);
	g_autofree char *before = fingerprint(place->folder);
	g_assert_true(run_until(0, come_back, place));
	g_autofree char *after = fingerprint(place->folder);
	g_assert_cmpstr(before, ==, after);
}

static void begin(void)
{
	*shared = (struct shared){0};
}

/* --- the walks --- */

static void walk(void (*act)(const struct place *))
{
	bool is_over = false;
	for (unsigned point = 1; !is_over; point++) {
		struct place place = new_place();
		begin();
		is_over = run_until(point, act, &place);
		/* On a disk that is still full it may come to nothing, and must do no harm. */
		if (shared->mortal.is_full || shared->mortal.refuses_until > shared->mortal.late_us)
			g_assert_true(run_until(0, come_back, &place));
		shared->mortal.is_full = false;
		shared->mortal.refuses_until = 0;
		g_assert_true(run_until(0, come_back, &place));
		g_assert_cmpuint(shared->events[ENGINE_RECORDING_RECOVERED], <=, !is_over);
		check_place(&place);
		drop_place(&place);
		g_assert_cmpuint(point, <, POINTS_MAX);
	}
}

static void a_life_killed_at_every_point_is_recovered(void)
{
	walk(live);
}

static void so_is_one_on_a_disk_that_fills_up(void)
{
	walk(live_on_a_disk_that_fills_up);
}

static void so_is_one_that_goes_on_to_new_parts(void)
{
	walk(live_through_rotations);
}

/* Each recovery dies one point later than the one before it, and finds what that has left. */
static void recoveries_killed_one_after_the_other_lose_nothing(void)
{
	enum {
		STRIDE = 7 /* dozens of processes for each point */
	};
	bool is_over = false;
	for (unsigned point = 1; !is_over; point += STRIDE) {
		struct place place = new_place();
		begin();
		is_over = run_until(point, live, &place);
		for (unsigned again = 1; !run_until(again, come_back, &place); again++)
			g_assert_cmpuint(again, <, POINTS_MAX);
		check_place(&place);
		drop_place(&place);
	}
}

/* Where all four rings hold what the files lack, and the last of the manifest is still missing. */
static void a_recovery_killed_at_every_point_is_recovered(void)
{
	bool is_over = false;
	for (unsigned point = 1; !is_over; point++) {
		struct place place = new_place();
		begin();
		/* The first write of the four tracks: no file has been written yet. */
		for (unsigned at = 8; shared->pushed[TRACKS - 1] == 0; at++) {
			drop_place(&place);
			place = new_place();
			begin();
			run_until(at, live, &place);
		}
		is_over = run_until(point, come_back, &place);
		g_assert_true(run_until(0, come_back, &place));
		check_place(&place);
		drop_place(&place);
		g_assert_cmpuint(point, <, POINTS_MAX);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert_true(shared != MAP_FAILED);
	g_test_add_func("/recovery/a_life_killed_at_every_point_is_recovered",
		a_life_killed_at_every_point_is_recovered);
	g_test_add_func(
		"/recovery/so_is_one_on_a_disk_that_fills_up", so_is_one_on_a_disk_that_fills_up);
	g_test_add_func("/recovery/so_is_one_that_goes_on_to_new_parts",
		so_is_one_that_goes_on_to_new_parts);
	g_test_add_func("/recovery/a_recovery_killed_at_every_point_is_recovered",
		a_recovery_killed_at_every_point_is_recovered);
	g_test_add_func("/recovery/recoveries_killed_one_after_the_other_lose_nothing",
		recoveries_killed_one_after_the_other_lose_nothing);
	return g_test_run();
}
