/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets in, units out, as text: "timestamp:flags:bytes". Flags: k keyframe, d damaged, * a new
 * count, tN duration, +N packets missing before, WxH size.
 */
#include "postprocessing/depay/depay.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "tests/postprocessing/mjr_writer.h"
#include "tests/postprocessing/scratch.h"

enum {
	PACKETS_MAX = 6,
	RED_PAYLOAD_TYPE = 63,
};

struct packet {
	uint16_t seq;
	uint32_t timestamp;
	bool has_marker;
	const char *hex;
};

#define VP8_KEY           "1002009d012a80026801"
#define VP8_KEY_UNIT      "k640x360:" VP8_KEY
#define VP9_KEY           "824983422027f01670"
#define VP9_KEY_UNIT      "k640x360:" VP9_KEY
#define VP9_INTER         "86aabb"
#define AV1_SEQUENCE      "00000024c4ff67"
#define AV1_SEQUENCE_UNIT "0a07" AV1_SEQUENCE
#define AV1_KEY_UNIT      "k640x360:" AV1_SEQUENCE_UNIT "320210aa"
#define AV1_TIMED         "04000000040000007ba400000005298440d380a032620242627fb380"
#define SPS               "6742c01ed900a02ff97011000003000100000300320f162e48"
#define H265_SPS          "420101ffffffffffffffffffffff5da005020171f2c0"
#define H265_SPS_OF_LAYERS \
	"420103ffffffffffffffffffffff5dc000ffffffffffffffffffffff5aa005020171f2c0"
#define CODE "00000001"

