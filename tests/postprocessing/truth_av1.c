/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Uses all that the payload format allows: up to three elements are counted in
 * a packet, more have sizes; the units of every third picture keep their own
 * size field.
 */
#include "tests/postprocessing/truth_av1.h"

#include <string.h>

#include "common/rtp.h"

enum {
	TEMPORAL_DELIMITER = 2,
	ELEMENTS_MAX = 16,
	ROOM = TRUTH_MTU - RTP_HEADER_SIZE - 1,
	SIZE_LEN = 2, /* of leb128 up to ROOM */
};

/* A packet that grows. */
struct packet {
	struct bytes elements[ELEMENTS_MAX];
	size_t count;
	size_t used; /* of ROOM, with sizes */
	bool continues, goes_on;
};

static void write_packet(GArray *packets, const struct packet *from, size_t index,
	bool is_first_of_key, bool is_last)
{
	struct truth_packet out = {.unit = index};
	bool is_counted = from->count <= 3;
	uint8_t *p = out.data;
	*p++ = RTP_VERSION << 6;
	*p++ = (uint8_t)(is_last << 7 | 96);
	p += RTP_HEADER_SIZE - 2;
	*p++ = (uint8_t)(from->continues << 7 | from->goes_on << 6 |
			 (is_counted ? from->count : 0) << 4 | is_first_of_key << 3);
	for (size_t i = 0; i < from->count; i++) {
		const struct bytes *element = &from->elements[i];
		if (!is_counted || i + 1 < from->count) {
			*p++ = (uint8_t)(0x80 | (element->len & 0x7f));
			*p++ = (uint8_t)(element->len >> 7);
		}
		memcpy(p, element->data, element->len);
		p += element->len;
	}
	out.len = (size_t)(p - out.data);
	g_assert_cmpuint(out.len, <=, TRUTH_MTU);
	g_array_append_val(packets, out);
}

/* The next unit of the stream without its size field (or with it), in memory of its own. */
static GByteArray *take_obu(struct bytes *rest, bool keeps_size)
{
	uint8_t header = rest->data[0];
	g_assert_true(header & 0x02);
	size_t header_len = header & 0x04 ? 2 : 1, at = header_len, size = 0;
	unsigned shift = 0;
	do {
		size |= (size_t)(rest->data[at] & 0x7f) << shift;
		shift += 7;
	} while (rest->data[at++] & 0x80);
	GByteArray *out = g_byte_array_new();
	if (keeps_size) {
		g_byte_array_append(out, rest->data, (guint)at);
	} else {
		g_byte_array_append(out, rest->data, (guint)header_len);
		out->data[0] &= (uint8_t)~0x02;
	}
	g_byte_array_append(out, rest->data + at, (guint)size);
	g_assert_true(bytes_skip(rest, at + size));
	return out;
}

static GPtrArray *split(const struct truth_unit *unit, bool keeps_size)
{
	GPtrArray *obus = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
	struct bytes rest = {unit->data, unit->len};
	while (rest.len > 0) {
		GByteArray *obu = take_obu(&rest, keeps_size);
		if ((obu->data[0] >> 3 & 15) == TEMPORAL_DELIMITER)
			g_byte_array_unref(obu);
		else
			g_ptr_array_add(obus, obu);
	}
	return obus;
}

void truth_av1_packets(GArray *packets, const struct truth_unit *unit, size_t index)
{
	g_autoptr(GPtrArray) obus = split(unit, index % 3 == 2);
	struct packet packet = {.count = 0};
	bool is_first = true;
	for (guint i = 0; i < obus->len; i++) {
		const GByteArray *obu = g_ptr_array_index(obus, i);
		struct bytes rest = {obu->data, obu->len};
		while (rest.len > 0) {
			struct bytes *element = &packet.elements[packet.count++];
			size_t room = ROOM - packet.used - SIZE_LEN;
			bytes_take(&rest, MIN(rest.len, room), element);
			packet.used += element->len + SIZE_LEN;
			packet.goes_on = rest.len > 0;
			bool is_end = i + 1 == obus->len && rest.len == 0;
			bool is_full =
				packet.used + SIZE_LEN >= ROOM || packet.count == ELEMENTS_MAX;
			if (!is_end && !is_full)
				continue;
			write_packet(
				packets, &packet, index, is_first && unit->is_keyframe, is_end);
			packet = (struct packet){.continues = packet.goes_on};
			is_first = false;
		}
	}
}
