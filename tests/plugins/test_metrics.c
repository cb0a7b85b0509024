/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Metrics in the whole plugin: as JSON, as text that a strict reader takes, and in
 * the operator's file.
 */
#include "plugins/metrics_table.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/plugins/scene.h"

static json_t *ask(struct gateway *gateway, const char *request)
{
	return scene_result(gateway_admin(gateway, scene_json(request)));
}

static char *ask_text(struct gateway *gateway)
{
	json_t *result = ask(gateway, "{\"request\": \"stats\", \"format\": \"prometheus\"}");
	char *text = g_strdup(json_string_value(json_object_get(result, "text")));
	json_decref(result);
	return text;
}

/* --- a reader of the text format 0.0.4 that takes nothing but what we may say --- */

/* NAME{LABEL="VALUE"} as the key, the number as the value. Fails on anything else. */
static GHashTable *read_text(const char *text)
{
	static const char SAMPLE[] =
		"^(" METRICS_PREFIX "[a-z_]+)(\\{([a-z]+)=\"([a-zA-Z0-9.+]+)\"\\})? ([0-9.]+)$";
	static const char HELP[] = "^# HELP (" METRICS_PREFIX "[a-z_]+) [A-Z0-9][^\\\\\"]*\\.$";
	static const char TYPE[] = "^# TYPE (" METRICS_PREFIX "[a-z_]+) (counter|gauge|histogram)$";
	g_autoptr(GRegex) sample = g_regex_new(SAMPLE, 0, 0, NULL);
	g_autoptr(GRegex) help = g_regex_new(HELP, 0, 0, NULL);
	g_autoptr(GRegex) type = g_regex_new(TYPE, 0, 0, NULL);
	GHashTable *samples = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autofree char *name = g_strdup("none");
	bool has_help = false;
	g_assert_true(g_str_has_suffix(text, "\n"));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (size_t i = 0; lines[i + 1]; i++) {
		g_autoptr(GMatchInfo) match = NULL;
		if (g_regex_match(help, lines[i], 0, &match)) {
			g_free(name);
			name = g_match_info_fetch(match, 1);
			has_help = true;
			continue;
		}
		g_clear_pointer(&match, g_match_info_free);
		if (g_regex_match(type, lines[i], 0, &match)) {
			g_autofree char *typed = g_match_info_fetch(match, 1);
			g_assert_cmpstr(typed, ==, name);
			g_assert_true(has_help);
			g_autofree char *word = g_match_info_fetch(match, 2);
			g_assert_true(
				strcmp(word, "counter") != 0 || g_str_has_suffix(name, "_total"));
			has_help = false;
			continue;
		}
		g_clear_pointer(&match, g_match_info_free);
		if (!g_regex_match(sample, lines[i], 0, &match))
			g_error("no line of the format: '%s'", lines[i]);
		g_assert_true(g_str_has_prefix(lines[i], name));
		g_assert_false(has_help);
		char *end = strrchr(lines[i], ' ');
		char *key = g_strndup(lines[i], (size_t)(end - lines[i]));
		g_assert_true(g_hash_table_insert(samples, key, g_strdup(end + 1)));
	}
	return samples;
}

static void expect_sample(GHashTable *samples, const char *key, const char *value)
{
	const char *found = g_hash_table_lookup(samples, key);
	if (!found)
		g_error("no %s", key);
	if (value)
		g_assert_cmpstr(found, ==, value);
}

/* Every value of every row is in the text, and as many in the JSON. */
static void expect_rows(GHashTable *samples, const json_t *metrics)
{
	size_t rows = 0;
	for (const struct metrics_row *row = metrics_table; row->name; row++, rows++) {
		const json_t *json = json_object_get(metrics, row->name);
		g_assert_nonnull(json);
		if (row->type == METRICS_HISTOGRAM) {
			g_autofree char *count =
				g_strconcat(METRICS_PREFIX, row->name, "_count", NULL);
			g_autofree char *last = g_strconcat(
				METRICS_PREFIX, row->name, "_bucket{le=\"+Inf\"}", NULL);
			expect_sample(samples, last, g_hash_table_lookup(samples, count));
			g_assert_nonnull(json_object_get(json, "count"));
			continue;
		}
		for (size_t i = 0; row->label && row->values[i]; i++) {
			g_autofree char *key = g_strdup_printf(METRICS_PREFIX "%s{%s=\"%s\"}",
				row->name, row->label, row->values[i]);
			expect_sample(samples, key, NULL);
			g_assert_true(json_is_integer(json_object_get(json, row->values[i])));
		}
		g_autofree char *key = g_strconcat(METRICS_PREFIX, row->name, NULL);
		if (!row->label)
			expect_sample(samples, key, NULL);
		g_assert_cmpuint(json_is_object(json), ==, row->label != NULL);
	}
	g_assert_cmpuint(json_object_size(metrics), ==, rows);
}

