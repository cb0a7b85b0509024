/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names made of hostile text, and files replaced in one step. */
#include "common/path.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/support.h"

static void makes_components(void)
{
	static const struct {
		const char *text;
		size_t max;
		const char *expected;
	} rows[] = {
		{"camera 1", 255, "camera 1"},
		{"", 255, "_"},
		{".", 255, "_"},
		{"..", 255, "_."},
		{"../../etc/passwd", 255, "_._.._etc_passwd"},
		{"/absolute", 255, "_absolute"},
		{".hidden", 255, "_hidden"},
		{"-option", 255, "_option"},
		{"a\nb\tc\x7f", 255, "a_b_c_"},
		{"c1: \xc2\x85", 255, "c1: __"},
		{"\xff\xfe", 255, "__"},
		{"cut \xe2\x82", 255, "cut __"},
		{"surrogate \xed\xa0\x80", 255, "surrogate ___"},
		{"overlong \xc0\xaf", 255, "overlong __"},
		{"\xc3\xa9t\xc3\xa9", 255, "\xc3\xa9t\xc3\xa9"},
		{"\xc3\xa9t\xc3\xa9", 4, "\xc3\xa9t"},
		{"\xf0\x9f\x8e\xa5", 3, "_"},
		{"abcdef", 3, "abc"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = path_component(rows[i].text, rows[i].max);
		g_assert_cmpstr(name, ==, rows[i].expected);
	}
}

static bool is_safe(const char *name, size_t max)
{
	if (strlen(name) == 0 || strlen(name) > max || !g_utf8_validate(name, -1, NULL))
		return false;
	if (name[0] == '.' || name[0] == '-' || strchr(name, '/') != NULL)
		return false;
	for (const char *c = name; *c != '\0'; c = g_utf8_find_next_char(c, NULL)) {
		if (g_unichar_iscntrl(g_utf8_get_char(c)))
			return false;
	}
	return true;
}

static void every_component_is_safe(void)
{
	for (int i = 0; i < 20000; i++) {
		size_t max = (size_t)g_test_rand_int_range(1, PATH_COMPONENT_MAX + 1);
		g_autofree char *text = support_hostile_name();
		g_autofree char *name = path_component(text, max);
		g_autofree char *again = path_component(name, max);
		g_assert_true(is_safe(name, max));
		g_assert_cmpstr(again, ==, name);
		if (is_safe(text, max))
			g_assert_cmpstr(name, ==, text);
	}
}

static void cuts_between_characters(void)
{
	static const struct {
		const char *text;
		size_t max, expected;
	} rows[] = {
		{"", 0, 0}, {"", 9, 0}, {"abc", 0, 0}, {"abc", 2, 2}, {"abc", 3, 3},
		{"abc", SIZE_MAX, 3}, {"a\xc3\xa9", 1, 1}, {"a\xc3\xa9", 2, 1}, {"a\xc3\xa9", 3, 3},
		{"a\xf0\x9f\x8e\xa5z", 4, 1}, {"a\xf0\x9f\x8e\xa5z", 5, 5},
		{"\x80\x80\x80\x80\x80\x80", 4, 4}, /* not UTF-8: nothing to keep whole */
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_cmpuint(path_cut(rows[i].text, rows[i].max), ==, rows[i].expected);
}

static void replaces_and_reads(void)
{
	g_autofree char *folder = support_folder();
	g_autofree char *path = g_build_filename(folder, "file", NULL);
	g_autofree char *first = NULL, *second = NULL;
	size_t len;
	struct stat status;
	mode_t mask = umask(0);
	g_assert_cmpint(path_replace(path, "one", 3), ==, 0);
	umask(mask);
	g_assert_cmpint(stat(path, &status), ==, 0);
	g_assert_cmpuint(status.st_mode & 07777, ==, 0640);
	g_assert_cmpint(path_read(&first, &len, path, 3), ==, 0);
	g_assert_cmpmem(first, len + 1, "one", 4);

	g_assert_cmpint(path_replace(path, "", 0), ==, 0);
	g_assert_cmpint(path_read(&second, &len, path, 0), ==, 0);
	g_assert_cmpmem(second, len + 1, "", 1);
	g_assert_cmpuint(support_remove(folder), ==, 1);
}

static void the_longest_name_can_be_replaced(void)
{
	g_autofree char *folder = support_folder();
	g_autofree char *name = g_strnfill(PATH_COMPONENT_MAX, 'x');
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_assert_cmpint(path_replace(path, "one", 3), ==, 0);
	g_assert_cmpuint(support_remove(folder), ==, 1);
}

/* A folder stands where the file should: the rename fails after all was written. */
static void a_failed_replacement_leaves_nothing(void)
{
	g_autofree char *folder = support_folder();
	g_autofree char *taken = g_build_filename(folder, "taken", NULL);
	g_autofree char *missing = g_build_filename(folder, "missing", "file", NULL);
	g_assert_cmpint(path_make_folder(taken), ==, 0);
	g_assert_cmpint(path_replace(taken, "one", 3), ==, -EISDIR);
	g_assert_cmpint(path_replace(missing, "one", 3), ==, -ENOENT);
	g_assert_true(g_file_test(taken, G_FILE_TEST_IS_DIR));
	g_assert_cmpuint(support_remove(folder), ==, 1);
}

static void refuses_to_read(void)
{
	g_autofree char *folder = support_folder();
	g_autofree char *path = g_build_filename(folder, "file", NULL);
	g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
	g_autofree char *missing = g_build_filename(folder, "missing", NULL);
	char *text = NULL;
	size_t len = 7;
	g_assert_cmpint(path_replace(path, "four", 4), ==, 0);
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	g_assert_cmpint(path_read(&text, &len, path, 3), ==, -EFBIG);
	g_assert_cmpint(path_read(&text, &len, folder, 3), ==, -EISDIR);
	g_assert_cmpint(path_read(&text, &len, fifo, 3), ==, -EINVAL);
	g_assert_cmpint(path_read(&text, &len, missing, 3), ==, -ENOENT);
	g_assert_true(text == NULL && len == 7);
	g_assert_cmpuint(support_remove(folder), ==, 2);
}

static void makes_folders(void)
{
	g_autofree char *folder = support_folder();
	g_autofree char *a = g_build_filename(folder, "a", NULL);
	g_autofree char *b = g_build_filename(a, "b", NULL);
	g_autofree char *file = g_build_filename(b, "file", NULL);
	g_autofree char *under = g_build_filename(file, "under", NULL);
	g_assert_cmpint(path_make_folder(b), ==, 0);
	g_assert_cmpint(path_make_folder(b), ==, 0);
	g_assert_true(g_file_test(b, G_FILE_TEST_IS_DIR));
	g_assert_cmpint(path_replace(file, "", 0), ==, 0);
	g_assert_cmpint(path_make_folder(file), ==, -ENOTDIR);
	g_assert_cmpint(path_make_folder(under), ==, -ENOTDIR);
	g_assert_cmpuint(support_remove(b), ==, 1);
	g_assert_cmpuint(support_remove(a), ==, 0);
	g_assert_cmpuint(support_remove(folder), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/path/makes components of hostile text", makes_components);
	g_test_add_func("/path/every component of random text is safe", every_component_is_safe);
	g_test_add_func("/path/cuts between characters", cuts_between_characters);
	g_test_add_func("/path/replaces a file and reads it", replaces_and_reads);
	g_test_add_func("/path/the longest name can be replaced", the_longest_name_can_be_replaced);
	g_test_add_func("/path/a failed replacement leaves nothing behind",
		a_failed_replacement_leaves_nothing);
	g_test_add_func("/path/refuses to read what is too large or no file", refuses_to_read);
	g_test_add_func("/path/makes folders", makes_folders);
	return g_test_run();
}
