/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See rig.h. */
#include "tests/recording/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/codec.h"
#include "common/mjr.h"
#include "recording/hook.h"
#include "recording/hook_job.h"
#include "recording/summary.h"

#define RECORDINGS "recordings"
#define RINGS      "rings"

enum {
	PATIENCE_S = 60 /* under sanitizers on a busy machine */
};

/* --- disk --- */

static bool fails(_Atomic int *counter, int at)
{
	int now = atomic_fetch_add(counter, 1) + 1;
	return at != 0 && now >= at;
}

static int create_file(void *ctx, const char *path)
{
	struct rig_faults *faults = ctx;
	if (fails(&faults->creates, faults->create_at) && faults->creates == faults->create_at)
		return faults->error;
	return disk_system()->create(NULL, path);
}

static int open_file(void *ctx, const char *path)
{
	(void)ctx;
	return disk_system()->open(NULL, path);
}

static void stall(struct rig_faults *faults)
{
	pthread_mutex_lock(&faults->stall);
	pthread_mutex_unlock(&faults->stall);
}

static int write_at(
	void *ctx, int fd, const struct iovec *pieces, int count, off_t offset, size_t *written)
{
	struct rig_faults *faults = ctx;
	bool has_failed = fails(&faults->writes, faults->write_at);
	if (faults->writes == faults->stall_at)
		stall(faults);
	if (!has_failed)
		return disk_system()->write_at(NULL, fd, pieces, count, offset, written);
	size_t left = atomic_exchange(&faults->short_bytes, 0);
	*written = 0;
	for (int i = 0; i < count && left > 0; i++) {
		struct iovec piece = {pieces[i].iov_base, MIN(pieces[i].iov_len, left)};
		size_t done;
		disk_system()->write_at(NULL, fd, &piece, 1, offset + (off_t)*written, &done);
		*written += done;
		left -= done;
	}
	return faults->error;
}

static int truncate_file(void *ctx, int fd, off_t size)
{
	struct rig_faults *faults = ctx;
	if (fails(&faults->truncates, faults->truncate_at))
		return faults->error;
	return disk_system()->truncate(NULL, fd, size);
}

static int sync_file(void *ctx, int fd)
{
	struct rig_faults *faults = ctx;
	/* The real thing costs much and can only be seen by pulling the plug. */
	(void)fd;
	return fails(&faults->syncs, faults->sync_at) ? faults->error : 0;
}

static int sync_folder(void *ctx, const char *folder)
{
	(void)ctx;
	(void)folder;
	return 0;
}

static int close_file(void *ctx, int fd)
{
	(void)ctx;
	return disk_system()->close(NULL, fd);
}

static int remove_file(void *ctx, const char *path)
{
	struct rig_faults *faults = ctx;
	struct stat st;
	if (fails(&faults->removes, faults->remove_at))
		return faults->error;
	if (faults->space != 0 && lstat(path, &st) == 0)
		faults->space += (uint64_t)st.st_size;
	return disk_system()->remove(NULL, path);
}

static int rename_file(void *ctx, const char *from, const char *to)
{
	struct rig_faults *faults = ctx;
	if (fails(&faults->renames, faults->rename_at))
		return faults->error;
	return disk_system()->rename(NULL, from, to);
}

static int replace_file(void *ctx, const char *path, const void *data, size_t len)
{
	struct rig_faults *faults = ctx;
	if (fails(&faults->replaces, faults->replace_at))
		return faults->error;
	return disk_system()->replace(NULL, path, data, len);
}

static int free_space(void *ctx, const char *folder, uint64_t *available)
{
	struct rig_faults *faults = ctx;
	if (faults->space == 0)
		return disk_system()->space(NULL, folder, available);
	*available = faults->space;
	return 0;
}

static int find_file(void *ctx, const char *path, struct disk_file *out)
{
	(void)ctx;
	return disk_system()->find(NULL, path, out);
}

/* --- clock --- */

