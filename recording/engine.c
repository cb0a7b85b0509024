/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine: folders, writers, the index, and the voice to the owner.
 *
 * The end of an engine is a sequence: the owner has stopped the intake (every
 * track is out of its fanouts); each writer stops its recordings, drains their
 * rings, finishes files and manifests, reports, and is joined; hooks get some time
 * to end; then all is freed.
 */
#include "recording/engine.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/path.h"
#include "recording/engine_priv.h"
#include "recording/hook.h"
#include "recording/hook_job.h"
#include "recording/hooks.h"
#include "recording/keeper.h"
#include "recording/owner.h"
#include "recording/recording.h"
#include "recording/recovery.h"
#include "recording/reserve.h"
#include "recording/ring.h"
#include "recording/space.h"
#include "recording/store.h"
#include "recording/writer.h"

#define RING_FOLDER_DEFAULT "/dev/shm/janus-recorder"

enum {
	FLUSH_INTERVAL_DEFAULT_MS = 500,
	WRITER_THREADS_MAX = 64
};

const char *engine_event_name(enum engine_event_kind kind)
{
	static const char *const NAMES[] = {
		[ENGINE_RECORDING_STARTED] = "recording_started",
		[ENGINE_PART_FINISHED] = "part_finished",
		[ENGINE_KEYFRAME_WANTED] = "keyframe_wanted",
		[ENGINE_GAP] = "gap",
		[ENGINE_RECORDING_FINISHED] = "recording_finished",
		[ENGINE_RECORDING_FAILED] = "recording_failed",
		[ENGINE_RECORDING_RECOVERED] = "recording_recovered",
		[ENGINE_RECORDING_SUSPENDED] = "recording_suspended",
		[ENGINE_RECORDING_RESUMED] = "recording_resumed",
		[ENGINE_RECORDING_DELETED] = "recording_deleted",
		[ENGINE_RECORDING_PAUSED] = "recording_paused",
		[ENGINE_RECORDING_CONTINUED] = "recording_continued",
		[ENGINE_DISK_LOW] = "disk_low",
		[ENGINE_DISK_FULL] = "disk_full",
		[ENGINE_DISK_OK] = "disk_ok",
		[ENGINE_RECORDING_CONVERTED] = "recording_converted",
		[ENGINE_CONVERSION_FAILED] = "conversion_failed",
		[ENGINE_HOOK_RESULT] = "hook_result",
	};
	return NAMES[kind];
}

void engine_log(const struct engine *engine, enum engine_log_level level, const char *format, ...)
{
	if (engine->params.log == NULL)
		return;
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	engine->params.log(level, text, engine->params.log_ctx);
}

static void log_hook(const struct engine *engine, const struct engine_event *event)
{
	const struct hook_result *result = event->result;
	if (result->is_ok)
		engine_log(engine, ENGINE_LOG_INFO, "hook %s for %s: %s", event->job->hook,
			event->job->key, result->detail);
	else
		engine_log(engine, ENGINE_LOG_ERROR, "hook %s for %s is given up: %s at attempt %u",
			event->job->hook, event->job->key, result->detail, result->attempts);
}

static void log_disk(const struct engine *engine, const struct engine_event *event)
{
	engine_log(engine, event->kind == ENGINE_DISK_OK ? ENGINE_LOG_INFO : ENGINE_LOG_WARNING,
		"%s: %" G_GUINT64_FORMAT " bytes are free in '%s'", engine_event_name(event->kind),
		event->available, engine->params.folder);
}

