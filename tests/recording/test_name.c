/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of recordings: safe, short enough, and never taken from anyone. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "recording/name.h"
#include "recording/track.h"
#include "tests/common/support.h"
#include "tests/recording/rig.h"

enum {
	ROUNDS = 10000 / 3 + 1 /* hostile names in each encoding */
};

static const char *const LABELS[] = {"audio", "video", "rtcp"};

struct row {
	const char *name;
	const char *wanted;
	const char *existing[4]; /* files in the folder; "@…" is a dangling link */
	const char *reserved;
};

static const struct row ROWS[] = {
	{"a_free_name_is_taken_as_it_is", "call", {0}, "call"},
	{"a_manifest_takes_the_name", "call", {"call.json"}, "call-1"},
	{"a_part_takes_the_name", "call", {"call-video.mjr"}, "call-1"},
	{"a_dangling_link_takes_the_name", "call", {"@call-rtcp.mjr"}, "call-1"},
	{"a_file_of_another_track_does_not", "call", {"call-data.mjr"}, "call"},
	{"numbers_go_on", "call", {"call.json", "call-1.json", "call-2-audio.mjr"}, "call-3"},
	{"numbers_fill_holes", "call", {"call.json", "call-2.json"}, "call-1"},
	{"another_recording_s_file_is_no_obstacle", "call-audio", {"call.json"}, "call-audio"},
	{"no_way_up", "../../etc/passwd", {0}, "_._.._etc_passwd"},
	{"no_absolute_path", "/etc/passwd", {0}, "_etc_passwd"},
	{"no_dots_alone", "..", {0}, "_."},
	{"no_hidden_file", ".call", {0}, "_call"},
	{"no_option", "-rf", {0}, "_rf"},
	{"no_control_characters", "a\nb\033[31m", {0}, "a_b_[31m"},
	{"no_invalid_utf8", "a\xff\xc3", {0}, "a__"},
	{"spaces_and_other_scripts_stay", "Zoë 会議", {0}, "Zoë 会議"},
	{"an_empty_name_is_something", "", {0}, "_"},
};

static void make_existing(struct rig *rig, const char *file)
{
	g_autofree char *path = g_build_filename(rig->folder, file + (file[0] == '@'), NULL);
	if (file[0] == '@')
		g_assert_cmpint(symlink("nowhere", path), ==, 0);
	else
		g_assert_true(g_file_set_contents(path, "theirs", -1, NULL));
}

static void assert_untouched(struct rig *rig, const char *file)
{
	if (file[0] == '@')
		return;
	GByteArray *content = rig_read(rig, file);
	g_assert_cmpmem(content->data, content->len, "theirs", 6);
	g_byte_array_unref(content);
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	struct rig rig;
	rig_init(&rig, NULL);
	for (size_t i = 0; row->existing[i] != NULL; i++)
		make_existing(&rig, row->existing[i]);
	size_t before = rig_count_files(rig.folder);
	g_autofree char *name = NULL;
	g_assert_cmpint(name_reserve(&name, &rig.disk, rig.folder, row->wanted, NAMING_PLAIN,
				LABELS, G_N_ELEMENTS(LABELS)),
		==, 0);
	g_assert_cmpstr(name, ==, row->reserved);
	g_autofree char *manifest = name_manifest_file(name);
	g_assert_true(rig_exists(&rig, manifest));
	g_assert_cmpuint(rig_count_files(rig.folder), ==, before + 1);
	for (size_t i = 0; row->existing[i] != NULL; i++)
		assert_untouched(&rig, row->existing[i]);
	rig_fini(&rig);
}

/* With all that may follow, a name fits a path component, and is cut between characters. */
static void long_names_are_cut_and_still_numbered(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	GString *wanted = g_string_new("x");
	while (wanted->len < 1000)
		g_string_append(wanted, "議");
	g_autofree char *previous = g_strdup("");
	for (int i = 0; i < 12; i++) {
		char *name = NULL;
		g_assert_cmpint(name_reserve(&name, &rig.disk, rig.folder, wanted->str,
					NAMING_PLAIN, LABELS, G_N_ELEMENTS(LABELS)),
			==, 0);
		g_assert_cmpuint(strlen(name) + NAME_ROOM, <=, PATH_COMPONENT_MAX);
		g_assert_cmpuint(strlen(name) + NAME_ROOM, >, PATH_COMPONENT_MAX - 4);
		g_assert_true(g_utf8_validate(name, -1, NULL));
		g_assert_cmpstr(name, !=, previous);
		g_free(previous);
		previous = name;
	}
	g_assert_true(g_str_has_suffix(previous, "-11"));

	/* The longest file that a recording can have can be made. */
	struct recording *recording = rig_start(&rig, wanted->str);
	track_push_message(recording_track(recording, 3), (const uint8_t *)"rtcp", 4);
	rig_stop(&rig, recording);
	g_string_free(wanted, TRUE);
	rig_fini(&rig);
}

