/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames out of files. A frame is trusted when another follows where its length
 * says; otherwise either its length or the next tag is damaged, and which of the
 * two is found out by looking for a chain of frames inside it.
 */
#include "postprocessing/core/reader.h"

#include <assert.h>
#include <glib.h>
#include <sys/stat.h>

#include "postprocessing/core/source_file.h"

enum {
	FRAME_MAX = MJR_FRAME_HEADER_SIZE + MJR_PAYLOAD_MAX,
	/* A frame, and of the next one what is_trusted() and clean_ms() look at. */
	LOOKAHEAD = FRAME_MAX + MJR_FRAME_HEADER_SIZE,
};

/* A candidate anywhere inside the longest frame can be checked within one peek. */
static_assert(SOURCE_FILE_PEEK_MAX >= FRAME_MAX + LOOKAHEAD, "peek too short to resynchronise");

struct reader {
	struct source_file *source; /* NULL between files */
	char **paths;               /* owned, NULL-terminated */
	size_t path_index;          /* of the next file to open */
	uint64_t size;
	enum mjr_version version; /* of the open file */
	enum mjr_version first_version;
	struct mjr_info info; /* of the first file */
	uint32_t base_ms;     /* the open file's first frame, since the track's */
	bool is_after_damage;
	struct reader_stats stats;
};

/* ---- opening ---- */

static int parse_header(struct source_file *source, struct mjr_header *out, const char **what)
{
	struct bytes start;
	int err = source_file_peek(source, MJR_HEADER_READ_MAX, &start);
	if (err)
		return err;
	err = mjr_header_parse(out, start);
	if (err == 0)
		return 0;
	if (start.len == 0)
		*what = "the file is empty";
	else if (err == -EAGAIN && start.len == MJR_MAGIC_SIZE)
		*what = "only the 8 bytes of the magic: no packet was ever recorded";
	else if (err == -EAGAIN)
		*what = "the file ends inside its header";
	else
		*what = "not an .mjr file";
	return -EBADMSG;
}

/* Opens one file and stands at its first frame. */
static int open_file(struct source_file **out, struct mjr_info *info, enum mjr_version *version,
	const char *path, const char **what)
{
	struct source_file *source = NULL;
	struct mjr_header header;

	int err = source_file_open(&source, path);
	if (err)
		return err;
	if ((err = parse_header(source, &header, what)) != 0)
		goto fail;
	if ((err = mjr_info_parse(info, &header, what)) != 0)
		goto fail;
	source_file_skip(source, header.size);
	*version = header.version;
	*out = source;
	return 0;

fail:
	source_file_close(source);
	return err;
}

/*
 * Where a part counts from its own first frame, its header says when that was. Where it counts from
 * the track's, as our own parts do, the header is that of the first.
 */
static uint32_t find_base(const struct reader *reader, const struct mjr_info *info)
{
	int64_t ms = (info->first_frame_us - reader->info.first_frame_us) / 1000;
	if (info->first_frame_us != 0 && info->first_frame_us == reader->info.first_frame_us)
		return 0;
	return MAX((uint32_t)CLAMP(ms, 0, UINT32_MAX), reader->stats.last_ms);
}

/* The next file of the track that can be opened; STAGE_END after the last. */
static int open_next(struct reader *reader)
{
	while (reader->paths[reader->path_index]) {
		struct mjr_info info = {0};
		const char *what = NULL;
		const char *path = reader->paths[reader->path_index++];
		int err = open_file(&reader->source, &info, &reader->version, path, &what);
		if (!err && info.codec != reader->info.codec) {
			source_file_close(reader->source);
			reader->source = NULL;
			mjr_info_fini(&info);
			err = -EBADMSG;
		}
		if (err) {
			reader->stats.unreadable_files++;
			reader->is_after_damage = true;
			continue;
		}
		reader->base_ms = find_base(reader, &info);
		mjr_info_fini(&info);
		reader->stats.bytes += source_file_offset(reader->source);
		return 0;
	}
	return STAGE_END;
}

static uint64_t total_size(char *const *paths)
{
	uint64_t size = 0;
	for (; *paths; paths++) {
		struct stat st;
		if (stat(*paths, &st) == 0 && S_ISREG(st.st_mode))
			size += (uint64_t)st.st_size;
	}
	return size;
}

