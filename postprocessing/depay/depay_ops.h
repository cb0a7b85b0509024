/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a codec's file gives to depay.c: how payloads become a unit.
 *
 * depay.c decides where a unit begins and ends, and keeps the books on lost
 * packets; a codec only reads payloads.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/codec.h"

/* The unit that grows. A codec appends to `data` and raises flags; it never lowers one. */
struct depay_builder {
	const struct codec *codec;
	GByteArray *data;
	uint16_t width, height;
	bool is_keyframe;
	bool is_damaged;
};

struct depay_ops {
	/* Whether a unit may begin with this payload: the packets lost before it were others'. */
	bool (*is_start)(struct bytes payload);
	/*
	 * Takes the next payload of the unit. `has_gap`: packets are missing between the previous
	 * payload of this unit and this one. A payload against the codec's rules is damage.
	 */
	void (*push)(void *state, struct depay_builder *unit, struct bytes payload, bool has_gap);
	/* The unit is complete; NULL when there is nothing to do. Leaves `state` ready for the
	 * next. */
	void (*finish)(void *state, struct depay_builder *unit);
	/*
	 * Set where every packet is a unit (audio): the bytes of the unit, and its duration in the
	 * codec's clock (0: unknown). Then the members above are NULL. False: damaged.
	 */
	bool (*unit)(struct bytes *out, uint32_t *duration, struct bytes payload,
		const struct codec *codec);
	size_t state_size; /* zeroed at the start */
};

/* The primary block of a RED payload (RFC 2198 §3); false when it is cut off. */
bool opus_red_primary(struct bytes *out, struct bytes payload);

extern const struct depay_ops opus_depay;
extern const struct depay_ops pcm_depay;
extern const struct depay_ops vp8_depay;
extern const struct depay_ops vp9_depay;
extern const struct depay_ops h264_depay;
extern const struct depay_ops h265_depay;
extern const struct depay_ops av1_depay;
