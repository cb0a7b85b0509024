/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that fill up and break: what is written stays whole, and all are told why. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "common/codec.h"
#include "common/manifest.h"
#include "common/mjr.h"
#include "recording/ring.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

/* The tenth frame of a batch fills a quarter of the ring, which has the writer write all ten. */
enum {
	FRAME = 6560,
	PACKET = FRAME - MJR_FRAME_HEADER_SIZE,
	BATCH = 10,
};

_Static_assert(FRAME *BATCH >= RING_SIZE_MIN / 4 && FRAME * (BATCH - 1) < RING_SIZE_MIN / 4,
	"a batch is one write");

enum operation {
	CREATE,
	WRITE,
	SYNC,
};

/* The n-th such operation fails; the first creation is the manifest's. */
struct fault {
	const char *name;
	enum operation operation;
	int at;
	int error;
	int short_frames; /* whole frames of the failing write that reach the file, … */
	int short_bytes;  /* … and bytes of the next; -1 frames: not even the header */
	const char *reason;
	int kept; /* frames in the file at the end; 0: no file */
};

static const struct fault FAULTS[] = {
	{"the_disk_is_full_at_the_third_write", WRITE, 3, -ENOSPC, 0, 0, "disk_full", 20},
	{"the_quota_is_used_up", WRITE, 2, -EDQUOT, 0, 0, "disk_full", 10},
	{"the_file_is_too_large", WRITE, 2, -EFBIG, 0, 0, "disk_full", 10},
	{"the_disk_breaks", WRITE, 2, -EIO, 0, 0, "io_error", 10},
	{"whole_frames_of_a_short_write_are_kept", WRITE, 2, -ENOSPC, 4, 0, "disk_full", 14},
	{"a_torn_frame_is_cut_off", WRITE, 2, -ENOSPC, 4, FRAME - 1, "disk_full", 14},
	{"a_torn_frame_header_is_cut_off", WRITE, 3, -EIO, 0, 3, "io_error", 20},
	{"the_first_write_leaves_no_file", WRITE, 1, -ENOSPC, -1, 12, "disk_full", 0},
	{"the_first_write_tears_its_first_frame", WRITE, 1, -ENOSPC, 0, 50, "disk_full", 0},
	{"the_first_write_is_short", WRITE, 1, -ENOSPC, 1, 50, "disk_full", 1},
	{"the_file_cannot_be_created", CREATE, 2, -EACCES, 0, 0, "io_error", 10},
	{"the_disk_is_read_only", CREATE, 2, -EROFS, 0, 0, "io_error", 10},
	{"no_descriptor_is_left", CREATE, 2, -EMFILE, 0, 0, "io_error", 10},
	{"there_is_no_inode_left", CREATE, 2, -ENOSPC, 0, 0, "disk_full", 10},
	{"the_file_cannot_be_synced", SYNC, 1, -EIO, 0, 0, "io_error", 40},
};

/* Only one creation fails, so the last attempt, when the recording is stopped, is a success. */
static bool is_overcome(const struct fault *fault)
{
	return fault->operation == CREATE;
}

static void push_batch(struct rig *rig, struct recording *recording, unsigned *next)
{
	struct track *audio = recording_track(recording, 0);
	for (int i = 0; i < BATCH; i++, ++*next) {
		uint8_t packet[PACKET];
		size_t len = rig_rtp(packet, (uint16_t)*next, *next * 960, PACKET - 12);
		g_assert_cmpint(track_push_rtp(audio, packet, len), ==, 0);
		rig_advance(rig, 20000);
	}
}

/* The size of an Opus file's header in this rig. */
static size_t header_size(struct rig *rig)
{
	struct mjr_info info = {.codec = codec_find("opus"),
		.created_us = rig->real_us,
		.first_frame_us = rig->real_us};
	uint8_t header[MJR_HEADER_MAX];
	return (size_t)mjr_info_build(header, sizeof header, &info);
}

static void inject(struct rig *rig, const struct fault *fault)
{
	struct rig_faults *faults = &rig->faults;
	size_t bytes = fault->short_frames < 0 ? 0 : (size_t)fault->short_frames * FRAME;
	if (fault->operation == WRITE && fault->at == 1 && fault->short_frames >= 0)
		bytes += header_size(rig);
	faults->error = fault->error;
	faults->short_bytes = bytes + (size_t)fault->short_bytes;
	faults->create_at = fault->operation == CREATE ? fault->at : 0;
	faults->write_at = fault->operation == WRITE ? fault->at : 0;
	faults->sync_at = fault->operation == SYNC ? fault->at : 0;
}