static const struct row {
	const char *name;
	const char *codec;
	struct packet packets[PACKETS_MAX];
	size_t count;
	const char *units;
} rows[] = {
	/* VP8 */
	{"/depay/vp8/a_picture_in_one_packet", "vp8", {{1, 0, true, "10" VP8_KEY}}, 1,
		"0:" VP8_KEY_UNIT},
	{"/depay/vp8/a_picture_in_three_packets", "vp8",
		{{1, 0, false, "10" VP8_KEY}, {2, 0, false, "00aa"}, {3, 0, true, "00bb"}}, 3,
		"0:" VP8_KEY_UNIT "aabb"},
	{"/depay/vp8/partitions_follow_each_other", "vp8",
		{{1, 0, false, "10" VP8_KEY}, {2, 0, true, "11aa"}}, 2, "0:" VP8_KEY_UNIT "aa"},
	{"/depay/vp8/all_optional_bytes_go", "vp8", {{1, 0, true, "90f081010520" VP8_KEY}}, 1,
		"0:" VP8_KEY_UNIT},
	{"/depay/vp8/pictures_end_with_the_timestamp", "vp8",
		{{1, 0, false, "10" VP8_KEY}, {2, 3000, false, "101102"},
			{3, 6000, false, "101103"}},
		3, "0:" VP8_KEY_UNIT " 3000::1102 6000::1103"},
	{"/depay/vp8/a_size_of_nothing_is_none", "vp8", {{1, 0, true, "101002009d012a00006801"}}, 1,
		"0:k:1002009d012a00006801"},
	{"/depay/vp8/nothing_follows_a_gap", "vp8",
		{{1, 0, false, "10" VP8_KEY}, {2, 0, false, "00aa"}, {4, 0, false, "00cc"},
			{5, 0, true, "00dd"}, {6, 3000, true, "101102"}},
		5, "0:kd640x360:" VP8_KEY "aa 3000::1102"},
	{"/depay/vp8/a_lost_end_is_damage", "vp8",
		{{1, 0, false, "10" VP8_KEY}, {3, 3000, true, "101102"}}, 2,
		"0:kd640x360:" VP8_KEY " 3000:+1:1102"},
	{"/depay/vp8/a_lost_beginning_leaves_nothing", "vp8",
		{{1, 0, true, "10" VP8_KEY}, {3, 3000, true, "00aa"}, {4, 6000, true, "101102"}}, 3,
		"0:" VP8_KEY_UNIT " 6000:+2:1102"},
	{"/depay/vp8/a_lost_picture_damages_no_other", "vp8",
		{{1, 0, true, "10" VP8_KEY}, {3, 3000, true, "101102"}}, 2,
		"0:" VP8_KEY_UNIT " 3000:+1:1102"},
	{"/depay/vp8/a_dump_that_ends_within_a_picture", "vp8",
		{{1, 0, true, "10" VP8_KEY}, {2, 3000, false, "101102"}}, 2,
		"0:" VP8_KEY_UNIT " 3000:d:1102"},
	{"/depay/vp8/a_dump_that_begins_within_a_picture", "vp8",
		{{1, 0, true, "00aa"}, {2, 3000, true, "10" VP8_KEY}}, 2,
		"3000:k+1640x360:" VP8_KEY},
	/* VP9 */
	{"/depay/vp9/a_picture_in_one_packet", "vp9", {{1, 0, true, "0c" VP9_KEY}}, 1,
		"0:" VP9_KEY_UNIT},
	{"/depay/vp9/a_picture_in_three_packets", "vp9",
		{{1, 0, false, "08" VP9_KEY}, {2, 0, false, "00aa"}, {3, 0, true, "04bb"}}, 3,
		"0:" VP9_KEY_UNIT "aabb"},
	{"/depay/vp9/flexible_mode_has_references", "vp9",
		{{1, 0, true, "bc810100" VP9_KEY}, {2, 3000, true, "fc8102000304" VP9_INTER}}, 2,
		"0:" VP9_KEY_UNIT " 3000::" VP9_INTER},
	{"/depay/vp9/other_modes_have_an_index", "vp9",
		{{1, 0, true, "ac010005" VP9_KEY}, {2, 3000, true, "ec020106" VP9_INTER}}, 2,
		"0:" VP9_KEY_UNIT " 3000::" VP9_INTER},
	{"/depay/vp9/a_fourth_reference_is_damage", "vp9",
		{{1, 0, true, "0c" VP9_KEY}, {2, 3000, true, "dc0201010186"}}, 2,
		"0:" VP9_KEY_UNIT},
	{"/depay/vp9/the_structure_goes", "vp9",
		{{1, 0, true, "ae0100051802800168020401080102" VP9_KEY}}, 1, "0:" VP9_KEY_UNIT},
	{"/depay/vp9/layers_become_a_superframe", "vp9",
		{{1, 0, false,
			 "be010030"
			 "02800168"
			 "050002d0" VP9_KEY},
			{2, 0, true, "bc0103" VP9_INTER}, {3, 3000, false, "fc02000286cc"},
			{4, 3000, true, "fc02030286dd"}},
		4,
		"0:k1280x720:" VP9_KEY VP9_INTER "d90900000003000000d9 "
		"3000::86cc86ddd90200000002000000d9"},
	{"/depay/vp9/a_layer_with_a_gap_is_damage", "vp9",
		{{1, 0, false, "bc0100" VP9_KEY}, {2, 0, false, "b80103" VP9_INTER},
			{4, 0, true, "b40103aa"}},
		3, "0:kd640x360:" VP9_KEY VP9_INTER},
	{"/depay/vp9/a_lost_layer_is_damage", "vp9",
		{{1, 0, false, "bc0100" VP9_KEY}, {3, 3000, true, "fc02000286cc"}}, 2,
		"0:kd640x360:" VP9_KEY " 3000:+1:86cc"},
	{"/depay/vp9/a_lost_lowest_layer_leaves_nothing", "vp9",
		{{1, 0, true, "bc0100" VP9_KEY}, {3, 3000, true, "fc02030286dd"},
			{4, 6000, true, "fc03000286cc"}},
		3, "0:" VP9_KEY_UNIT " 3000:d+1:86dd 6000::86cc"},
	{"/depay/vp9/an_intra_picture_is_no_keyframe", "vp9", {{1, 0, true, "0c" VP9_INTER}}, 1,
		"0::" VP9_INTER},
	{"/depay/vp9/a_frame_without_its_end_is_damage", "vp9",
		{{1, 0, true, "08" VP9_KEY}, {2, 3000, true, "4c" VP9_INTER}}, 2,
		"0:kd640x360:" VP9_KEY " 3000::" VP9_INTER},
	{"/depay/vp9/two_frames_of_a_layer_are_damage", "vp9",
		{{1, 0, false, "0c" VP9_KEY}, {2, 0, true, "4c" VP9_INTER}}, 2,
		"0:kd640x360:" VP9_KEY},
	/* AV1 */
	{"/depay/av1/counted_elements_get_their_sizes", "av1",
		{{1, 0, true,
			"2808"
			"08" AV1_SEQUENCE "3010aa"}},
		1, "0:" AV1_KEY_UNIT},
	{"/depay/av1/elements_may_have_sizes", "av1",
		{{1, 0, true,
			"0808"
			"08" AV1_SEQUENCE "03"
			"3010aa"}},
		1, "0:" AV1_KEY_UNIT},
	{"/depay/av1/elements_may_be_cut_into_packets", "av1",
		{{1, 0, false,
			 "6808"
			 "08" AV1_SEQUENCE "30"},
			{2, 0, false, "d010"}, {3, 0, true, "90aa"}},
		3, "0:" AV1_KEY_UNIT},
	{"/depay/av1/delimiters_and_padding_go", "av1",
		{{1, 0, true,
			"30"
			"021200"
			"027800"
			"3030aa"}},
		1, "0::320230aa"},
	{"/depay/av1/a_size_of_its_own_is_kept", "av1", {{1, 0, true, "10320230aaff"}}, 1,
		"0::320230aa"},
	{"/depay/av1/a_longer_form_of_a_size_becomes_short", "av1",
		{{1, 0, true, "103282800030aa"}}, 1,
		"0::3202"
		"30aa"},
	{"/depay/av1/layers_stay", "av1", {{1, 0, false, "10340030aa"}, {2, 0, true, "10340830bb"}},
		2, "0::36000230aa36080230bb"},
	{"/depay/av1/a_fragment_with_a_gap_goes", "av1",
		{{1, 0, false,
			 "6808"
			 "08" AV1_SEQUENCE "30"},
			{3, 0, true, "90aa"}, {4, 3000, true, "103030bb"}},
		3, "0:d640x360:" AV1_SEQUENCE_UNIT " 3000::320230bb"},
	{"/depay/av1/a_fragment_without_its_end_goes", "av1",
		{{1, 0, true,
			 "6808"
			 "08" AV1_SEQUENCE "3010"},
			{2, 3000, true, "103030bb"}},
		2, "0:d640x360:" AV1_SEQUENCE_UNIT " 3000::320230bb"},
	{"/depay/av1/a_fragment_without_its_start_goes", "av1",
		{{1, 0, true, "103030aa"},
			{3, 3000, true,
				"a002aaaa"
				"3030bb"},
			{4, 6000, true, "103030cc"}},
		3, "0::320230aa 3000:d+1:320230bb 6000::320230cc"},
	{"/depay/av1/a_lost_beginning_is_damage", "av1",
		{{1, 0, true, "103030aa"}, {3, 3000, true, "10340830bb"}}, 2,
		"0::320230aa 3000:d+1:36080230bb"},
	{"/depay/av1/fewer_elements_than_counted_are_damage", "av1", {{1, 0, true, "20033030aa"}},
		1, "0:d:320230aa"},
	{"/depay/av1/a_frame_alone_is_no_keyframe", "av1", {{1, 0, true, "103010aa"}}, 1,
		"0::320210aa"},
	{"/depay/av1/a_sequence_may_have_timing_and_operating_points", "av1",
		{{1, 0, true, "1008" AV1_TIMED}}, 1, "0:640x360:0a1c" AV1_TIMED},
	{"/depay/av1/a_still_picture_is_a_keyframe", "av1",
		{{1, 0, true,
			"2006"
			"08192627fb38"
			"3030aa"}},
		1, "0:k640x360:0a05192627fb38320230aa"},
	/* H.264 */
	{"/depay/h264/single_units_are_joined", "h264",
		{{1, 0, false, SPS}, {2, 0, false, "68ce3c80"}, {3, 0, true, "6588aa"}}, 3,
		"0:k640x360:" CODE SPS CODE "68ce3c80" CODE "6588aa"},
	{"/depay/h264/stap_a_is_taken_apart", "h264",
		{{1, 0, false, "780019" SPS "000468ce3c80"}, {2, 0, true, "6588aa"}}, 2,
		"0:k640x360:" CODE SPS CODE "68ce3c80" CODE "6588aa"},
	{"/depay/h264/fu_a_is_put_together", "h264",
		{{1, 0, false, "7c8588aa"}, {2, 0, false, "7c05bb"}, {3, 0, true, "7c45cc"}}, 3,
		"0:k:" CODE "6588aabbcc"},
	{"/depay/h264/two_fragmented_slices", "h264",
		{{1, 0, false, "5c819a"}, {2, 0, false, "5c41aa"}, {3, 0, false, "5c811b"},
			{4, 0, true, "5c41bb"}},
		4, "0::" CODE "419aaa" CODE "411bbb"},
	{"/depay/h264/a_fragment_with_a_gap_goes", "h264",
		{{1, 0, false, SPS}, {2, 0, false, "7c8588aa"}, {4, 0, true, "7c45cc"},
			{5, 3000, true, "419abb"}},
		4, "0:d640x360:" CODE SPS " 3000::" CODE "419abb"},
	{"/depay/h264/a_fragment_without_its_end_goes", "h264",
		{{1, 0, false, "419a"}, {2, 0, false, "5c811baa"}, {4, 3000, true, "419abb"}}, 3,
		"0:d:" CODE "419a 3000:+1:" CODE "419abb"},
	{"/depay/h264/a_fragment_without_its_start_goes", "h264",
		{{1, 0, true, "419a"}, {3, 3000, true, "7c45cc"}, {4, 6000, true, "419abb"}}, 3,
		"0::" CODE "419a 6000:+2:" CODE "419abb"},
	{"/depay/h264/a_slice_after_a_gap_is_kept", "h264",
		{{1, 0, false, "419a"}, {3, 0, true, "411baa"}}, 2,
		"0:d:" CODE "419a" CODE "411baa"},
	{"/depay/h264/a_second_slice_first_is_damage", "h264",
		{{1, 0, true, "419a"}, {3, 3000, true, "411baa"}}, 2,
		"0::" CODE "419a 3000:d+1:" CODE "411baa"},
	{"/depay/h264/a_cut_stap_a_is_damage", "h264", {{1, 0, true, "78000268ce000441"}}, 1,
		"0:d:" CODE "68ce"},
	{"/depay/h264/interleaved_forms_are_damage", "h264",
		{{1, 0, false, "419a"}, {2, 0, true, "790001000268ce"}}, 2, "0:d:" CODE "419a"},
	/* H.265 */
	{"/depay/h265/single_units_are_joined", "h265",
		{{1, 0, false, H265_SPS}, {2, 0, false, "4401c1"}, {3, 0, true, "260180aa"}}, 3,
		"0:k640x360:" CODE H265_SPS CODE "4401c1" CODE "260180aa"},
	{"/depay/h265/layers_below_the_highest_are_passed_over", "h265",
		{{1, 0, true, H265_SPS_OF_LAYERS}}, 1, "0:640x360:" CODE H265_SPS_OF_LAYERS},
	{"/depay/h265/aggregation_packets_are_taken_apart", "h265",
		{{1, 0, true, "60010016" H265_SPS "0004260180aa"}}, 1,
		"0:k640x360:" CODE H265_SPS CODE "260180aa"},
	{"/depay/h265/fragments_are_put_together", "h265",
		{{1, 0, false, "62019380aa"}, {2, 0, false, "620113bb"}, {3, 0, true, "620153cc"}},
		3, "0:k:" CODE "260180aabbcc"},
	{"/depay/h265/a_fragment_with_a_gap_goes", "h265",
		{{1, 0, false, H265_SPS}, {2, 0, false, "62019380aa"}, {4, 0, true, "620153cc"},
			{5, 3000, true, "020180bb"}},
		4, "0:d640x360:" CODE H265_SPS " 3000::" CODE "020180bb"},
	{"/depay/h265/a_fragment_without_its_start_goes", "h265",
		{{1, 0, true, "020180aa"}, {3, 3000, true, "620141cc"},
			{4, 6000, true, "020180bb"}},
		3, "0::" CODE "020180aa 6000:+2:" CODE "020180bb"},
	{"/depay/h265/a_second_segment_first_is_damage", "h265",
		{{1, 0, true, "020180aa"}, {3, 3000, true, "020140bb"}}, 2,
		"0::" CODE "020180aa 3000:d+1:" CODE "020140bb"},
	{"/depay/h265/a_first_segment_begins_a_picture", "h265",
		{{1, 0, true, "020180aa"}, {3, 3000, true, "60010003020180"}}, 2,
		"0::" CODE "020180aa 3000:+1:" CODE "020180"},
	{"/depay/h265/a_cut_aggregation_packet_is_damage", "h265",
		{{1, 0, true, "600100044401c1aa000402"}}, 1, "0:d:" CODE "4401c1aa"},
	{"/depay/h265/content_information_is_damage", "h265",
		{{1, 0, false, "020180aa"}, {2, 0, true, "640100000000"}}, 2,
		"0:d:" CODE "020180aa"},
	/* audio */
	{"/depay/opus/a_packet_is_a_unit", "opus",
		{{1, 0, true, "78aa"}, {2, 960, false, "78bb"}, {4, 2880, false, "78cc"}}, 3,
		"0:t960:78aa 960:t960:78bb 2880:t960+1:78cc"},
	{"/depay/opus/durations_follow_the_first_byte", "opus",
		{{1, 0, false, "80aa"}, {2, 120, false, "18aa"}, {3, 3000, false, "79aa"},
			{4, 4920, false, "7b03aa"}, {5, 7800, false, "60"}},
		5, "0:t120:80aa 120:t2880:18aa 3000:t1920:79aa 4920:t2880:7b03aa 7800:t480:60"},
	{"/depay/opus/more_than_120_ms_is_damage", "opus", {{1, 0, false, "1b03aa"}}, 1,
		"0:d:1b03aa"},
	{"/depay/red/the_primary_block_is_taken", "opus",
		{{1, 0, false, "r6f78aa"}, {2, 960, false, "ref0f00026f78aa78bb"}}, 2,
		"0:t960:78aa 960:t960:78bb"},
	{"/depay/red/a_block_that_is_cut_off_leaves_nothing", "opus",
		{{1, 0, false, "ref0f00106f78aa"}, {2, 960, false, "r6f78bb"}}, 2,
		"960:t960+1:78bb"},
	{"/depay/pcm/a_byte_is_a_tick", "pcmu", {{1, 0, false, "ffffff"}}, 1, "0:t3:ffffff"},
	{"/depay/pcm/g722_ticks_at_8_khz", "g722", {{1, 0, false, "ffffff"}}, 1, "0:t3:ffffff"},
	{"/depay/pcm/l16_has_two_bytes", "l16", {{1, 0, false, "01020304"}}, 1, "0:t2:01020304"},
	{"/depay/pcm/half_a_sample_is_damage", "l16-48", {{1, 0, false, "010203"}}, 1,
		"0:dt1:0102"},
};