/* What stands behind an encoded name; NULL when it is not one. */
static char *decoded(const char *name, enum naming_encoding encoding)
{
	if (encoding == NAMING_BASE64) {
		static const char *const padding[] = {"", NULL, "==", "="};
		g_autofree char *base64 = g_strconcat(name, padding[strlen(name) % 4], NULL);
		gsize len;
		g_strdelimit(base64, "-", '+');
		g_strdelimit(base64, "_", '/');
		g_autofree guchar *bytes = g_base64_decode(base64, &len);
		return g_strndup((const char *)bytes, len);
	}
	GString *text = g_string_new(NULL);
	for (; name[0] != '\0'; name += 2) {
		g_assert_true(g_ascii_isxdigit(name[0]) && g_ascii_isxdigit(name[1]));
		int byte = 16 * g_ascii_xdigit_value(name[0]) + g_ascii_xdigit_value(name[1]);
		g_string_append_c(text, (char)byte);
	}
	return g_string_free(text, FALSE);
}

/* As much of it as fits, and perhaps a number, which may go on as the wanted name does. */
static void assert_readable(const char *name, enum naming_encoding encoding, const char *wanted)
{
	g_autofree char *text = decoded(name, encoding);
	size_t same = 0;
	while (text[same] != '\0' && text[same] == wanted[same])
		same++;
	bool is_cut = strlen(name) > PATH_COMPONENT_MAX - NAME_ROOM - 16;
	g_assert_true(wanted[same] == '\0' || is_cut);
	bool is_numbered = text[same] == '\0';
	for (size_t from = 0; from <= same && !is_numbered; from++)
		is_numbered = g_regex_match_simple("^-[1-9][0-9]*$", text + from, 0, 0);
	g_assert_true(is_numbered);
}

static void assert_inside(struct rig *rig, const char *name)
{
	g_autofree char *file = name_manifest_file(name);
	g_assert_null(strchr(file, '/'));
	g_assert_cmpuint(strlen(name) + NAME_ROOM, <=, PATH_COMPONENT_MAX);
	g_assert_true(g_utf8_validate(name, -1, NULL));
	g_assert_false(name[0] == '.' || name[0] == '-');
	g_assert_true(rig_exists(rig, file));
}

/* The last number of three in a row wants the name again that another has. */
static void hostile_names_are_safe_unique_and_readable(gconstpointer data)
{
	enum naming_encoding encoding = (enum naming_encoding)GPOINTER_TO_INT(data);
	struct rig rig;
	rig_init(&rig, NULL);
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	size_t before = rig_count_files(rig.folder);
	g_autofree char *wanted = NULL;
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 3 != 2) {
			g_free(wanted);
			wanted = support_hostile_name();
		}
		char *name = NULL;
		int err = name_reserve(&name, &rig.disk, rig.folder, wanted, encoding, LABELS,
			G_N_ELEMENTS(LABELS));
		g_assert_cmpint(err, ==, 0);
		assert_inside(&rig, name);
		g_autofree char *text = g_utf8_make_valid(wanted, -1);
		if (encoding != NAMING_PLAIN && text[0] != '\0')
			assert_readable(name, encoding, text);
		g_assert_true(g_hash_table_add(names, name));
	}
	g_assert_cmpuint(rig_count_files(rig.folder), ==, before + ROUNDS);
	rig_fini(&rig);
}

static void a_folder_that_is_gone_is_an_error(void)
{
	char *name = NULL;
	struct rig rig;
	rig_init(&rig, NULL);
	int err = name_reserve(&name, &rig.disk, "/nonexistent", "call", NAMING_PLAIN, LABELS, 1);
	g_assert_cmpint(err, ==, -ENOENT);
	g_assert_null(name);
	rig_fini(&rig);
}

static void labels_number_the_second_of_a_kind(void)
{
	char label[NAME_LABEL_SIZE];
	name_label(label, CODEC_VIDEO, 0);
	g_assert_cmpstr(label, ==, "video");
	name_label(label, CODEC_VIDEO, 1);
	g_assert_cmpstr(label, ==, "video1");
	name_label(label, CODEC_AUDIO, RECORDING_TRACKS_MAX - 1);
	g_assert_cmpstr(label, ==, "audio31");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_autofree char *path = g_strdup_printf("/name/%s", ROWS[i].name);
		g_test_add_data_func(path, &ROWS[i], test_row);
	}
	g_test_add_func("/name/long_names_are_cut_and_still_numbered",
		long_names_are_cut_and_still_numbered);
	g_test_add_func(
		"/name/a_folder_that_is_gone_is_an_error", a_folder_that_is_gone_is_an_error);
	g_test_add_func(
		"/name/labels_number_the_second_of_a_kind", labels_number_the_second_of_a_kind);
	g_test_add_data_func("/name/hostile_names/plain", GINT_TO_POINTER(NAMING_PLAIN),
		hostile_names_are_safe_unique_and_readable);
	g_test_add_data_func("/name/hostile_names/hex", GINT_TO_POINTER(NAMING_HEX),
		hostile_names_are_safe_unique_and_readable);
	g_test_add_data_func("/name/hostile_names/base64", GINT_TO_POINTER(NAMING_BASE64),
		hostile_names_are_safe_unique_and_readable);
	return g_test_run();
}
