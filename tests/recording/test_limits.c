/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is refused before it can do harm, and in which words. */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/resource.h>

#include "recording/limits.h"
#include "tests/recording/rig.h"

enum {
	KIB = 1 << 10
};

static const struct {
	const char *name;
	struct limits_facts facts;
	int expected;
	const char *text; /* of the reason */
} rows[] = {
	{"nothing_is_near_its_limit", {0, 100, 400, 4, 1024, 500, 1 << 30}, 0, NULL},
	{"the_last_that_is_allowed", {5, 4, 16, 4, 1024, 20, 1 << 30}, 0, NULL},
	{"one_too_many", {5, 5, 20, 4, 1024, 20, 1 << 30}, -EUSERS, "max_recordings is 5"},
	{"the_last_descriptors", {0, 0, 0, 4, 1024, 1024 - 36, 1 << 30}, 0, NULL},
	{"one_descriptor_too_few", {0, 0, 0, 4, 1024, 1024 - 35, 1 << 30}, -EMFILE,
		"989 open files + 4 of this recording + 32 to spare are more than the 1024"},
	{"the_last_memory", {0, 1, 4, 4, 1024, 9, 768 * KIB}, 0, NULL},
	{"too_little_memory", {0, 1, 4, 4, 1024, 9, 767 * KIB}, -ENOMEM,
		"4 rings of this recording × 128 KiB + 4 that run × 64 KiB are more than the 767"},
};

static void judges(gconstpointer data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	g_autofree char *why = NULL;
	g_assert_cmpint(limits_judge(NULL, &rows[i].facts), ==, rows[i].expected);
	g_assert_cmpint(limits_judge(&why, &rows[i].facts), ==, rows[i].expected);
	if (rows[i].text == NULL)
		g_assert_null(why);
	else if (why == NULL || strstr(why, rows[i].text) == NULL)
		g_error("'%s' is not in '%s'", rows[i].text, why);
}

static void set_descriptors(rlim_t count)
{
	struct rlimit limit;
	g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
	limit.rlim_cur = count;
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
}

static int start(struct rig *rig, char **why)
{
	struct recording_spec spec = *rig_spec();
	struct recording *recording = NULL;
	spec.why = why;
	int err = recording_start(&recording, rig->engine, &spec);
	recording_put(recording);
	return err;
}

static void the_number_of_recordings_comes_down_again(void)
{
	struct rig rig;
	g_autofree char *why = NULL;
	rig_init(&rig, &(struct engine_params){.recordings_max = 2});
	struct recording *first = rig_start(&rig, "call");
	struct recording *second = rig_start(&rig, "call");
	g_assert_cmpint(start(&rig, &why), ==, -EUSERS);
	g_assert_cmpstr(why, ==, "2 recordings are running, and max_recordings is 2");
	g_assert_cmpint(start(&rig, NULL), ==, -EUSERS);
	rig_stop(&rig, first);
	g_assert_cmpint(start(&rig, NULL), ==, 0);
	recording_put(second);
	rig_fini(&rig);
}

static void descriptors_are_looked_at_before_a_start(void)
{
	struct rig rig;
	g_autofree char *why = NULL;
	g_autofree char *foreseen = limits_foresee(0);
	struct rlimit before;
	getrlimit(RLIMIT_NOFILE, &before);
	rig_init(&rig, NULL);
	set_descriptors(35);
	g_assert_cmpint(start(&rig, &why), ==, -EMFILE);
	g_assert_nonnull(strstr(why, "RLIMIT_NOFILE"));
	g_autofree char *told = limits_foresee(100);
	set_descriptors(before.rlim_cur);
	g_assert_nonnull(strstr(told, "100 recordings × 4 files + "));
	g_assert_null(foreseen);
	g_assert_cmpint(start(&rig, NULL), ==, 0);
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/limits/%s", rows[i].name);
		g_test_add_data_func(path, GSIZE_TO_POINTER(i), judges);
	}
	g_test_add_func("/limits/the_number_of_recordings_comes_down_again",
		the_number_of_recordings_comes_down_again);
	g_test_add_func("/limits/descriptors_are_looked_at_before_a_start",
		descriptors_are_looked_at_before_a_start);
	return g_test_run();
}