static int64_t mono_us(void *ctx)
{
	struct rig *rig = ctx;
	return rig->mono_us;
}

static int64_t real_us(void *ctx)
{
	struct rig *rig = ctx;
	return rig->real_us;
}

void rig_advance(struct rig *rig, int64_t us)
{
	atomic_fetch_add(&rig->mono_us, us);
	atomic_fetch_add(&rig->real_us, us);
}

/* --- events --- */

static const char *name_of(const struct engine_event *event)
{
	if (event->recording != NULL)
		return recording_name(event->recording);
	if (event->summary != NULL)
		return event->summary->name;
	return event->job != NULL ? event->job->key : "-";
}

static void on_event(const struct engine_event *event, void *ctx)
{
	struct rig *rig = ctx;
	const char *detail = event->file != NULL ? event->file : event->reason;
	if (event->result != NULL)
		detail = event->result->detail;
	/* Would deadlock if the engine held a lock. */
	if (event->recording != NULL)
		json_decref(recording_snapshot(event->recording));
	pthread_mutex_lock(&rig->lock);
	rig->events[event->kind]++;
	g_ptr_array_add(rig->log, g_strdup_printf("%s %s %s", engine_event_name(event->kind),
					  name_of(event), detail != NULL ? detail : "-"));
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

static void on_log(enum engine_log_level level, const char *text, void *ctx)
{
	struct rig *rig = ctx;
	pthread_mutex_lock(&rig->lock);
	g_ptr_array_add(rig->lines, g_strdup_printf("%d %s", (int)level, text));
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

static struct timespec deadline(void)
{
	struct timespec time;
	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += PATIENCE_S;
	return time;
}

void rig_wait(struct rig *rig, enum engine_event_kind kind, unsigned count)
{
	struct timespec end = deadline();
	pthread_mutex_lock(&rig->lock);
	while (rig->events[kind] < count)
		if (pthread_cond_timedwait(&rig->changed, &rig->lock, &end) != 0)
			g_error("no %s in %d s", engine_event_name(kind), PATIENCE_S);
	pthread_mutex_unlock(&rig->lock);
}

/* With the lock held. */
static unsigned count_lines(const struct rig *rig, const char *text)
{
	unsigned count = 0;
	for (guint i = 0; i < rig->lines->len; i++)
		count += strstr(rig->lines->pdata[i], text) != NULL;
	return count;
}

unsigned rig_count_lines(struct rig *rig, const char *text)
{
	pthread_mutex_lock(&rig->lock);
	unsigned count = count_lines(rig, text);
	pthread_mutex_unlock(&rig->lock);
	return count;
}

void rig_wait_lines(struct rig *rig, const char *text, unsigned count)
{
	struct timespec end = deadline();
	pthread_mutex_lock(&rig->lock);
	while (count_lines(rig, text) < count)
		if (pthread_cond_timedwait(&rig->changed, &rig->lock, &end) != 0)
			g_error("no '%s' in %d s", text, PATIENCE_S);
	pthread_mutex_unlock(&rig->lock);
}

unsigned rig_events(struct rig *rig, enum engine_event_kind kind)
{
	pthread_mutex_lock(&rig->lock);
	unsigned count = rig->events[kind];
	pthread_mutex_unlock(&rig->lock);
	return count;
}

/* --- engine --- */

static struct engine_params complete(struct rig *rig, const struct engine_params *params)
{
	struct engine_params all = params != NULL ? *params : (struct engine_params){0};
	all.folder = rig->folder;
	all.ring_folder = rig->ring_folder;
	if (all.clock == NULL)
		all.clock = &rig->clock;
	all.disk = &rig->disk;
	all.on_event = on_event;
	all.on_event_ctx = rig;
	all.log = on_log;
	all.log_ctx = rig;
	all.hooks = rig->hooks.hooks;
	all.hook_count = rig->hooks.hook_count;
	all.hook_limits = rig->hooks.hook_limits;
	return all;
}

struct engine_params rig_params(struct rig *rig)
{
	return complete(rig, NULL);
}

static void start_engine(struct rig *rig, const struct engine_params *params)
{
	const struct engine_params all = complete(rig, params);
	g_assert_cmpint(engine_create(&rig->engine, &all), ==, 0);
}

void rig_init(struct rig *rig, const struct engine_params *params)
{
	*rig = (struct rig){0};
	rig->root = g_dir_make_tmp("engine-XXXXXX", NULL);
	if (params != NULL && params->folder != NULL)
		rig->folder = g_strdup(params->folder);
	else
		rig->folder = g_build_filename(rig->root, RECORDINGS, NULL);
	if (params != NULL)
		rig->hooks = (struct engine_params){
			.hooks = params->hooks,
			.hook_count = params->hook_count,
			.hook_limits = params->hook_limits,
		};
	rig->ring_folder = g_build_filename(rig->root, RINGS, NULL);
	rig->mono_us = 5000000;
	rig->real_us = INT64_C(1700000000000000);
	rig->clock = (struct clock){mono_us, real_us, rig};
	rig->disk = (struct disk){
		.create = create_file,
		.open = open_file,
		.write_at = write_at,
		.truncate = truncate_file,
		.sync = sync_file,
		.sync_folder = sync_folder,
		.close = close_file,
		.remove = remove_file,
		.rename = rename_file,
		.replace = replace_file,
		.space = free_space,
		.find = find_file,
		.ctx = &rig->faults,
	};
	pthread_mutex_init(&rig->faults.stall, NULL);
	pthread_mutex_init(&rig->lock, NULL);
	pthread_cond_init(&rig->changed, NULL);
	rig->log = g_ptr_array_new_with_free_func(g_free);
	rig->lines = g_ptr_array_new_with_free_func(g_free);
	start_engine(rig, params);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	(void)remove(path);
	return 0;
}

void rig_remove_tree(const char *folder)
{
	(void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void rig_remove(const char *root)
{
	g_autofree char *recordings = g_build_filename(root, RECORDINGS, NULL);
	g_autofree char *rings = g_build_filename(root, RINGS, NULL);
	rig_remove_tree(recordings);
	rig_remove_tree(rings);
	g_rmdir(root);
}

void rig_stop_engine(struct rig *rig)
{
	engine_destroy(g_steal_pointer(&rig->engine));
}

void rig_restart(struct rig *rig)
{
	rig_restart_with(rig, NULL);
}

void rig_restart_with(struct rig *rig, const struct engine_params *params)
{
	rig_stop_engine(rig);
	start_engine(rig, params);
}

void rig_fini(struct rig *rig)
{
	engine_destroy(rig->engine);
	rig_remove(rig->root);
	g_ptr_array_unref(rig->log);
	g_ptr_array_unref(rig->lines);
	pthread_cond_destroy(&rig->changed);
	pthread_mutex_destroy(&rig->lock);
	pthread_mutex_destroy(&rig->faults.stall);
	g_free(rig->folder);
	g_free(rig->ring_folder);
	g_free(rig->root);
}

const struct recording_spec *rig_spec(void)
{
	static struct recording_track_spec tracks[3];
	static struct recording_spec spec = {
		.name = "call",
		.stream = "s",
		.media_session_id = "4b8a1a3c-5f0e-4f0a-9f27-0d2a5f3c9a11",
		.tracks = tracks,
		.track_count = G_N_ELEMENTS(tracks),
	};
	tracks[0] = (struct recording_track_spec){{.codec = codec_find("opus")}, "0", 0};
	tracks[1] = (struct recording_track_spec){{.codec = codec_find("vp8")}, "1", 1};
	tracks[2] = (struct recording_track_spec){{.codec = codec_find("text")}, "2", 2};
	return &spec;
}

struct recording *rig_start(struct rig *rig, const char *name)
{
	struct recording_spec spec = *rig_spec();
	struct recording *recording = NULL;
	spec.name = name;
	g_assert_cmpint(recording_start(&recording, rig->engine, &spec), ==, 0);
	return recording;
}

void rig_stop(struct rig *rig, struct recording *recording)
{
	unsigned ended = rig_events(rig, ENGINE_RECORDING_FINISHED);
	recording_stop(recording, "stopped");
	rig_wait(rig, ENGINE_RECORDING_FINISHED, ended + 1);
	g_assert_true(recording_has_ended(recording));
	recording_put(recording);
}

/* --- bytes --- */

size_t rig_rtp(uint8_t *out, uint16_t seq, uint32_t timestamp, size_t payload_len)
{
	out[0] = 0x80;
	out[1] = 96;
	bytes_put_u16(out + 2, seq);
	bytes_put_u32(out + 4, timestamp);
	bytes_put_u32(out + 8, 0x11223344);
	for (size_t i = 0; i < payload_len; i++)
		out[12 + i] = (uint8_t)(seq * 31 + i);
	return 12 + payload_len;
}

static char *path_of(struct rig *rig, const char *file)
{
	return g_build_filename(rig->folder, file, NULL);
}

GByteArray *rig_read(struct rig *rig, const char *file)
{
	g_autofree char *path = path_of(rig, file);
	char *bytes = NULL;
	gsize len = 0;
	GError *error = NULL;
	g_file_get_contents(path, &bytes, &len, &error);
	g_assert_no_error(error);
	return g_byte_array_new_take((guint8 *)bytes, len);
}

bool rig_exists(struct rig *rig, const char *file)
{
	g_autofree char *path = path_of(rig, file);
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

size_t rig_count_files(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	size_t count = 0;
	const char *name;
	while ((name = g_dir_read_name(dir)) != NULL)
		count += *name != '.';
	g_dir_close(dir);
	return count;
}

void rig_wait_for_no_rings(struct rig *rig)
{
	gint64 deadline_us = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;
	while (rig_count_files(rig->ring_folder) > 0) {
		g_assert_cmpint(g_get_monotonic_time(), <, deadline_us);
		g_thread_yield();
	}
}

void rig_expect_frame(GByteArray *file, uint32_t ms, const void *payload, size_t len)
{
	uint8_t header[MJR_FRAME_HEADER_SIZE];
	mjr_frame_put(header, ms, (uint16_t)len);
	g_byte_array_append(file, header, sizeof header);
	g_byte_array_append(file, payload, (guint)len);
}

size_t rig_count_frames(struct rig *rig, const char *file)
{
	GByteArray *content = rig_read(rig, file);
	struct bytes rest = {content->data, content->len};
	struct mjr_header header;
	struct mjr_frame frame;
	g_assert_cmpint(mjr_header_parse(&header, rest), ==, 0);
	g_assert_true(bytes_skip(&rest, header.size));
	size_t count = 0;
	while (rest.len > 0) {
		g_assert_cmpint(mjr_frame_parse(&frame, rest, header.version), ==, 0);
		g_assert_true(bytes_skip(&rest, frame.size));
		count++;
	}
	g_byte_array_unref(content);
	return count;
}

void rig_load_manifest(struct manifest *out, struct rig *rig, const char *file)
{
	g_autofree char *path = path_of(rig, file);
	g_autofree char *what = NULL;
	int err = manifest_load(out, path, &what);
	g_assert_cmpstr(what, ==, NULL);
	g_assert_cmpint(err, ==, 0);
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = (ssize_t)strlen(text);
	bool is_written = write(fd, text, (size_t)len) == len;
	close(fd);
	return is_written;
}

bool rig_mount_tmpfs(const char *folder, const char *options)
{
	g_autofree char *uid_map = g_strdup_printf("0 %u 1", (unsigned)geteuid());
	g_autofree char *gid_map = g_strdup_printf("0 %u 1", (unsigned)getegid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", uid_map) &&
	       write_text("/proc/self/gid_map", gid_map) &&
	       mount("tmpfs", folder, "tmpfs", 0, options) == 0;
}
