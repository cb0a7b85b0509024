/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See call.h. */
#include "tests/recording/call.h"

#include <errno.h>

#include "recording/track.h"

enum {
	TICK_MS = 2,
};

void call_init(struct call *call, struct engine_params params)
{
	*call = (struct call){0};
	params.flush_interval_ms = TICK_MS;
	rig_init(&call->rig, &params);
	call->recording = rig_start(&call->rig, "call");
}

void call_push(struct call *call, unsigned count)
{
	uint8_t packet[CALL_PAYLOAD + 12];
	for (unsigned i = 0; i < count; i++, call->pushed++) {
		size_t len =
			rig_rtp(packet, (uint16_t)call->pushed, call->pushed * 960, CALL_PAYLOAD);
		int err = track_push_rtp(recording_track(call->recording, 0), packet, len);
		g_assert_true(err == 0 || err == -ENOBUFS);
		call->refused += err != 0;
		rig_advance(&call->rig, 20);
	}
}

json_int_t call_written(struct recording *recording)
{
	json_t *summary = recording_summary(recording);
	json_int_t packets = json_integer_value(json_object_get(summary, "packets"));
	json_decref(summary);
	return packets;
}

void call_push_and_wait(struct call *call, unsigned count)
{
	call_push(call, count);
	while (call_written(call->recording) < (json_int_t)call->pushed)
		g_thread_yield();
}

static void fail_writes(struct call *call, int error, size_t short_bytes)
{
	struct rig_faults *faults = &call->rig.faults;
	faults->error = error;
	faults->short_bytes = short_bytes;
	faults->write_at = faults->writes + 1;
}

void call_suspend(struct call *call, int error, size_t short_bytes)
{
	unsigned before = rig_events(&call->rig, ENGINE_RECORDING_SUSPENDED);
	fail_writes(call, error, short_bytes);
	call_push(call, 1);
	rig_wait(&call->rig, ENGINE_RECORDING_SUSPENDED, before + 1);
}

void call_resume(struct call *call)
{
	unsigned before = rig_events(&call->rig, ENGINE_RECORDING_RESUMED);
	call->rig.faults.write_at = 0;
	rig_advance(&call->rig, G_USEC_PER_SEC);
	rig_wait(&call->rig, ENGINE_RECORDING_RESUMED, before + 1);
}

void call_stop(struct call *call, struct manifest *manifest)
{
	rig_stop(&call->rig, call->recording);
	rig_load_manifest(manifest, &call->rig, "call.json");
	g_assert_cmpint(manifest->state, ==, MANIFEST_COMPLETE);
	g_assert_cmpstr(manifest->reason, ==, "stopped");
}

void call_fini(struct call *call, struct manifest *manifest)
{
	manifest_fini(manifest);
	rig_wait_for_no_rings(&call->rig);
	rig_fini(&call->rig);
}

void call_assert_accounted(struct call *call, const struct manifest *manifest)
{
	const struct manifest_track *audio = &manifest->tracks[0];
	uint64_t packets = 0;
	for (size_t i = 0; i < audio->part_count; i++) {
		const struct manifest_part *part = &audio->parts[i];
		g_assert_cmpuint(rig_count_frames(&call->rig, part->file), ==, part->packets);
		g_assert_cmpuint(part->first_seq, ==, (uint16_t)packets);
		g_assert_cmpint(part->start_us, <=, part->end_us);
		packets += part->packets;
		g_assert_cmpuint(part->last_seq, ==, (uint16_t)(packets - 1));
		GByteArray *file = rig_read(&call->rig, part->file);
		g_assert_cmpuint(part->bytes, ==, file->len);
		g_byte_array_unref(file);
	}
	g_assert_cmpuint(audio->quality.received, ==, call->pushed);
	g_assert_cmpuint(audio->quality.dropped, ==, call->refused);
	g_assert_cmpuint(packets + call->refused, ==, call->pushed);
}
