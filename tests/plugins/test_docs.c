/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the documentation says is what the tables say, and what one table says
 * of another.
 */
#include <glib.h>
#include <string.h>

#include "plugins/access.h"
#include "plugins/config.h"
#include "plugins/errors.h"
#include "plugins/gateway.h"
#include "plugins/metrics_table.h"
#include "plugins/request.h"

static char *read_source(const char *folder, const char *file)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, folder, file, NULL);
	char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL))
		g_error("cannot read %s", path);
	return text;
}

static void expect_text(const char *where, const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		g_error("'%s' is not in %s", wanted, where);
}

static unsigned count_text(const char *text, const char *wanted)
{
	unsigned count = 0;
	for (; (text = strstr(text, wanted)); text++)
		count++;
	return count;
}

static void api_has_every_error(void)
{
	g_autofree char *api = read_source("docs", "api.md");
	for (size_t i = 0; errors_at(i); i++) {
		const struct error_entry *entry = errors_at(i);
		g_autofree char *row =
			g_strdup_printf("\n| %d | %s |\n", (int)entry->code, entry->meaning);
		expect_text("api.md", api, row);
	}
}

/* The text from a request's heading to the next. */
static char *section_of(const char *api, const char *request)
{
	g_autofree char *heading = g_strdup_printf("\n### %s\n", request);
	const char *start = strstr(api, heading);
	if (!start)
		g_error("'%s' has no section", request);
	start += strlen(heading);
	const char *end = strstr(start, "\n## ");
	const char *next = strstr(start, "\n### ");
	return g_strndup(start, (size_t)((next && next < end ? next : end) - start));
}

static void api_has_every_request_and_element(void)
{
	g_autofree char *api = read_source("docs", "api.md");
	for (size_t i = 0; request_entry_at(i); i++) {
		const struct request_entry *entry = request_entry_at(i);
		g_autofree char *section = section_of(api, entry->name);
		unsigned rows = 0;
		for (const struct request_arg *arg = entry->args; arg->name; arg++, rows++) {
			g_autofree char *row = g_strdup_printf("\n| `%s` | ", arg->name);
			expect_text(entry->name, section, row);
		}
		g_assert_cmpuint(count_text(section, "\n| `"), ==, rows);
		g_autofree char *call = g_strdup_printf("\"request\": \"%s\"", entry->name);
		g_autofree char *reply = g_strdup_printf("\"event\": \"%s\"", entry->event);
		expect_text(entry->name, section, call);
		expect_text(entry->name, section, reply);
	}
}

/* Every block of JSON in it is JSON. */
static void api_examples_are_json(void)
{
	g_autofree char *api = read_source("docs", "api.md");
	g_auto(GStrv) blocks = g_strsplit(api, "```json\n", -1);
	for (size_t i = 1; blocks[i]; i++) {
		*strstr(blocks[i], "```") = '\0';
		json_error_t error;
		const char *rest = blocks[i];
		while (*rest) {
			json_t *value = json_loads(rest, JSON_DISABLE_EOF_CHECK, &error);
			if (!value)
				g_error("%s in %s", error.text, rest);
			json_decref(value);
			rest += error.position;
			rest += strspn(rest, "\n");
		}
	}
}

static void sample_has_every_key(void)
{
	g_autofree char *sample = read_source("conf", CONFIG_FILE ".sample");
	unsigned rows = 0;
	for (const struct param *row = config_table; row->name; row++, rows++) {
		bool is_text = row->type == PARAM_STRING || row->type == PARAM_CHOICE;
		const char *quote = is_text ? "\"" : "";
		g_autofree char *line = g_strdup_printf("\n\t#%s = %s%s%s\n", row->name, quote,
			row->fallback ? row->fallback : row->example, quote);
		expect_text("the sample", sample, line);
	}
	g_assert_cmpuint(count_text(sample, " = "), ==, rows);
}

