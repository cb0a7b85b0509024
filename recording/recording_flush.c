/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One look after a recording that runs: what waits is written, what is due is
 * synced, and when the disk takes nothing the recording is suspended until it
 * does. Thread: writer.
 */
#include <glib.h>

#include "recording/engine_priv.h"
#include "recording/recording_priv.h"
#include "recording/reserve.h"
#include "recording/space.h"

enum {
	RETRY_US = 1000000 /* how often a suspended recording tries to go on */
};

static int64_t real_us(const struct recording *recording)
{
	return clock_real_us(recording->engine->params.clock);
}

static void begin_interruption(struct recording *recording, const char *reason)
{
	pthread_mutex_lock(&recording->lock);
	*manifest_add_interruption(&recording->manifest) = (struct manifest_interruption){
		.reason = g_strdup(reason),
		.from_us = real_us(recording),
	};
	pthread_mutex_unlock(&recording->lock);
	recording->is_unsaved = true;
}

static void end_interruption(struct recording *recording, int64_t to_us)
{
	struct manifest *manifest = &recording->manifest;
	pthread_mutex_lock(&recording->lock);
	manifest->interruptions[manifest->interruption_count - 1].to_us = to_us;
	pthread_mutex_unlock(&recording->lock);
}

/* Ends all parts: from here on packets wait in the rings. */
static void suspend(struct recording *recording, int error, int64_t now_us, uint8_t *scratch)
{
	const char *reason = disk_error_reason(error);
	recording->error = error;
	recording->is_suspended = true;
	recording->retry_us = now_us + RETRY_US;
	engine_log(recording->engine, ENGINE_LOG_WARNING, "recording '%s': the disk says: %s",
		recording->manifest.name, g_strerror(-error));
	/* What waits in the other tracks may still have room. */
	(void)recording_parts_drain(recording, RECORDING_ALL, scratch);
	recording_parts_end(recording);
	begin_interruption(recording, reason);
	recording_manifest_keep(recording);
	recording_news_tell_parts(recording);
	recording_news_tell(recording, ENGINE_RECORDING_SUSPENDED, reason);
}

/*
 * Writes what waits to new parts, and the manifest, which shows that the disk works where nothing
 * waits. The last time, what is held in reserve may be used up, and the manifest has yet to come.
 */
static int try_again(struct recording *recording, bool is_last, int64_t now_us, uint8_t *scratch)
{
	struct space *space = recording->engine->space;
	int err = is_last ? engine_settle(recording->engine)
			  : space_look(space, recording_parts_pending(recording));
	if (err < 0)
		return err;
	recording_parts_begin(recording, recording->error == -EEXIST);
	if ((err = recording_parts_drain(recording, RECORDING_ALL, scratch)) < 0 ||
		(err = recording_parts_sync(recording, now_us)) < 0)
		goto fail;
	recording_manifest_update(recording);
	end_interruption(recording, real_us(recording));
	if (!is_last)
		err = recording_manifest_save(recording, &recording->manifest);
	recording->is_unsaved = is_last || err < 0;
	/* In another folder that has a recording of this name: the packets are worth more. */
	if (err == 0 || err == -ENOTUNIQ)
		return 0;
	end_interruption(recording, 0);
fail:
	recording_parts_end(recording);
	return err;
}

static void resume(struct recording *recording, bool is_last, int64_t now_us, uint8_t *scratch)
{
	recording->error = try_again(recording, is_last, now_us, scratch);
	recording->is_suspended = recording->error < 0;
	recording->retry_us = now_us + RETRY_US;
	if (recording->is_suspended)
		return;
	recording_rotation_restart(recording, now_us);
	recording_news_tell_parts(recording);
	reserve_hold(recording->engine->reserve);
	recording_news_tell(recording, ENGINE_RECORDING_RESUMED, NULL);
}

/* 0, or what the disk says against going on. */
static int write_out(
	struct recording *recording, enum recording_turn turn, int64_t now_us, uint8_t *scratch)
{
	int err = space_watch(recording->engine->space, now_us);
	if (err == 0)
		err = recording_rotate(recording, now_us, scratch);
	if (err == 0)
		err = recording_parts_drain(recording, turn, scratch);
	if (err == 0)
		err = recording_parts_sync(recording, now_us);
	return err;
}

bool recording_flush(struct recording *recording, bool is_tick, uint8_t *scratch)
{
	/* Before the rings are read: then all that was pushed before the stop is found. */
	bool is_stopped = atomic_load(&recording->stop_reason) != NULL;
	enum recording_turn turn = is_tick ? RECORDING_TICK : RECORDING_URGENT;
	/* What waits for company would wait for the end of the pause. */
	if (is_stopped || recording_pauses_wait(recording))
		turn = RECORDING_ALL;
	/* Most recordings, when the writer is woken for one. */
	if (turn == RECORDING_URGENT && !recording->is_suspended &&
		!recording_parts_are_urgent(recording))
		return false;
	int64_t now_us = clock_mono_us(recording->engine->params.clock);
	recording->flush_us = now_us;
	if (!recording->is_suspended) {
		int err = write_out(recording, turn, now_us, scratch);
		if (err < 0)
			suspend(recording, err, now_us, scratch);
	}
	if (recording->is_suspended && (is_stopped || now_us >= recording->retry_us))
		resume(recording, is_stopped, now_us, scratch);
	if (is_stopped)
		return true;
	recording_manifest_update(recording);
	recording_manifest_keep(recording);
	recording_news_tell_parts(recording);
	recording_news_tell_gaps(recording);
	recording_news_tell_pauses(recording);
	return false;
}