/* ---- packets to a dump ---- */

static GByteArray *from_hex(const char *hex)
{
	GByteArray *bytes = g_byte_array_new();
	for (; hex[0] && hex[1]; hex += 2) {
		uint8_t byte =
			(uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
		g_byte_array_append(bytes, &byte, 1);
	}
	g_assert_cmpint(*hex, ==, '\0');
	return bytes;
}

/* At most `max` bytes of its payload. */
static void put(struct mjr_writer *writer, const struct packet *packet, size_t max)
{
	bool is_red = packet->hex[0] == 'r';
	g_autoptr(GByteArray) payload = from_hex(packet->hex + is_red);
	mjr_writer_put(writer, &(struct mjr_writer_packet){
				       .seq = packet->seq,
				       .timestamp = packet->timestamp,
				       .has_marker = packet->has_marker,
				       .payload_type = is_red ? RED_PAYLOAD_TYPE : 0,
				       .payload = {payload->data, MIN(payload->len, max)},
			       });
}

static struct mjr_writer *open_dump(const char *path, const char *codec)
{
	struct mjr_info info = {
		.codec = codec_find(codec),
		.created_us = MJR_WRITER_START_US,
		.first_frame_us = MJR_WRITER_START_US,
		.red_payload_type = RED_PAYLOAD_TYPE,
	};
	return mjr_writer_open_info(path, &info);
}

/* ---- units to text ---- */

static void append_unit(GString *out, const struct depay_unit *unit)
{
	g_string_append_printf(out, "%s%" G_GINT64_FORMAT ":%s%s%s", out->len ? " " : "",
		unit->timestamp, unit->is_keyframe ? "k" : "", unit->is_damaged ? "d" : "",
		unit->is_discontinuity ? "*" : "");
	if (unit->duration)
		g_string_append_printf(out, "t%u", unit->duration);
	if (unit->lost_before)
		g_string_append_printf(out, "+%u", unit->lost_before);
	if (unit->width)
		g_string_append_printf(out, "%ux%u", unit->width, unit->height);
	g_string_append_c(out, ':');
	for (size_t i = 0; i < unit->data.len; i++)
		g_string_append_printf(out, "%02x", unit->data.data[i]);
}

static char *read_units(const char *path)
{
	GString *out = g_string_new("");
	struct reader *reader = NULL;
	struct depay *depay = NULL;
	struct depay_unit unit;
	uint64_t count = 0;
	int err = 0;

	g_assert_cmpint(reader_open(&reader, path, NULL), ==, 0);
	struct reorder *reorder = reorder_create(reader);
	g_assert_cmpint(depay_create(&depay, reorder, reader_info(reader)->codec), ==, 0);
	while ((err = depay_pull(depay, &unit)) == STAGE_OK) {
		g_assert_cmpuint(unit.data.len, >, 0);
		append_unit(out, &unit);
		count++;
	}
	g_assert_cmpint(err, ==, STAGE_END);
	g_assert_cmpuint(depay_stats(depay)->units, ==, count);
	depay_destroy(depay);
	reorder_destroy(reorder);
	reader_close(reader);
	return g_string_free(out, FALSE);
}

struct fixture {
	char *folder;
	char *path;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	(void)data;
	f->folder = scratch_create();
	f->path = g_build_filename(f->folder, "a.mjr", NULL);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	(void)data;
	g_free(f->path);
	scratch_destroy(f->folder);
}

static void test_units(struct fixture *f, gconstpointer data)
{
	const struct row *row = data;
	struct mjr_writer *writer = open_dump(f->path, row->codec);
	for (size_t i = 0; i < row->count; i++)
		put(writer, &row->packets[i], SIZE_MAX);
	mjr_writer_close(writer);
	g_autofree char *units = read_units(f->path);
	g_assert_cmpstr(units, ==, row->units);
}

static void test_shuffled(struct fixture *f, gconstpointer data)
{
	const struct row *row = data;
	struct mjr_writer *writer = open_dump(f->path, row->codec);
	for (size_t i = row->count; i-- > 0;) {
		put(writer, &row->packets[i], SIZE_MAX);
		put(writer, &row->packets[i], SIZE_MAX);
	}
	mjr_writer_close(writer);
	g_autofree char *units = read_units(f->path);
	g_assert_cmpstr(units, ==, row->units);
}

/* "timestamp:" and the bytes of a unit: what another packet's damage may not change. */
static bool has_same_unit(const char *units, const char *unit)
{
	g_auto(GStrv) fields = g_strsplit(unit, ":", 3);
	g_auto(GStrv) all = g_strsplit(units, " ", -1);
	for (size_t i = 0; all[i]; i++) {
		g_auto(GStrv) other = g_strsplit(all[i], ":", 3);
		if (strcmp(other[0], fields[0]) == 0)
			return strcmp(other[2], fields[2]) == 0;
	}
	return false;
}

static void check_cut(struct fixture *f, const struct row *row, size_t cut, size_t len)
{
	struct mjr_writer *writer = open_dump(f->path, row->codec);
	for (size_t i = 0; i < row->count; i++)
		put(writer, &row->packets[i], i == cut ? len : SIZE_MAX);
	mjr_writer_close(writer);
	g_autofree char *units = read_units(f->path);
	g_auto(GStrv) expected = g_strsplit(row->units, " ", -1);
	for (size_t i = 0; expected[i]; i++) {
		bool is_touched = strtoul(expected[i], NULL, 10) == row->packets[cut].timestamp;
		g_assert_true(is_touched || has_same_unit(units, expected[i]));
	}
}

/* Each packet, cut at every byte; the other units are as they were. */
static void test_cuts(struct fixture *f, gconstpointer data)
{
	const struct row *row = data;
	for (size_t i = 0; i < row->count; i++) {
		size_t len = strlen(row->packets[i].hex) / 2;
		for (size_t cut = 0; cut < len; cut++)
			check_cut(f, row, i, cut);
	}
}

static void test_unknown_codec(struct fixture *f, gconstpointer data)
{
	(void)data;
	struct reader *reader = NULL;
	struct depay *depay = NULL;
	mjr_writer_close(mjr_writer_open(f->path, "text"));
	g_assert_cmpint(reader_open(&reader, f->path, NULL), ==, 0);
	struct reorder *reorder = reorder_create(reader);
	g_assert_cmpint(depay_create(&depay, reorder, reader_info(reader)->codec), ==, -ENOTSUP);
	g_assert_null(depay);
	reorder_destroy(reorder);
	reader_close(reader);
}

typedef void (*test_fn)(struct fixture *f, gconstpointer data);

static void add(const struct row *row, const char *suffix, test_fn fn)
{
	g_autofree char *name = g_strconcat(row->name, suffix, NULL);
	g_test_add(name, struct fixture, row, set_up, fn, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		add(&rows[i], "", test_units);
		add(&rows[i], "_shuffled_and_doubled", test_shuffled);
		add(&rows[i], "_cut_anywhere", test_cuts);
	}
	g_test_add("/depay/a_codec_without_a_row_is_refused", struct fixture, NULL, set_up,
		test_unknown_codec, tear_down);
	return g_test_run();
}
