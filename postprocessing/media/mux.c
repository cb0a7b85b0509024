/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libavformat's writing side, and the life of the temporary file.
 */
#include "postprocessing/media/mux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavformat/avformat.h>
#include <libavutil/dict.h>

#include "common/clock.h"

enum {
	MUX_TRACKS_MAX = 32
};

struct track {
	AVRational time_base; /* of the packets that come */
	int64_t last_dts;     /* in the stream's time base */
	bool has_dts;
};

struct mux {
	const struct format *format;
	AVFormatContext *context;
	char *path;
	char *temporary; /* NULL once it has its name */
	int fd;          /* on the temporary, for its permissions and its sync */
	bool may_overwrite;
	struct track tracks[MUX_TRACKS_MAX];
	uint64_t moved;
	uint64_t size;
};

static int check_target(const struct mux_options *options, struct fault *fault)
{
	struct stat status;
	if (lstat(options->path, &status) != 0)
		return 0;
	if (!S_ISREG(status.st_mode))
		return fault_set(fault, FAULT_OUTPUT, -EEXIST, "%s exists and is not a plain file",
			options->path);
	if (!options->may_overwrite)
		return fault_set(fault, FAULT_OUTPUT, -EEXIST, "%s exists: --overwrite replaces it",
			options->path);
	return 0;
}

static int create_temporary(struct mux *mux, struct fault *fault)
{
	g_autofree char *folder = g_path_get_dirname(mux->path);
	char *name = g_build_filename(folder, ".mjr-XXXXXX", NULL);
	mux->fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0666);
	if (mux->fd < 0) {
		int err = -errno;
		g_free(name);
		return fault_set(fault, FAULT_OUTPUT, err, "cannot write in %s: %s", folder,
			g_strerror(-err));
	}
	mux->temporary = name;
	return 0;
}

static int open_context(struct mux *mux, int64_t created_us)
{
	int err = avformat_alloc_output_context2(&mux->context, NULL, mux->format->muxer, NULL);
	if (err < 0)
		return err;
	mux->context->flags |= AVFMT_FLAG_BITEXACT;
	if (created_us > 0) {
		char created[CLOCK_TEXT_SIZE];
		clock_format(created, created_us);
		err = av_dict_set(&mux->context->metadata, "creation_time", created, 0);
		if (err < 0)
			return err;
	}
	/* The protocol is named because a colon in the path would name another. */
	g_autofree char *url = g_strconcat("file:", mux->temporary, NULL);
	mux->context->url = av_strdup(url);
	if (mux->context->url == NULL)
		return AVERROR(ENOMEM);
	return avio_open(&mux->context->pb, url, AVIO_FLAG_WRITE);
}

int mux_open(struct mux **out, const struct mux_options *options, struct fault *fault)
{
	int err = check_target(options, fault);
	if (err < 0)
		return err;
	struct mux *mux = g_new0(struct mux, 1);
	mux->fd = -1;
	mux->format = options->format;
	mux->path = g_strdup(options->path);
	mux->may_overwrite = options->may_overwrite;
	if ((err = create_temporary(mux, fault)) < 0)
		goto fail;
	if ((err = open_context(mux, options->created_us)) < 0) {
		err = fault_set_av(fault, FAULT_OUTPUT, err, mux->path);
		goto fail;
	}
	*out = mux;
	return 0;
fail:
	mux_destroy(mux);
	return err;
}

bool mux_needs_global_headers(const struct mux *mux)
{
	return (mux->context->oformat->flags & AVFMT_GLOBALHEADER) != 0;
}

int mux_add_track(struct mux *mux, size_t *track, const AVCodecParameters *parameters,
	AVRational time_base, struct fault *fault)
{
	size_t index = mux->context->nb_streams;
	if (index == MUX_TRACKS_MAX)
		return fault_set(fault, FAULT_USAGE, -EOVERFLOW, "more than %d tracks for one file",
			MUX_TRACKS_MAX);
	AVStream *stream = avformat_new_stream(mux->context, NULL);
	int err = stream == NULL ? AVERROR(ENOMEM)
				 : avcodec_parameters_copy(stream->codecpar, parameters);
	if (err < 0)
		return fault_set_av(fault, FAULT_OUTPUT, err, "adding a track");
	stream->codecpar->codec_tag = 0; /* the container's own */
	stream->time_base = time_base;   /* a wish: the muxer decides at the start */
	mux->tracks[index].time_base = time_base;
	*track = index;
	return 0;
}