int reader_open_files(struct reader **out, char *const *paths, size_t path_count, const char **what)
{
	struct reader *reader = g_new0(struct reader, 1);
	const char *first_what = NULL;
	int first_err = -EINVAL;

	reader->paths = g_new0(char *, path_count + 1);
	for (size_t i = 0; i < path_count; i++)
		reader->paths[i] = g_strdup(paths[i]);
	for (size_t i = 0; i < path_count && !reader->source; i++) {
		const char *why = NULL;
		int err =
			open_file(&reader->source, &reader->info, &reader->version, paths[i], &why);
		if (!err) {
			reader->path_index = i + 1;
			reader->stats.unreadable_files = i;
		} else if (i == 0) {
			first_err = err;
			first_what = why;
		}
	}
	if (what)
		*what = first_what;
	if (!reader->source) {
		reader_close(reader);
		return first_err;
	}
	reader->first_version = reader->version;
	reader->stats.bytes = source_file_offset(reader->source);
	reader->size = total_size(reader->paths);
	*out = reader;
	return 0;
}

int reader_open(struct reader **out, const char *path, const char **what)
{
	char *paths[] = {g_strdup(path)};
	int err = reader_open_files(out, paths, 1, what);
	g_free(paths[0]);
	return err;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	source_file_close(reader->source);
	mjr_info_fini(&reader->info);
	g_strfreev(reader->paths);
	g_free(reader);
}

/* ---- finding frames ---- */

static struct bytes frame_tag(enum mjr_version version)
{
	const char *tag = version == MJR_VERSION_2 ? MJR_FRAME_TAG : MJR_FRAME_TAG_V1;
	return (struct bytes){(const uint8_t *)tag, strlen(tag)};
}

/* Whether a tag stands here, as far as the file goes on; the end of the file will do. */
static bool is_boundary(struct bytes at, enum mjr_version version)
{
	struct bytes tag = frame_tag(version);
	return memcmp(at.data, tag.data, MIN(at.len, tag.len)) == 0;
}

/* A whole frame after which another one, or the end of the file, follows. */
static bool is_trusted(struct bytes at, enum mjr_version version)
{
	struct mjr_frame frame;
	if (mjr_frame_parse(&frame, at, version) != 0)
		return false;
	return is_boundary((struct bytes){at.data + frame.size, at.len - frame.size}, version);
}

/* Offset of the first trusted frame in `ahead` at 1 or later and before `limit`; else `limit`. */
static size_t find_trusted(struct bytes ahead, size_t limit, enum mjr_version version)
{
	struct bytes tag = frame_tag(version);
	size_t at = 1;
	while (at < limit) {
		const uint8_t *hit = memmem(ahead.data + at, ahead.len - at, tag.data, tag.len);
		if (!hit)
			return limit;
		at = (size_t)(hit - ahead.data);
		if (at < limit && is_trusted((struct bytes){hit, ahead.len - at}, version))
			return at;
		at++;
	}
	return limit;
}

static void skip(struct reader *reader, size_t len)
{
	source_file_skip(reader->source, len);
	reader->stats.bytes += len;
}

static void skip_damage(struct reader *reader, size_t len)
{
	if (!reader->is_after_damage)
		reader->stats.damages++;
	reader->is_after_damage = true;
	reader->stats.bytes_skipped += len;
	skip(reader, len);
}

/* Passes over what is no frame, up to the next that is. */
static int resynchronise(struct reader *reader)
{
	struct bytes ahead;
	int err = source_file_peek(reader->source, SOURCE_FILE_PEEK_MAX, &ahead);
	if (err)
		return err;
	/* Candidates are only judged where the longest frame can be seen behind them. */
	bool is_end = ahead.len < SOURCE_FILE_PEEK_MAX;
	size_t limit = is_end ? ahead.len : ahead.len - LOOKAHEAD;
	skip_damage(reader, find_trusted(ahead, limit, reader->version));
	return 0;
}

/* ---- frames ---- */

