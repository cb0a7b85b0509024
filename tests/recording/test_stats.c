/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an engine says of itself in numbers. */
#include "recording/stats.h"

#include <errno.h>
#include <pthread.h>

#include "recording/track.h"
#include "tests/recording/rig.h"

static void counts_durations_by_their_bounds(void)
{
	struct histogram histogram = {0};
	struct histogram_counts counts;
	static const struct {
		int64_t us;
		size_t bucket; /* the first that counts it */
	} values[] = {{0, 0}, {100, 0}, {101, 1}, {10000000, 10}, {10000001, 11}, {1 << 30, 11}};
	uint64_t sum_us = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		struct histogram_counts before;
		histogram_read(&before, &histogram);
		histogram_observe(&histogram, values[i].us);
		histogram_read(&counts, &histogram);
		for (size_t b = 0; b <= HISTOGRAM_BOUNDS; b++)
			g_assert_cmpuint(
				counts.buckets[b] - before.buckets[b], ==, b >= values[i].bucket);
		sum_us += (uint64_t)values[i].us;
		g_assert_cmpuint(counts.sum_us, ==, sum_us);
	}
	for (size_t b = 1; b < HISTOGRAM_BOUNDS; b++)
		g_assert_cmpint(histogram_bounds_us[b], >, histogram_bounds_us[b - 1]);
}

static void push(struct recording *recording, uint16_t count)
{
	for (uint16_t seq = 0; seq < count; seq++) {
		uint8_t packet[400];
		size_t len = rig_rtp(packet, seq, seq * 960u, 100);
		(void)track_push_rtp(recording_track(recording, 0), packet, len);
	}
}

static struct stats_snapshot look(struct rig *rig)
{
	struct stats_snapshot snapshot;
	stats_read(&snapshot, rig->engine);
	return snapshot;
}

/* Numbers alone. */
static struct stats_snapshot numbers(struct rig *rig)
{
	struct stats_snapshot snapshot = look(rig);
	stats_snapshot_fini(&snapshot);
	return snapshot;
}

static void wait_for_packets(struct rig *rig, uint64_t packets)
{
	while (numbers(rig).totals.packets < packets)
		g_thread_yield();
}

static void totals_outlive_recordings(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.flush_interval_ms = 5});
	struct recording *first = rig_start(&rig, "first");
	struct recording *second = rig_start(&rig, "second");
	push(first, 10);
	push(second, 5);
	track_count_malformed(recording_track(first, 0));
	track_count_keyframe_request(recording_track(first, 1));
	wait_for_packets(&rig, 15);
	g_assert_cmpuint(numbers(&rig).running, ==, 2);
	rig_stop(&rig, first);
	struct stats_snapshot now = numbers(&rig);
	g_assert_cmpuint(now.running, ==, 1);
	g_assert_cmpuint(now.listed, ==, 2);
	g_assert_cmpuint(now.totals.packets, ==, 15);
	g_assert_cmpuint(now.totals.dropped[STATS_DROP_MALFORMED], ==, 1);
	g_assert_cmpuint(now.totals.keyframe_requests, ==, 1);
	g_assert_cmpuint(now.rings.memory, >=, 3 * (128 << 10));
	rig_stop(&rig, second);
	now = numbers(&rig);
	g_autoptr(GByteArray) one = rig_read(&rig, "first-audio.mjr");
	g_autoptr(GByteArray) other = rig_read(&rig, "second-audio.mjr");
	g_assert_cmpuint(now.totals.bytes, ==, one->len + other->len);
	g_assert_cmpuint(now.totals.packets, ==, 15);
	g_assert_cmpuint(now.ended[STATS_END_COMPLETE], ==, 2);
	g_assert_cmpuint(now.ended[STATS_END_FAILED], ==, 0);
	g_assert_cmpuint(now.running, ==, 0);
	g_assert_cmpuint(now.rings.memory, ==, 0);
	g_assert_cmpuint(now.disk[STATS_DISK_OK], ==, 1);
	g_assert_cmpuint(now.writes.buckets[HISTOGRAM_BOUNDS], ==, (uint64_t)rig.faults.writes);
	g_assert_cmpuint(now.manifest_saves[STATS_OK], ==, (uint64_t)rig.faults.replaces);
	rig_fini(&rig);
}

static _Atomic bool is_over;

static void *watch(void *data)
{
	struct rig *rig = data;
	struct stats_totals last = {0};
	uint64_t ended = 0;
	while (!is_over) {
		struct stats_snapshot now = numbers(rig);
		g_assert_cmpuint(now.totals.packets, >=, last.packets);
		g_assert_cmpuint(now.totals.bytes, >=, last.bytes);
		for (size_t i = 0; i < STATS_DROPS; i++)
			g_assert_cmpuint(now.totals.dropped[i], >=, last.dropped[i]);
		g_assert_cmpuint(now.ended[STATS_END_COMPLETE], >=, ended);
		last = now.totals;
		ended = now.ended[STATS_END_COMPLETE];
	}
	return NULL;
}