int mux_start(struct mux *mux, struct fault *fault)
{
	AVDictionary *options = NULL;
	int err = 0;
	if (mux->format->options != NULL)
		err = av_dict_parse_string(&options, mux->format->options, "=", ":", 0);
	if (err >= 0)
		err = avformat_write_header(mux->context, &options);
	av_dict_free(&options);
	return err < 0 ? fault_set_av(fault, FAULT_OUTPUT, err, mux->path) : 0;
}

/* Containers want times that grow; senders do not always give them. */
static void keep_growing(struct mux *mux, struct track *track, AVPacket *packet)
{
	if (track->has_dts && packet->dts <= track->last_dts) {
		packet->dts = track->last_dts + 1;
		if (packet->pts < packet->dts)
			packet->pts = packet->dts;
		mux->moved++;
	}
	track->has_dts = true;
	track->last_dts = packet->dts;
}

int mux_write(struct mux *mux, size_t track, AVPacket *packet, struct fault *fault)
{
	struct track *to = &mux->tracks[track];
	packet->stream_index = (int)track;
	packet->pos = -1;
	av_packet_rescale_ts(packet, to->time_base, mux->context->streams[track]->time_base);
	keep_growing(mux, to, packet);
	int err = av_interleaved_write_frame(mux->context, packet);
	if (err >= 0 && mux->context->pb->error < 0)
		err = mux->context->pb->error;
	return err < 0 ? fault_set_av(fault, FAULT_OUTPUT, err, mux->path) : 0;
}

static int close_file(struct mux *mux)
{
	int err = av_write_trailer(mux->context);
	avio_flush(mux->context->pb);
	if (err >= 0 && mux->context->pb->error < 0)
		err = mux->context->pb->error;
	int close_err = avio_closep(&mux->context->pb);
	if (err >= 0 && close_err < 0)
		err = close_err;
	if (err >= 0 && fdatasync(mux->fd) != 0)
		err = AVERROR(errno);
	return err < 0 ? err : 0;
}

static int give_name(struct mux *mux)
{
	unsigned int flags = mux->may_overwrite ? 0 : RENAME_NOREPLACE;
	if (renameat2(AT_FDCWD, mux->temporary, AT_FDCWD, mux->path, flags) == 0)
		return 0;
	int err = -errno;
	if (err != -EINVAL && err != -ENOSYS)
		return err;
	/* Not every file system knows the flag. */
	if (access(mux->path, F_OK) == 0)
		return -EEXIST;
	return rename(mux->temporary, mux->path) == 0 ? 0 : -errno;
}

int mux_finish(struct mux *mux, struct fault *fault)
{
	int err = close_file(mux);
	if (err >= 0)
		err = give_name(mux);
	if (err < 0)
		return fault_set_av(fault, FAULT_OUTPUT, err, mux->path);
	g_clear_pointer(&mux->temporary, g_free);
	struct stat status;
	if (fstat(mux->fd, &status) == 0)
		mux->size = (uint64_t)status.st_size;
	return 0;
}

void mux_destroy(struct mux *mux)
{
	if (mux == NULL)
		return;
	if (mux->context != NULL)
		avio_closep(&mux->context->pb);
	avformat_free_context(mux->context);
	if (mux->temporary != NULL)
		unlink(mux->temporary);
	if (mux->fd >= 0)
		close(mux->fd);
	g_free(mux->temporary);
	g_free(mux->path);
	g_free(mux);
}

uint64_t mux_moved(const struct mux *mux)
{
	return mux->moved;
}

uint64_t mux_size(const struct mux *mux)
{
	return mux->size;
}