/* Signed distance on the 32-bit circle; ms wraps after 49 days. */
static int32_t ms_diff(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

/* `ahead` begins with a whole frame of `size` bytes. */
static uint32_t clean_ms(struct reader *reader, struct bytes ahead, const struct mjr_frame *frame)
{
	uint32_t ms = reader->base_ms + frame->ms;
	struct bytes rest = {ahead.data + frame->size, ahead.len - frame->size};

	if (ms_diff(reader->stats.last_ms, ms) < 0)
		ms = reader->stats.last_ms;
	if (reader->version == MJR_VERSION_2 && rest.len >= MJR_FRAME_HEADER_SIZE &&
		is_boundary(rest, reader->version)) {
		uint32_t next = reader->base_ms + bytes_get_u32(rest.data + 4);
		bool next_fits = ms_diff(reader->stats.last_ms, next) >= 0;
		if (next_fits && ms_diff(ms, next) < 0)
			ms = reader->stats.last_ms;
	}
	reader->stats.last_ms = ms;
	return ms;
}

static void deliver(struct reader *reader, struct reader_frame *out, struct bytes ahead,
	const struct mjr_frame *frame, bool is_suspect)
{
	*out = (struct reader_frame){
		.ms = clean_ms(reader, ahead, frame),
		.offset = source_file_offset(reader->source),
		.is_after_damage = reader->is_after_damage,
		.is_suspect = is_suspect,
		.payload = frame->payload,
	};
	reader->is_after_damage = false;
	reader->stats.frames++;
	reader->stats.suspects += is_suspect;
	skip(reader, frame->size);
}

/*
 * A frame that begins well but is cut off by the end of the file (`size` then reaches there) or
 * not followed by another. If a trusted frame begins inside it, its length is wrong: it is passed
 * over, and *has_passed set.
 */
static int pass_over_broken(struct reader *reader, size_t size, bool *has_passed)
{
	struct bytes ahead;
	int err = source_file_peek(reader->source, SOURCE_FILE_PEEK_MAX, &ahead);
	if (err)
		return err;
	size_t inside = find_trusted(ahead, size, reader->version);
	*has_passed = inside < size;
	if (*has_passed)
		skip_damage(reader, inside);
	return 0;
}

/* STAGE_OK, STAGE_AGAIN when something was passed over, STAGE_END of this file, -errno. */
static int step(struct reader *reader, struct reader_frame *out)
{
	struct bytes ahead;
	struct mjr_frame frame;

	int err = source_file_peek(reader->source, LOOKAHEAD, &ahead);
	if (err)
		return err;
	if (ahead.len == 0)
		return STAGE_END;
	int parsed = mjr_frame_parse(&frame, ahead, reader->version);
	if (parsed == -EBADMSG) {
		err = resynchronise(reader);
		return err ? err : STAGE_AGAIN;
	}
	bool is_suspect = false;
	if (parsed != 0 || !is_trusted(ahead, reader->version)) {
		bool has_passed = false;
		err = pass_over_broken(reader, parsed ? ahead.len : frame.size, &has_passed);
		if (err || has_passed)
			return err ? err : STAGE_AGAIN;
		if (parsed != 0) {
			reader->stats.is_torn = true;
			reader->is_after_damage = true;
			skip(reader, ahead.len);
			return STAGE_END;
		}
		/* The search moved the buffer: look again. */
		is_suspect = true;
		(void)source_file_peek(reader->source, 0, &ahead);
		(void)mjr_frame_parse(&frame, ahead, reader->version);
	}
	deliver(reader, out, ahead, &frame, is_suspect);
	return STAGE_OK;
}

int reader_pull(struct reader *reader, struct reader_frame *out)
{
	for (;;) {
		int err = reader->source ? 0 : open_next(reader);
		if (err)
			return err;
		err = step(reader, out);
		if (err == STAGE_END) {
			source_file_close(reader->source);
			reader->source = NULL;
		} else if (err != STAGE_AGAIN) {
			return err;
		}
	}
}

const struct mjr_info *reader_info(const struct reader *reader)
{
	return &reader->info;
}

const struct reader_stats *reader_stats(const struct reader *reader)
{
	return &reader->stats;
}

enum mjr_version reader_version(const struct reader *reader)
{
	return reader->first_version;
}

uint64_t reader_file_size(const struct reader *reader)
{
	return reader->size;
}