static void totals_never_go_back_while_recordings_come_and_go(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.flush_interval_ms = 1, .writer_threads = 2});
	is_over = false;
	GThread *watcher = g_thread_new("watch", watch, &rig);
	for (unsigned i = 0; i < 40; i++) {
		struct recording *recording = rig_start(&rig, "call");
		push(recording, 20);
		recording_stop(recording, "stopped");
		recording_put(recording);
	}
	rig_wait(&rig, ENGINE_RECORDING_FINISHED, 40);
	is_over = true;
	g_thread_join(watcher);
	g_assert_cmpuint(numbers(&rig).totals.packets, ==, 800);
	g_assert_cmpuint(numbers(&rig).ended[STATS_END_COMPLETE], ==, 40);
	rig_fini(&rig);
}

static void packets_are_lost_to_a_full_ring(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.ring_size = 256 << 10, .flush_interval_ms = 5});
	pthread_mutex_lock(&rig.faults.stall);
	rig.faults.stall_at = 1;
	struct recording *recording = rig_start(&rig, "call");
	push(recording, 5000);
	struct stats_snapshot stalled = numbers(&rig); /* does not wait for the writer */
	g_assert_cmpuint(stalled.running, ==, 1);
	g_assert_cmpuint(stalled.rings.waiting, >, 200 << 10);
	g_assert_cmpuint(stalled.totals.packets, ==, 0);
	pthread_mutex_unlock(&rig.faults.stall);
	rig_stop(&rig, recording);
	struct stats_snapshot now = numbers(&rig);
	g_assert_cmpuint(now.totals.dropped[STATS_DROP_OVERLOAD], >, 0);
	g_assert_cmpuint(now.totals.dropped[STATS_DROP_DISK], ==, 0);
	g_assert_cmpuint(now.totals.packets + now.totals.dropped[STATS_DROP_OVERLOAD], ==, 5000);
	rig_fini(&rig);
}

static void packets_are_lost_to_a_broken_disk(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.ring_size = 256 << 10, .flush_interval_ms = 5});
	rig.faults.error = -EIO;
	rig.faults.write_at = 1;
	struct recording *recording = rig_start(&rig, "call");
	push(recording, 1);
	rig_wait(&rig, ENGINE_RECORDING_SUSPENDED, 1);
	g_assert_cmpuint(numbers(&rig).suspended, ==, 1);
	push(recording, 5000);
	recording_stop(recording, "stopped");
	rig_wait(&rig, ENGINE_RECORDING_FAILED, 1);
	recording_put(recording);
	struct stats_snapshot now = numbers(&rig);
	g_assert_cmpuint(now.totals.dropped[STATS_DROP_DISK], ==, 5001);
	g_assert_cmpuint(now.totals.dropped[STATS_DROP_OVERLOAD], ==, 0);
	g_assert_cmpuint(now.ended[STATS_END_FAILED], ==, 1);
	g_assert_cmpuint(now.write_errors, >, 0);
	rig_fini(&rig);
}

static int64_t grew_us(struct rig *rig)
{
	struct stats_snapshot snapshot = look(rig);
	g_assert_cmpuint(snapshot.recordings->len, ==, 1);
	int64_t us = g_array_index(snapshot.recordings, struct stats_running, 0).grew_us;
	stats_snapshot_fini(&snapshot);
	return us;
}

static void knows_since_when_nothing_has_grown(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.flush_interval_ms = 5});
	struct recording *recording = rig_start(&rig, "call");
	int64_t start_us = rig.mono_us;
	g_assert_cmpint(grew_us(&rig), ==, start_us);
	rig_advance(&rig, 60000000);
	/* Messages alone are no sign of life. */
	track_push_message(recording_track(recording, 2), (const uint8_t *)"hello", 5);
	wait_for_packets(&rig, 1);
	g_assert_cmpint(grew_us(&rig), ==, start_us);
	push(recording, 1);
	wait_for_packets(&rig, 2);
	g_assert_cmpint(grew_us(&rig), ==, start_us + 60000000);
	rig_stop(&rig, recording);
	rig_fini(&rig);
}

static void knows_the_state_of_the_disk(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.disk_low = 1000, .disk_reserve = 100});
	static const struct {
		uint64_t space;
		enum stats_disk state;
	} cases[] = {{5000, STATS_DISK_OK}, {999, STATS_DISK_LOW}, {99, STATS_DISK_FULL}};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		rig.faults.space = cases[i].space;
		struct stats_snapshot now = numbers(&rig);
		g_assert_cmpuint(now.disk_available, ==, cases[i].space);
		for (enum stats_disk state = 0; state < STATS_DISKS; state++)
			g_assert_cmpuint(now.disk[state], ==, state == cases[i].state);
	}
	g_assert_cmpuint(rig_events(&rig, ENGINE_DISK_LOW), ==, 0);
	rig.faults.space = 0;
	rig_remove_tree(rig.folder);
	g_assert_cmpuint(numbers(&rig).disk[STATS_DISK_UNKNOWN], ==, 1);
	g_assert_false(g_file_test(rig.folder, G_FILE_TEST_EXISTS));
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/counts durations by their bounds", counts_durations_by_their_bounds);
	g_test_add_func("/totals outlive recordings", totals_outlive_recordings);
	g_test_add_func("/totals never go back while recordings come and go",
		totals_never_go_back_while_recordings_come_and_go);
	g_test_add_func("/packets are lost to a full ring", packets_are_lost_to_a_full_ring);
	g_test_add_func("/packets are lost to a broken disk", packets_are_lost_to_a_broken_disk);
	g_test_add_func("/knows since when nothing has grown", knows_since_when_nothing_has_grown);
	g_test_add_func("/knows the state of the disk", knows_the_state_of_the_disk);
	return g_test_run();
}
