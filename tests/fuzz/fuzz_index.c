/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records of the index file, and the summaries in them: what is taken is listed,
 * and survives being written. The first byte says whether there are checksums:
 * hardly any other input would come past them.
 */
#include <glib.h>

#include "recording/index_record.h"
#include "tests/fuzz/fuzz.h"

static void list(const struct summary *summary)
{
	json_t *json = summary_to_json(summary);
	g_assert_nonnull(json);
	json_decref(json);
}

/* Without its header a record is its stamp and the packed summary. */
static void read_body(struct bytes body)
{
	enum {
		STAMP_SIZE = 24
	};
	if (!bytes_skip(&body, STAMP_SIZE))
		return;
	struct summary *summary = summary_unpack(body);
	if (summary == NULL)
		return;
	list(summary);
	summary_put(summary);
}

static void assert_survives(const struct summary *summary, const struct index_stamp *stamp)
{
	struct summary *again = NULL;
	struct index_stamp stamp_again;
	size_t size;
	GByteArray *record = g_byte_array_new();
	index_record_pack(record, summary, stamp);
	struct bytes packed = {record->data, record->len};
	g_assert_cmpint(index_record_parse(&again, &stamp_again, &size, packed), ==, 0);
	g_assert_true(index_record_is_same(stamp, &stamp_again));
	g_assert_cmpuint(size, ==, record->len);
	summary_put(again);
	g_byte_array_unref(record);
}

static void read_all(struct bytes data)
{
	struct summary *summary;
	struct index_stamp stamp;
	size_t size;
	while (index_record_parse(&summary, &stamp, &size, data) == 0) {
		list(summary);
		assert_survives(summary, &stamp);
		summary_put(summary);
		g_assert_true(bytes_skip(&data, size));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes all = {data, size};
	uint8_t kind;
	if (!bytes_take_u8(&all, &kind))
		return 0;
	if (kind & 1)
		read_body(all);
	else
		read_all(all);
	return 0;
}
