/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scaling and padding, by libswscale.
 */
#include "postprocessing/media/picture.h"

#include <glib.h>

#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

struct picture {
	int width, height;
	enum AVPixelFormat format;
	struct SwsContext *scaler; /* for the last input; libswscale keeps or replaces it */
};

struct rectangle {
	int x, y, width, height;
};

struct picture *picture_create(int width, int height, enum AVPixelFormat format)
{
	struct picture *picture = g_new0(struct picture, 1);
	picture->width = width;
	picture->height = height;
	picture->format = format;
	return picture;
}

void picture_destroy(struct picture *picture)
{
	if (picture == NULL)
		return;
	sws_freeContext(picture->scaler);
	g_free(picture);
}

/* Even numbers, so that the chroma planes have whole samples. */
static int even(int64_t value)
{
	return (int)(value & ~(int64_t)1);
}

static struct rectangle inner(const struct picture *picture, const AVFrame *frame)
{
	int64_t width = av_rescale(frame->width, picture->height, frame->height);
	int64_t height = picture->height;
	if (width > picture->width) {
		width = picture->width;
		height = av_rescale(frame->height, picture->width, frame->width);
	}
	struct rectangle r = {.width = FFMAX(even(width), 2), .height = FFMAX(even(height), 2)};
	/* An odd size that was rounded up for the encoder is no reason for a black line. */
	if (picture->width - r.width <= 2)
		r.width = picture->width;
	if (picture->height - r.height <= 2)
		r.height = picture->height;
	r.x = even((picture->width - r.width) / 2);
	r.y = even((picture->height - r.height) / 2);
	return r;
}

static int make_canvas(const struct picture *picture, AVFrame *canvas)
{
	canvas->width = picture->width;
	canvas->height = picture->height;
	canvas->format = picture->format;
	int err = av_frame_get_buffer(canvas, 0);
	if (err < 0)
		return err;
	ptrdiff_t linesize[4];
	for (int i = 0; i < 4; i++)
		linesize[i] = canvas->linesize[i];
	return av_image_fill_black(canvas->data, linesize, picture->format, AVCOL_RANGE_MPEG,
		picture->width, picture->height);
}

static int draw(struct picture *picture, AVFrame *canvas, const AVFrame *frame)
{
	struct rectangle r = inner(picture, frame);
	picture->scaler = sws_getCachedContext(picture->scaler, frame->width, frame->height,
		frame->format, r.width, r.height, picture->format,
		SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
	if (picture->scaler == NULL)
		return AVERROR(EINVAL);
	const AVPixFmtDescriptor *shape = av_pix_fmt_desc_get(picture->format);
	uint8_t *planes[4] = {NULL};
	for (int i = 0; i < 4 && canvas->data[i] != NULL; i++) {
		bool is_chroma = i == 1 || i == 2;
		int x = is_chroma ? r.x >> shape->log2_chroma_w : r.x;
		int y = is_chroma ? r.y >> shape->log2_chroma_h : r.y;
		planes[i] = canvas->data[i] + (ptrdiff_t)y * canvas->linesize[i] + x;
	}
	int err = sws_scale(picture->scaler, (const uint8_t *const *)frame->data, frame->linesize,
		0, frame->height, planes, canvas->linesize);
	return err < 0 ? err : 0;
}

int picture_fit(struct picture *picture, AVFrame *frame, bool *was_scaled)
{
	*was_scaled = frame->width != picture->width || frame->height != picture->height;
	if (!*was_scaled && frame->format == picture->format)
		return 0;
	AVFrame *canvas = av_frame_alloc();
	if (canvas == NULL)
		return AVERROR(ENOMEM);
	int err = make_canvas(picture, canvas);
	if (err >= 0)
		err = draw(picture, canvas, frame);
	if (err >= 0) {
		canvas->pts = frame->pts;
		av_frame_unref(frame);
		av_frame_move_ref(frame, canvas);
	}
	av_frame_free(&canvas);
	return err;
}
