/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input is one RTP packet; its payload goes through every keyframe detector. */
#include <glib.h>

#include "common/codec.h"
#include "common/keyframe.h"
#include "common/rtp_ext.h"
#include "tests/fuzz/fuzz.h"

static void assert_inside(struct bytes inner, struct bytes outer)
{
	if (inner.len == 0)
		return;
	g_assert_true(inner.data >= outer.data);
	g_assert_true(inner.data + inner.len <= outer.data + outer.len);
}

static void find_extensions(const struct rtp_packet *packet)
{
	for (unsigned id = 0; id <= UINT8_MAX; id++) {
		struct rtp_orientation orientation;
		struct bytes element;
		if (!rtp_ext_find(&element, packet, (uint8_t)id))
			continue;
		assert_inside(element, packet->extensions);
		if (rtp_ext_orientation(&orientation, element))
			g_assert_cmpuint(orientation.degrees, <=, 270);
	}
}

static void find_keyframes(struct bytes payload)
{
	struct keyframe_size size;
	for (size_t i = 0; codec_at(i) != NULL; i++) {
		if (codec_at(i)->is_keyframe != NULL)
			codec_at(i)->is_keyframe(payload);
	}
	if (keyframe_vp8_size(&size, payload))
		g_assert_true(keyframe_vp8(payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes input = {data, size};
	struct rtp_packet packet;
	find_keyframes(input);
	if (rtp_parse(&packet, input) < 0)
		return 0;
	assert_inside(packet.extensions, input);
	assert_inside(packet.payload, input);
	g_assert_cmpuint(
		RTP_HEADER_SIZE + packet.extensions.len + packet.payload.len + packet.padding, <=,
		size);
	find_extensions(&packet);
	find_keyframes(packet.payload);
	return 0;
}
