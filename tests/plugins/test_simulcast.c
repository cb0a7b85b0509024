/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Layers in, one continuous RTP stream out: scenarios as tables of packets.
 */
#include "plugins/simulcast.h"

#include <glib.h>
#include <string.h>

#include "common/bytes.h"

enum {
	RID_EXT = 10,
	PACKET_SIZE = 12 + 8 + 3, /* header, extension, payload */
	LOW = 0,
	MIDDLE = 1,
	HIGH = 2,
};

/* A packet that comes in, and what becomes of it. */
struct step {
	int at_ms;
	int layer;
	uint16_t seq;
	uint32_t timestamp;
	bool is_keyframe;
	bool is_taken;
	uint16_t out_seq;
	uint32_t out_timestamp;
	bool wants_keyframe; /* afterwards */
};

#define END                 \
	{                   \
		.at_ms = -1 \
	}
#define KEY       true
#define DELTA     false
#define TAKEN     true
#define PASSED_BY false, 0, 0

/* Times in ms; the clock of the timestamps has 90 ticks per ms. */
static const struct step one_layer[] = {
	{0, LOW, 100, 5000, KEY, TAKEN, 100, 5000, false},
	{33, LOW, 101, 8000, DELTA, TAKEN, 101, 8000, false},
	{34, LOW, 103, 8000, DELTA, TAKEN, 103, 8000, false},
	{35, LOW, 102, 8000, DELTA, TAKEN, 102, 8000, false}, /* late, but in its place */
	END,
};

static const struct step goes_up_at_a_keyframe[] = {
	{0, LOW, 100, 5000, KEY, TAKEN, 100, 5000, false},
	{10, HIGH, 900, 77000, DELTA, PASSED_BY, true},
	{20, LOW, 101, 6800, DELTA, TAKEN, 101, 6800, true},
	{30, HIGH, 901, 79000, KEY, TAKEN, 102, 7700, false}, /* 10 ms after the newest */
	{40, LOW, 102, 8600, KEY, PASSED_BY, false},
	{50, HIGH, 902, 80800, DELTA, TAKEN, 103, 9500, false},
	END,
};

static const struct step takes_the_best_and_not_the_middle[] = {
	{0, LOW, 100, 5000, KEY, TAKEN, 100, 5000, false},
	{10, HIGH, 900, 77000, DELTA, PASSED_BY, true},
	{20, MIDDLE, 500, 33000, KEY, PASSED_BY, true},
	{30, HIGH, 901, 78000, KEY, TAKEN, 101, 7700, false},
	END,
};

static const struct step goes_down_after_silence[] = {
	{0, HIGH, 900, 1000, KEY, TAKEN, 900, 1000, false},
	{10, LOW, 100, 5000, KEY, PASSED_BY, false},
	{249, LOW, 101, 6000, KEY, PASSED_BY, false}, /* not silent for long enough */
	{250, LOW, 102, 7000, DELTA, PASSED_BY, true},
	{260, LOW, 103, 8000, KEY, TAKEN, 901, 24400, false}, /* 260 ms × 90 after 1000 */
	{270, LOW, 104, 8900, DELTA, TAKEN, 902, 25300, false},
	{280, HIGH, 901, 9000, DELTA, PASSED_BY, true}, /* back, but with no keyframe */
	{290, HIGH, 902, 9000, KEY, TAKEN, 903, 27100, false},
	END,
};

static const struct step drops_what_comes_late_after_a_switch[] = {
	{0, LOW, 100, 5000, KEY, TAKEN, 100, 5000, false},
	{10, HIGH, 900, 77000, KEY, TAKEN, 101, 5900, false},
	{11, HIGH, 899, 76000, DELTA, PASSED_BY, false},
	{12, HIGH, 901, 77000, DELTA, TAKEN, 102, 5900, false},
	END,
};

static const struct step goes_on_across_the_wraps[] = {
	{0, LOW, 65535, 0xffffff00, KEY, TAKEN, 65535, 0xffffff00, false},
	{10, LOW, 0, 0x00000284, DELTA, TAKEN, 0, 0x00000284, false},
	{20, HIGH, 65535, 7, KEY, TAKEN, 1, 0x00000284 + 900, false},
	{30, HIGH, 0, 907, DELTA, TAKEN, 2, 0x00000284 + 1800, false},
	END,
};

static const struct step waits_for_the_first_keyframe[] = {
	{0, LOW, 100, 5000, DELTA, PASSED_BY, true},
	{10, LOW, 101, 5900, KEY, TAKEN, 101, 5900, false},
	END,
};