static void log_event(const struct engine *engine, const struct engine_event *event)
{
	const char *name = event->recording != NULL ? recording_name(event->recording) : NULL;
	switch (event->kind) {
	case ENGINE_RECORDING_STARTED:
		engine_log(engine, ENGINE_LOG_INFO, "recording '%s' of stream '%s' has started",
			name, recording_stream(event->recording));
		break;
	case ENGINE_PART_FINISHED:
	case ENGINE_CONVERSION_FAILED: /* the result of its hook is logged */
	case ENGINE_KEYFRAME_WANTED:
	case ENGINE_EVENTS:
		break;
	case ENGINE_GAP:
		engine_log(engine, ENGINE_LOG_WARNING,
			"recording '%s', %s: %" G_GUINT64_FORMAT " packets were dropped: %s", name,
			event->track, event->gap->packets, event->gap->reason);
		break;
	case ENGINE_RECORDING_FINISHED:
		engine_log(engine, ENGINE_LOG_INFO, "recording '%s' is complete: %s", name,
			event->reason);
		break;
	case ENGINE_RECORDING_FAILED:
		engine_log(engine, ENGINE_LOG_ERROR, "recording '%s' has failed: %s", name,
			event->reason);
		break;
	case ENGINE_RECORDING_RECOVERED:
		engine_log(engine, ENGINE_LOG_INFO, "recording '%s' is recovered: %s", name,
			event->reason);
		break;
	case ENGINE_RECORDING_SUSPENDED:
		engine_log(engine, ENGINE_LOG_ERROR, "recording '%s' is suspended: %s", name,
			event->reason);
		break;
	case ENGINE_RECORDING_RESUMED:
		engine_log(engine, ENGINE_LOG_INFO, "recording '%s' goes on", name);
		break;
	case ENGINE_RECORDING_DELETED:
		engine_log(engine, ENGINE_LOG_INFO, "recording '%s' is deleted: %s",
			event->summary->name, event->reason);
		break;
	case ENGINE_RECORDING_PAUSED:
	case ENGINE_RECORDING_CONTINUED:
		engine_log(engine, ENGINE_LOG_INFO, "recording '%s' %s", name,
			event->kind == ENGINE_RECORDING_PAUSED ? "is paused" : "continues");
		break;
	case ENGINE_DISK_LOW:
	case ENGINE_DISK_FULL:
	case ENGINE_DISK_OK:
		log_disk(engine, event);
		break;
	case ENGINE_RECORDING_CONVERTED:
		engine_log(engine, ENGINE_LOG_INFO, "recording %s is converted: '%s'",
			event->job->recording, event->file);
		break;
	case ENGINE_HOOK_RESULT:
		log_hook(engine, event);
		break;
	}
}

void engine_emit(const struct engine *engine, const struct engine_event *event)
{
	log_event(engine, event);
	/* First: what the owner is told of, the hooks cannot miss any more. */
	hooks_on_event(engine->hooks, event);
	if (engine->params.on_event != NULL)
		engine->params.on_event(event, engine->params.on_event_ctx);
}

struct writer *engine_writer(struct engine *engine)
{
	return engine->writers
		->pdata[atomic_fetch_add(&engine->next_writer, 1) % engine->writers->len];
}

static void set_defaults(struct engine_params *params)
{
	if (params->ring_folder == NULL)
		params->ring_folder = RING_FOLDER_DEFAULT;
	if (params->ring_size == 0)
		params->ring_size = RING_SIZE_DEFAULT;
	if (params->flush_interval_ms == 0)
		params->flush_interval_ms = FLUSH_INTERVAL_DEFAULT_MS;
	if (params->writer_threads == 0)
		params->writer_threads = 1;
	if (params->clock == NULL)
		params->clock = clock_system();
	if (params->disk == NULL)
		params->disk = disk_system();
}

/* A folder that we may create files in; found out now rather than at the first recording. */
static int make_folder(const char *path)
{
	int err = path_make_folder(path);
	if (err < 0)
		return err;
	return access(path, R_OK | W_OK | X_OK) < 0 ? -errno : 0;
}

/* What lies there is believed, and mapped: nobody else may put anything in the place of a ring. */
static int make_ring_folder(const struct engine *engine)
{
	const char *folder = engine->params.ring_folder;
	struct stat st;
	int err = make_folder(folder);
	if (err == 0 && stat(folder, &st) < 0)
		err = -errno;
	if (err < 0)
		return err;
	const char *why = NULL;
	if (st.st_uid != geteuid() && st.st_uid != 0)
		why = "belongs to another user";
	else if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
		why = "lets everybody remove what lies in it (no sticky bit)";
	if (why == NULL)
		return 0;
	engine_log(engine, ENGINE_LOG_ERROR, "the ring folder '%s' %s", folder, why);
	return -EPERM;
}

static void report_skipped(const char *file, const char *why, void *ctx)
{
	engine_log(ctx, ENGINE_LOG_WARNING, "'%s' is not listed: %s", file, why);
}

static void on_space(enum space_level level, uint64_t available, void *ctx)
{
	static const enum engine_event_kind KINDS[] = {
		[SPACE_OK] = ENGINE_DISK_OK,
		[SPACE_LOW] = ENGINE_DISK_LOW,
		[SPACE_FULL] = ENGINE_DISK_FULL,
	};
	const struct engine_event event = {.kind = KINDS[level], .available = available};
	engine_emit(ctx, &event);
}