/* Waits until the writer has written the batch, or has met the fault. */
static bool wait_for_write(struct rig *rig, struct recording *recording, unsigned pushed)
{
	json_int_t packets = 0;
	while (packets < (json_int_t)pushed) {
		if (rig_events(rig, ENGINE_RECORDING_SUSPENDED) > 0)
			return false;
		json_t *summary = recording_summary(recording);
		packets = json_integer_value(json_object_get(summary, "packets"));
		json_decref(summary);
		g_thread_yield();
	}
	return true;
}

static void assert_outcome(struct rig *rig, const struct fault *fault, unsigned pushed)
{
	struct manifest manifest;
	rig_load_manifest(&manifest, rig, "call.json");
	g_assert_cmpint(
		manifest.state, ==, is_overcome(fault) ? MANIFEST_COMPLETE : MANIFEST_FAILED);
	g_assert_cmpstr(manifest.reason, ==, is_overcome(fault) ? "stopped" : fault->reason);
	g_assert_cmpint(manifest.ended_us, >, 0);
	g_assert_cmpuint(manifest.interruption_count, ==, fault->operation != SYNC);
	if (manifest.interruption_count > 0) {
		g_assert_cmpstr(manifest.interruptions[0].reason, ==, fault->reason);
		g_assert_cmpint(manifest.interruptions[0].from_us, >=, manifest.created_us);
		g_assert_cmpint(manifest.interruptions[0].to_us != 0, ==, is_overcome(fault));
	}
	const struct manifest_track *track = &manifest.tracks[0];
	g_assert_cmpuint(track->part_count, ==, fault->kept > 0);
	g_assert_cmpint(rig_exists(rig, "call-audio.mjr"), ==, fault->kept > 0);
	if (fault->kept > 0) {
		g_assert_cmpuint(rig_count_frames(rig, "call-audio.mjr"), ==, fault->kept);
		g_assert_cmpuint(track->parts[0].packets, ==, fault->kept);
		g_assert_cmpuint(track->parts[0].last_seq, ==, fault->kept - 1);
		GByteArray *file = rig_read(rig, "call-audio.mjr");
		g_assert_cmpuint(track->parts[0].bytes, ==, file->len);
		g_byte_array_unref(file);
	}
	/* What is not in the file is accounted for. */
	g_assert_cmpuint(track->quality.received, ==, pushed);
	g_assert_cmpuint(track->quality.dropped, ==, pushed - (unsigned)fault->kept);
	manifest_fini(&manifest);
}

static void test_fault(gconstpointer data)
{
	const struct fault *fault = data;
	struct rig rig;
	/* No tick comes between: only the ring wakes the writer. */
	rig_init(&rig, &(struct engine_params){
			       .ring_size = RING_SIZE_MIN,
			       .flush_interval_ms = 3600 * 1000,
		       });
	inject(&rig, fault);
	struct recording *recording = rig_start(&rig, "call");
	unsigned pushed = 0;
	bool works = true;
	while (works && pushed < 4 * BATCH) {
		push_batch(&rig, recording, &pushed);
		works = wait_for_write(&rig, recording, pushed);
	}
	recording_stop(recording, "stopped");
	enum engine_event_kind end =
		is_overcome(fault) ? ENGINE_RECORDING_FINISHED : ENGINE_RECORDING_FAILED;
	rig_wait(&rig, end, 1);
	g_assert_true(recording_has_ended(recording));
	g_autofree char *event = g_strdup_printf("%s call %s", engine_event_name(end),
		is_overcome(fault) ? "stopped" : fault->reason);
	g_assert_cmpstr(rig.log->pdata[rig.log->len - 1], ==, event);

	/* What still comes is discarded. */
	uint8_t packet[PACKET];
	size_t len = rig_rtp(packet, 1, 1, PACKET - 12);
	g_assert_cmpint(track_push_rtp(recording_track(recording, 0), packet, len), ==, -EPIPE);
	recording_stop(recording, "unpublished");
	assert_outcome(&rig, fault, pushed);
	rig_wait_for_no_rings(&rig);
	recording_put(recording);
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(FAULTS); i++) {
		g_autofree char *path = g_strdup_printf("/faults/%s", FAULTS[i].name);
		g_test_add_data_func(path, &FAULTS[i], test_fault);
	}
	return g_test_run();
}
