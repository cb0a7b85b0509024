/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the transforms have in common.
 */
#include "postprocessing/media/transform.h"

#include <limits.h>
#include <string.h>

#include <libavcodec/defs.h>
#include <libavutil/error.h>

int transform_packet(AVPacket *packet, const struct transform_unit *unit)
{
	if (unit->data.len > INT_MAX - AV_INPUT_BUFFER_PADDING_SIZE)
		return AVERROR(EOVERFLOW);
	int err = av_new_packet(packet, (int)unit->data.len);
	if (err < 0)
		return err;
	memcpy(packet->data, unit->data.data, unit->data.len);
	packet->pts = packet->dts = unit->pts_us;
	packet->duration = unit->duration_us;
	packet->time_base = TRANSFORM_US;
	if (unit->is_keyframe)
		packet->flags |= AV_PKT_FLAG_KEY;
	return 0;
}

int transform_result(int err, struct fault *fault)
{
	if (err >= 0)
		return STAGE_OK;
	if (err == AVERROR(EAGAIN))
		return STAGE_AGAIN;
	if (err == AVERROR_EOF)
		return STAGE_END;
	return fault_set_av(fault, FAULT_OUTPUT, err, "encoding");
}