static const struct step switches_between_encrypted_pictures[] = {
	{0, LOW, 100, 5000, DELTA, TAKEN, 100, 5000, false},
	{10, HIGH, 900, 77000, DELTA, TAKEN, 101, 5900, false},
	{20, HIGH, 901, 77900, DELTA, TAKEN, 102, 6800, false},
	END,
};

static const struct scenario {
	const char *name;
	const struct step *steps;
	bool is_encrypted;
	bool has_ssrcs; /* known from the offer, no RID in the packets */
} scenarios[] = {
	{"one layer goes through as it is", one_layer, false, false},
	{"it goes up at a keyframe", goes_up_at_a_keyframe, false, false},
	{"the same with SSRCs from the offer", goes_up_at_a_keyframe, false, true},
	{"it takes the best and not the middle", takes_the_best_and_not_the_middle, false, false},
	{"it goes down after silence", goes_down_after_silence, false, false},
	{"it drops what comes late after a switch", drops_what_comes_late_after_a_switch, false,
		false},
	{"it goes on across the wraps", goes_on_across_the_wraps, false, false},
	{"it waits for the first keyframe", waits_for_the_first_keyframe, false, false},
	{"it switches between encrypted pictures", switches_between_encrypted_pictures, true,
		false},
};

static uint32_t ssrc_of(int layer)
{
	return 1000 + (uint32_t)layer;
}

/* RFC 8285 one-byte extension with the RID in front of a VP8 payload. */
static size_t make_packet(uint8_t out[PACKET_SIZE], const struct step *step, bool has_rid)
{
	memset(out, 0, PACKET_SIZE);
	out[0] = 0x90;
	out[1] = 0x80 | 96;
	bytes_put_u16(out + 2, step->seq);
	bytes_put_u32(out + 4, step->timestamp);
	bytes_put_u32(out + 8, ssrc_of(step->layer));
	bytes_put_u16(out + 12, 0xbede);
	bytes_put_u16(out + 14, 1);
	out[16] = has_rid ? RID_EXT << 4 : 0;
	out[17] = has_rid ? (uint8_t) "lmh"[step->layer] : 0;
	out[20] = 0x10;
	out[21] = step->is_keyframe ? 0x00 : 0x01;
	return PACKET_SIZE;
}

static struct simulcast *make_simulcast(const struct scenario *scenario)
{
	struct simulcast_params params = {
		.codec = codec_find("vp8"), .is_encrypted = scenario->is_encrypted};
	/* The gateway lists RIDs best first, and SSRCs worst first. */
	json_t *entry = scenario->has_ssrcs ? json_pack("{s:[i,i,i]}", "ssrcs", 1000, 1001, 1002)
					    : json_pack("{s:[s,s,s], s:i}", "rids", "h", "m", "l",
						      "rid-ext", RID_EXT);
	simulcast_params_from_json(&params, entry);
	json_decref(entry);
	g_assert_cmpuint(params.layer_count, ==, 3);
	return simulcast_create(&params);
}

static void check_packet(const uint8_t *raw, const struct step *step, uint32_t *ssrc)
{
	g_assert_cmpuint(bytes_get_u16(raw + 2), ==, step->out_seq);
	g_assert_cmpuint(bytes_get_u32(raw + 4), ==, step->out_timestamp);
	if (*ssrc == 0)
		*ssrc = bytes_get_u32(raw + 8);
	g_assert_cmpuint(bytes_get_u32(raw + 8), ==, *ssrc);
}

static void plays(const void *data)
{
	const struct scenario *scenario = data;
	struct simulcast *simulcast = make_simulcast(scenario);
	bool has_spoken[3] = {false};
	uint32_t ssrc = 0;
	for (const struct step *step = scenario->steps; step->at_ms >= 0; step++) {
		uint8_t raw[PACKET_SIZE];
		/* Browsers send the RID in the first packets only. */
		size_t len =
			make_packet(raw, step, !scenario->has_ssrcs && !has_spoken[step->layer]);
		has_spoken[step->layer] = true;
		struct rtp_packet packet;
		g_assert_cmpint(rtp_parse(&packet, (struct bytes){raw, len}), ==, 0);
		int64_t now_us = 1 + (int64_t)step->at_ms * 1000;
		g_test_message("step %td", step - scenario->steps);
		bool is_taken = simulcast_take(simulcast, raw, &packet, now_us);
		g_assert_cmpint(is_taken, ==, step->is_taken);
		if (is_taken)
			check_packet(raw, step, &ssrc);
		g_assert_cmpint(simulcast_wants_keyframe(simulcast), ==, step->wants_keyframe);
	}
	simulcast_destroy(simulcast);
}