static void manual_has_every_key(void)
{
	g_autofree char *manual = read_source("man", CONFIG_FILE ".5");
	unsigned rows = 0;
	for (const struct param *row = config_table; row->name; row++, rows++) {
		g_autofree char *key = g_strdup_printf("\n.BR %s \" (", row->name);
		expect_text("the manual", manual, key);
		g_autofree char *fallback = g_strdup_printf(
			"default %s)", g_strcmp0(row->fallback, "") == 0 ? "none" : row->fallback);
		const char *here = strstr(manual, key);
		g_autofree char *line = g_strndup(here + 1, strcspn(here + 1, "\n"));
		expect_text("the manual", line, row->fallback ? fallback : "not set by default");
		expect_text("the manual", line, row->unit ? row->unit : "");
	}
	g_assert_cmpuint(count_text(manual, "\n.TP\n.BR "), ==, rows);
}

static bool has_arg(const struct request_entry *entry, const char *name)
{
	for (const struct request_arg *arg = entry->args; arg->name; arg++) {
		if (strcmp(arg->name, name) == 0)
			return true;
	}
	return false;
}

/* A new element of such a request is either for operators to forbid, or says what is meant. */
static void policy_has_every_request_and_element(void)
{
	static const char *const others[] = {"stream", "media_session_id", "id", "request_id",
		"secret", "token", "admin_key", NULL};
	for (size_t i = 0; request_entry_at(i); i++) {
		const struct request_entry *entry = request_entry_at(i);
		if (!access_knows_request(entry->name))
			g_error("'%s' has no row in access.c", entry->name);
		if (!has_arg(entry, "token") && !(entry->flags & REQUEST_CLIENT_ONLY))
			continue;
		for (const struct request_arg *arg = entry->args; arg->name; arg++) {
			if (access_knows_field(arg->name) == g_strv_contains(others, arg->name))
				g_error("'%s' of %s: is it in ACCESS_FIELDS?", arg->name,
					entry->name);
		}
	}
	g_assert_false(access_knows_request("nonesuch"));
	g_assert_false(access_knows_field(""));
	g_assert_false(access_knows_field("nam"));
	g_assert_false(access_knows_field("name,opusred"));
}

/* "`state`: ok, low", or nothing. The caller frees it. */
static char *label_of(const struct metrics_row *row)
{
	GString *text = g_string_new(NULL);
	if (row->label)
		g_string_append_printf(text, "`%s`: ", row->label);
	for (size_t i = 0; row->label && row->values[i]; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", row->values[i]);
	return g_string_free(text, FALSE);
}

static void metrics_are_documented(void)
{
	g_autofree char *text = read_source("docs", "metrics.md");
	unsigned rows = 0;
	for (const struct metrics_row *row = metrics_table; row->name; row++, rows++) {
		g_autofree char *label = label_of(row);
		g_autofree char *line =
			g_strdup_printf("\n| `" METRICS_PREFIX "%s` | %s | %s | %s |\n", row->name,
				metrics_table_type_name(row->type), label, row->help);
		expect_text("metrics.md", text, line);
	}
	g_assert_cmpuint(count_text(text, "\n| `" METRICS_PREFIX), ==, rows);
}

static void knows_the_versions_of_the_plugin_api(void)
{
	static const int versions[][2] = {{999, 0}, {1102, 102}, {1104, 102}, {1200, 102},
		{1201, 103}, {1202, 104}, {1203, 105}, {1300, 105}, {1301, 106}, {1402, 106}};
	for (size_t i = 0; i < G_N_ELEMENTS(versions); i++)
		g_assert_cmpint(gateway_api_of(versions[i][0]), ==, versions[i][1]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/the API has every error", api_has_every_error);
	g_test_add_func(
		"/the API has every request and element", api_has_every_request_and_element);
	g_test_add_func("/the API's examples are JSON", api_examples_are_json);
	g_test_add_func(
		"/the policy has every request and element", policy_has_every_request_and_element);
	g_test_add_func("/the sample has every key", sample_has_every_key);
	g_test_add_func("/the manual has every key", manual_has_every_key);
	g_test_add_func("/the metrics are documented", metrics_are_documented);
	g_test_add_func(
		"/knows the versions of the plugin API", knows_the_versions_of_the_plugin_api);
	return g_test_run();
}
