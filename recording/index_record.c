/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See index_record.h. */
#include "recording/index_record.h"

#include <errno.h>

enum {
	STAMP_SIZE = 24
};

struct index_stamp index_record_stamp(const struct stat *st)
{
	return (struct index_stamp){
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.changed_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
	};
}

bool index_record_is_same(const struct index_stamp *a, const struct index_stamp *b)
{
	return a->inode == b->inode && a->size == b->size && a->changed_ns == b->changed_ns;
}

/* The polynomial of IEEE 802.3, reflected, by halves of a byte. */
static uint32_t crc32(struct bytes data)
{
	static const uint32_t TABLE[16] = {
		0x00000000,
		0x1db71064,
		0x3b6e20c8,
		0x26d930ac,
		0x76dc4190,
		0x6b6b51f4,
		0x4db26158,
		0x5005713c,
		0xedb88320,
		0xf00f9344,
		0xd6d6a3e8,
		0xcb61b38c,
		0x9b64c2b0,
		0x86d3d2d4,
		0xa00ae278,
		0xbdbdf21c,
	};
	uint32_t crc = UINT32_MAX;
	for (size_t i = 0; i < data.len; i++) {
		crc ^= data.data[i];
		crc = crc >> 4 ^ TABLE[crc & 15];
		crc = crc >> 4 ^ TABLE[crc & 15];
	}
	return ~crc;
}

void index_record_pack(
	GByteArray *out, const struct summary *summary, const struct index_stamp *stamp)
{
	guint start = out->len;
	uint8_t head[INDEX_RECORD_HEADER + STAMP_SIZE] = {0};
	bytes_put_u64(head + 8, stamp->inode);
	bytes_put_u64(head + 16, stamp->size);
	bytes_put_u64(head + 24, (uint64_t)stamp->changed_ns);
	g_byte_array_append(out, head, sizeof head);
	summary_pack(out, summary);
	if (out->len - start > INDEX_RECORD_MAX) {
		g_byte_array_set_size(out, start);
		return;
	}
	uint8_t *header = out->data + start;
	struct bytes body = {header + INDEX_RECORD_HEADER, out->len - start - INDEX_RECORD_HEADER};
	bytes_put_u32(header, (uint32_t)body.len);
	bytes_put_u32(header + 4, crc32(body));
}

int index_record_parse(
	struct summary **summary, struct index_stamp *stamp, size_t *size, struct bytes data)
{
	uint32_t len, crc;
	struct bytes body, stamped;
	if (!bytes_take_u32(&data, &len) || !bytes_take_u32(&data, &crc))
		return -EAGAIN;
	if (len < STAMP_SIZE || len > INDEX_RECORD_MAX - INDEX_RECORD_HEADER)
		return -EBADMSG;
	if (!bytes_take(&data, len, &body))
		return -EAGAIN;
	if (crc32(body) != crc || !bytes_take(&body, STAMP_SIZE, &stamped))
		return -EBADMSG;
	if ((*summary = summary_unpack(body)) == NULL)
		return -EBADMSG;
	stamp->inode = bytes_get_u64(stamped.data);
	stamp->size = bytes_get_u64(stamped.data + 8);
	stamp->changed_ns = (int64_t)bytes_get_u64(stamped.data + 16);
	*size = INDEX_RECORD_HEADER + len;
	return 0;
}