/* A compound of two sender reports; the first from `layer`, the second from a stranger. */
static void make_reports(uint8_t out[56], int layer, uint32_t timestamp)
{
	memset(out, 0, 56);
	for (int i = 0; i < 2; i++, out += 28) {
		bytes_put_u32(out, 0x80c80006);
		bytes_put_u32(out + 4, i == 0 ? ssrc_of(layer) : 77);
		bytes_put_u32(out + 16, timestamp);
	}
}

static void expect_untouched(struct simulcast *simulcast, int layer, size_t len)
{
	uint8_t reports[56], before[56];
	make_reports(reports, layer, 80000);
	make_reports(before, layer, 80000);
	simulcast_translate(simulcast, reports, len);
	g_assert_cmpmem(reports, sizeof reports, before, sizeof before);
}

static void translates_the_reports_of_the_current_layer(void)
{
	static const struct scenario by_ssrc = {"", NULL, false, true};
	static const struct step steps[] = {
		{0, LOW, 100, 5000, KEY, TAKEN, 100, 5000, false},
		{10, HIGH, 900, 77000, KEY, TAKEN, 101, 5900, false},
	};
	struct simulcast *simulcast = make_simulcast(&by_ssrc);
	uint8_t raw[PACKET_SIZE];
	expect_untouched(simulcast, HIGH, 56); /* no layer yet */
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		struct rtp_packet packet;
		size_t len = make_packet(raw, &steps[i], false);
		g_assert_cmpint(rtp_parse(&packet, (struct bytes){raw, len}), ==, 0);
		g_assert_true(simulcast_take(simulcast, raw, &packet, 1 + steps[i].at_ms * 1000));
	}
	uint8_t reports[56], before[56];
	make_reports(reports, HIGH, 80000);
	make_reports(before, HIGH, 80000);
	simulcast_translate(simulcast, reports, sizeof reports);
	/* 3000 ticks after the packet that became 5900. */
	g_assert_cmpuint(bytes_get_u32(reports + 16), ==, 8900);
	g_assert_cmpuint(bytes_get_u32(reports + 4), ==, bytes_get_u32(raw + 8));
	g_assert_cmpmem(reports + 28, 28, before + 28, 28);
	expect_untouched(simulcast, LOW, 56);
	expect_untouched(simulcast, HIGH, 27); /* cut off */
	simulcast_destroy(simulcast);
}

static void passes_strangers_by(void)
{
	static const struct scenario by_rid = {"", NULL, false, false};
	struct simulcast *simulcast = make_simulcast(&by_rid);
	struct step step = {.layer = LOW, .seq = 1, .is_keyframe = true};
	uint8_t raw[PACKET_SIZE];
	struct rtp_packet packet;
	size_t len = make_packet(raw, &step, false); /* neither RID nor a known SSRC */
	g_assert_cmpint(rtp_parse(&packet, (struct bytes){raw, len}), ==, 0);
	g_assert_false(simulcast_take(simulcast, raw, &packet, 1));
	make_packet(raw, &step, true);
	raw[17] = 'x'; /* a RID that was not offered */
	g_assert_cmpint(rtp_parse(&packet, (struct bytes){raw, len}), ==, 0);
	g_assert_false(simulcast_take(simulcast, raw, &packet, 1));
	simulcast_destroy(simulcast);
}

static void copes_with_hostile_descriptions(void)
{
	static const char *const entries[] = {"{}", "[]", "{\"rids\": 1}", "{\"rids\": [1, null]}",
		"{\"rid-ext\": 99}", "{\"rids\": [\"a\", \"b\", \"c\", \"d\", \"e\"]}",
		"{\"rids\": [\"0123456789012345678901234567890\", \"b\"], \"rid-ext\": -1}",
		"{\"ssrcs\": [1, 2, 3, 4, 5]}", "{\"ssrcs\": [\"x\", 99999999999]}"};
	for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
		struct simulcast_params params = {.codec = codec_find("vp8")};
		json_t *entry = json_loads(entries[i], 0, NULL);
		simulcast_params_from_json(&params, entry);
		json_decref(entry);
		g_assert_cmpuint(params.layer_count, <=, SIMULCAST_LAYERS_MAX);
		g_assert_cmpuint(params.rid_ext_id, ==, 0);
		simulcast_destroy(simulcast_create(&params));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++) {
		g_autofree char *path = g_strdup_printf("/%s", scenarios[i].name);
		g_test_add_data_func(path, &scenarios[i], plays);
	}
	g_test_add_func("/it translates the reports of the current layer",
		translates_the_reports_of_the_current_layer);
	g_test_add_func("/strangers are passed by", passes_strangers_by);
	g_test_add_func("/it copes with hostile descriptions", copes_with_hostile_descriptions);
	return g_test_run();
}