int engine_settle(struct engine *engine)
{
	const char *folder = engine->params.folder;
	int err = path_make_folder(folder);
	if (err < 0)
		return err;
	if ((err = owner_settle(engine->owner)) <= 0)
		return err;
	reserve_move(engine->reserve, folder);
	engine_log(
		engine, ENGINE_LOG_WARNING, "another folder has taken the place of '%s'", folder);
	return 0;
}

static int settle(void *ctx)
{
	return engine_settle(ctx);
}

static struct space *watch_space(struct engine *engine)
{
	const struct engine_params *params = &engine->params;
	const struct space_params space = {
		.disk = params->disk,
		.folder = params->folder,
		.low = params->disk_low,
		.reserve = params->disk_reserve,
		.settle = settle,
		.on_change = on_space,
		.ctx = engine,
	};
	return space_create(&space);
}

static int start_writers(struct engine *engine)
{
	for (unsigned i = 0; i < engine->params.writer_threads; i++) {
		struct writer *writer = NULL;
		int err = writer_create(&writer, engine->params.flush_interval_ms);
		if (err < 0)
			return err;
		g_ptr_array_add(engine->writers, writer);
	}
	return 0;
}

/* After a loss of power it shows whose the rest is: it must be there before anything else is. */
static int create_owner(struct engine *engine)
{
	const struct disk *disk = engine->params.disk;
	const char *folder = engine->params.folder;
	int err = owner_create(&engine->owner, folder, engine->params.ring_folder);
	return err == 0 ? disk->sync_folder(disk->ctx, folder) : err;
}

int engine_create(struct engine **out, const struct engine_params *params)
{
	if (params->folder == NULL || params->writer_threads > WRITER_THREADS_MAX)
		return -EINVAL;
	struct engine *engine = g_new0(struct engine, 1);
	engine->params = *params;
	engine->writers = g_ptr_array_new();
	stats_init(&engine->stats);
	set_defaults(&engine->params);
	int err = make_folder(engine->params.folder);
	if (err == 0)
		engine->reserve = reserve_create(engine->params.folder);
	engine->space = watch_space(engine);
	if (err == 0)
		err = make_ring_folder(engine);
	if (err == 0)
		err = create_owner(engine);
	if (err == 0)
		err = hooks_create(&engine->hooks, engine);
	if (err == 0)
		engine->recovery = recovery_create(engine);
	if (err == 0)
		err = store_create(&engine->store, params->folder, engine->params.disk,
			report_skipped, engine);
	if (err == 0)
		err = hooks_start(engine->hooks, recovery_living(engine->recovery));
	if (err == 0)
		err = start_writers(engine);
	if (err == 0)
		err = recovery_start(engine->recovery);
	if (err == 0)
		err = keeper_create(&engine->keeper, engine, &engine->params.retention);
	if (err < 0) {
		engine_destroy(engine);
		return err;
	}
	*out = engine;
	return 0;
}

void engine_destroy(struct engine *engine)
{
	if (engine == NULL)
		return;
	keeper_destroy(engine->keeper);
	recovery_destroy(engine->recovery);
	for (guint i = 0; i < engine->writers->len; i++)
		writer_destroy(engine->writers->pdata[i]);
	g_ptr_array_unref(engine->writers);
	hooks_destroy(engine->hooks);
	store_destroy(engine->store);
	owner_destroy(engine->owner, atomic_load(&engine->has_unfinished));
	reserve_destroy(engine->reserve);
	space_destroy(engine->space);
	stats_fini(&engine->stats);
	g_free(engine);
}

int engine_space(struct engine *engine, uint64_t *available, uint64_t *reserve)
{
	const struct disk *disk = engine->params.disk;
	*reserve = engine->params.disk_reserve;
	return disk->space(disk->ctx, engine->params.folder, available);
}

int engine_delete(
	struct summary **out, struct engine *engine, const char *id_or_name, const char *reason)
{
	struct summary *summary = NULL;
	int err = store_delete(&summary, engine->store, id_or_name);
	if (err < 0)
		return err;
	const struct engine_event deleted = {
		.kind = ENGINE_RECORDING_DELETED, .summary = summary, .reason = reason};
	engine_emit(engine, &deleted);
	if (out != NULL)
		*out = g_steal_pointer(&summary);
	summary_put(summary);
	return 0;
}

const char *engine_folder(const struct engine *engine)
{
	return engine->params.folder;
}

struct store *engine_store(struct engine *engine)
{
	return engine->store;
}