static void tells_what_has_happened(void)
{
	struct gateway *gateway = gateway_start("flush_interval = 10");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	scene_send_all(&scene, 10);
	json_t *result = ask(gateway, "{\"request\": \"stats\"}");
	g_assert_cmpuint(json_array_size(json_object_get(result, "stalled")), ==, 0);
	g_autofree char *text = ask_text(gateway);
	g_autoptr(GHashTable) samples = read_text(text);
	expect_rows(samples, json_object_get(result, "metrics"));
	expect_sample(samples, METRICS_PREFIX "streams{state=\"publishing\"}", "1");
	expect_sample(samples, METRICS_PREFIX "recordings_running", "1");
	expect_sample(samples, METRICS_PREFIX "recordings_stalled", "0");
	expect_sample(samples, METRICS_PREFIX "ring_capacity_bytes", "4194304");
	json_decref(result);
	gateway_hangup(scene.handle);
	g_free(scene_wait_finished(&scene, "hangup"));
	g_autofree char *later = ask_text(gateway);
	g_autoptr(GHashTable) ended = read_text(later);
	expect_sample(ended, METRICS_PREFIX "streams{state=\"publishing\"}", "0");
	expect_sample(ended, METRICS_PREFIX "recordings_running", "0");
	expect_sample(ended, METRICS_PREFIX "recordings_ended_total{outcome=\"complete\"}", "1");
	expect_sample(ended, METRICS_PREFIX "recorded_packets_total", "40");
	expect_sample(ended, METRICS_PREFIX "recordings_listed", "1");
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void refuses_strangers_and_other_formats(void)
{
	struct gateway *gateway = gateway_start("admin_key = \"open\"");
	json_t *reply = gateway_admin(gateway, scene_json("{\"request\": \"stats\"}"));
	scene_expect_error(reply, 403, "'admin_key' is missing or wrong");
	json_decref(reply);
	reply = gateway_request(gateway_attach(gateway), scene_json("{\"request\": \"stats\"}"));
	scene_expect_error(reply, 403, "'admin_key' is missing or wrong");
	json_decref(reply);
	reply = gateway_admin(gateway,
		scene_json(
			"{\"request\": \"stats\", \"admin_key\": \"open\", \"format\": \"xml\"}"));
	scene_expect_error(reply, 400, "format = 'xml': allowed are json, prometheus");
	json_decref(reply);
	gateway_stop(gateway);
}

/* Waits until the file has this line. */
static void wait_for_line(const char *path, const char *line)
{
	gint64 end_us = g_get_monotonic_time() + GATEWAY_PATIENCE_US;
	bool has_line = false;
	while (!has_line && g_get_monotonic_time() < end_us) {
		g_autofree char *text = NULL;
		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue;
		/* Never half of it. */
		g_hash_table_unref(read_text(text));
		has_line = strstr(text, line) != NULL;
		g_thread_yield();
	}
	if (!has_line)
		g_error("no '%s' in '%s'", line, path);
}

static void keeps_a_file_up_to_date(void)
{
	g_autofree char *folder = g_dir_make_tmp("metrics-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "recorder.prom", NULL);
	g_autofree char *settings =
		g_strdup_printf("metrics_file = \"%s\"\nmetrics_interval = 1", path);
	struct gateway *gateway = gateway_start(settings);
	wait_for_line(path, METRICS_PREFIX "recordings_running 0\n");
	GStatBuf status;
	g_assert_cmpint(g_stat(path, &status), ==, 0);
	g_assert_cmpuint(status.st_mode & 07777, ==, 0644);
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	wait_for_line(path, METRICS_PREFIX "recordings_running 1\n");
	scene_fini(&scene);
	gateway_stop(gateway);
	/* Neither it nor anything beside it is left. */
	g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void says_once_that_a_file_cannot_be_written(void)
{
	struct gateway *gateway = gateway_start("metrics_file = \"/dev/null/x.prom\"");
	json_decref(ask(gateway, "{\"request\": \"stats\"}"));
	gateway_stop(gateway);
	g_autofree char *log = gateway_log_text();
	g_assert_nonnull(strstr(log, "metrics_file '/dev/null/x.prom' cannot be written: Not a"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func("/tells what has happened", tells_what_has_happened);
	g_test_add_func(
		"/refuses strangers and other formats", refuses_strangers_and_other_formats);
	g_test_add_func("/keeps a file up to date", keeps_a_file_up_to_date);
	g_test_add_func("/says once that a file cannot be written",
		says_once_that_a_file_cannot_be_written);
	return g_test_run();
}
