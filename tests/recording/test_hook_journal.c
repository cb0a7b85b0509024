/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs as text, and in the journal: of this engine, of dead ones, and of whoever wrote there. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording/hook_journal.h"
#include "tests/recording/rig.h"

#define SELF  "0a1d4c5e-60f6-4f0b-b0c9-5b0c1a3f7e11"
#define OTHER "1b2e5d6f-60f6-4f0b-b0c9-5b0c1a3f7e22"
#define CALL  "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

static struct hook_job *make_job(uint64_t order)
{
	struct hook_job *job = g_new0(struct hook_job, 1);
	job->order = order;
	job->hook = g_strdup("on_record_hook_script");
	job->recording = g_strdup(CALL);
	job->key = g_strdup(CALL ":recording_finished");
	job->event = json_pack("{ss ss ss ss s{ss ss}}", "event", "recording_finished", "stream",
		"-a\n$(b)", "folder", "/srv", "manifest", "call.json", "recording", "id", CALL,
		"name", "call");
	return job;
}

/* --- text --- */

static void a_job_survives_being_written(void)
{
	struct hook_job *job = make_job(INT64_MAX), *again = NULL;
	job->attempts = 7;
	job->output = g_strdup("/srv/call.mp4");
	char *text = hook_job_to_text(job);
	g_assert_cmpint(hook_job_from_text(&again, text, strlen(text), NULL), ==, 0);
	g_assert_cmpuint(again->order, ==, job->order);
	g_assert_cmpuint(again->attempts, ==, 7);
	g_assert_cmpstr(again->hook, ==, job->hook);
	g_assert_cmpstr(again->recording, ==, job->recording);
	g_assert_cmpstr(again->key, ==, job->key);
	g_assert_cmpstr(again->output, ==, job->output);
	g_assert_true(json_equal(again->event, job->event));
	free(text);
	hook_job_free(again);
	hook_job_free(job);
}

/* One member of a good job is replaced; NULL: it goes. */
static const struct {
	const char *parent, *member;
	const char *value;
	const char *what;
} bad[] = {
	{NULL, "version", "2", "version is not 1"},
	{NULL, "order", "-1", "order is not a number"},
	{NULL, "order", "1.5", "order is not a number"},
	{NULL, "attempts", "1000001", "attempts is not"},
	{NULL, "hook", "\"../../etc/cron.d/x\"", "hook is not a word"},
	{NULL, "hook", "\"\"", "hook is not a word"},
	{NULL, "hook", NULL, "hook is not a word"},
	{NULL, "recording", "\"../x\"", "recording is not a UUID"},
	{NULL, "key", "7", "key is not a text"},
	{NULL, "output", "\"call.mp4\"", "output is not an absolute path"},
	{NULL, "output", "null", "output is not an absolute path"},
	{NULL, "event", "[]", "event.event is not a word"},
	{NULL, "event", NULL, "event.event is not a word"},
	{"event", "event", "\"a b\"", "event.event is not a word"},
	{"event", "stream", NULL, "event.stream is not a text"},
	{"event", "folder", NULL, "event.folder is not an absolute path"},
	{"event", "folder", "\"srv\"", "event.folder is not an absolute path"},
	{"event", "manifest", "\"../call.json\"", "event.manifest is not the name of a file"},
	{"event", "file", "\"call-audio.mjr\"", "event.file is not an absolute path"},
};

static void refuses_what_is_no_job(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct hook_job *job = make_job(1), *none = NULL;
		g_autofree char *what = NULL;
		char *text = hook_job_to_text(job);
		json_t *json = json_loads(text, 0, NULL);
		json_t *parent = bad[i].parent ? json_object_get(json, bad[i].parent) : json;
		free(text);
		json_object_del(parent, bad[i].member);
		if (bad[i].value != NULL)
			json_object_set_new(parent, bad[i].member,
				json_loads(bad[i].value, JSON_DECODE_ANY, NULL));
		text = json_dumps(json, 0);
		g_assert_cmpint(hook_job_from_text(&none, text, strlen(text), &what), ==, -EBADMSG);
		if (what == NULL || strstr(what, bad[i].what) == NULL)
			g_error("'%s' is not '%s'", what, bad[i].what);
		free(text);
		json_decref(json);
		hook_job_free(job);
	}
}

static void the_path_is_what_was_made_else_the_part_else_the_manifest(void)
{
	struct hook_job *job = make_job(1);
	g_autofree char *manifest = hook_job_path(job);
	g_assert_cmpstr(manifest, ==, "/srv/call.json");
	json_object_set_new(job->event, "file", json_string("/srv/call-audio.mjr"));
	g_autofree char *part = hook_job_path(job);
	g_assert_cmpstr(part, ==, "/srv/call-audio.mjr");
	job->output = g_strdup("/srv/call.mp4");
	g_autofree char *output = hook_job_path(job);
	g_assert_cmpstr(output, ==, "/srv/call.mp4");
	hook_job_free(job);
}

/* --- journal --- */

struct scene {
	char *folder;
	GString *read; /* orders, as "1 2 " */
	unsigned damaged;
	unsigned limit; /* jobs that are taken; 0: all */
};

static void scene_init(struct scene *scene)
{
	*scene = (struct scene){
		.folder = g_dir_make_tmp("journal-XXXXXX", NULL), .read = g_string_new(NULL)};
}

static void scene_fini(struct scene *scene)
{
	rig_remove_tree(scene->folder);
	g_string_free(scene->read, TRUE);
	g_free(scene->folder);
}

static struct hook_journal *open_journal(const struct scene *scene, const char *engine)
{
	const struct hook_journal_params params = {
		.disk = disk_system(), .folder = scene->folder, .engine = engine};
	struct hook_journal *journal = NULL;
	g_assert_cmpint(hook_journal_create(&journal, &params), ==, 0);
	return journal;
}

static bool on_job(struct hook_job *job, size_t bytes, void *ctx)
{
	struct scene *scene = ctx;
	g_assert_cmpuint(bytes, >, 0);
	g_string_append_printf(scene->read, "%u ", (unsigned)job->order);
	hook_job_free(job);
	return --scene->limit != 0;
}

static void on_damage(const char *file, const char *why, void *ctx)
{
	struct scene *scene = ctx;
	g_assert_nonnull(file);
	g_assert_nonnull(why);
	scene->damaged++;
}

static const char *read_journal(struct scene *scene, const struct hook_journal *journal)
{
	g_string_truncate(scene->read, 0);
	hook_journal_read(journal, on_job, on_damage, scene);
	return scene->read->str;
}

static void add(const struct hook_journal *journal, uint64_t order)
{
	struct hook_job *job = make_job(order);
	g_assert_cmpint(hook_journal_add(journal, job), ==, 0);
	hook_job_free(job);
}

static void jobs_are_read_oldest_first_until_removed(void)
{
	struct scene scene;
	scene_init(&scene);
	struct hook_journal *journal = open_journal(&scene, SELF);
	g_assert_cmpuint(hook_journal_last_order(journal), ==, 0);
	add(journal, 300);
	add(journal, 20);
	add(journal, 1);
	g_assert_cmpstr(read_journal(&scene, journal), ==, "1 20 300 ");
	g_assert_cmpuint(hook_journal_last_order(journal), ==, 300);
	scene.limit = 2;
	g_assert_cmpstr(read_journal(&scene, journal), ==, "1 20 ");
	scene.limit = 0;
	struct hook_job *job = make_job(20);
	hook_journal_remove(journal, job);
	hook_job_free(job);
	g_assert_cmpstr(read_journal(&scene, journal), ==, "1 300 ");
	hook_journal_destroy(journal);
	scene_fini(&scene);
}

static void what_the_dead_have_left_is_taken_over(void)
{
	struct scene scene;
	scene_init(&scene);
	struct hook_journal *dead = open_journal(&scene, OTHER);
	add(dead, 7);
	g_autofree char *torn =
		g_build_filename(hook_journal_folder(dead), ".replace-abcdef", NULL);
	g_assert_true(g_file_set_contents(torn, "{\"ver", -1, NULL));
	struct hook_journal *journal = open_journal(&scene, SELF);
	g_autoptr(GHashTable) living = g_hash_table_new(g_str_hash, g_str_equal);
	char other[] = OTHER;
	g_hash_table_add(living, other);
	hook_journal_adopt(journal, living);
	g_assert_cmpstr(read_journal(&scene, journal), ==, "");
	hook_journal_destroy(journal);

	g_hash_table_remove_all(living);
	journal = open_journal(&scene, SELF);
	hook_journal_adopt(journal, living);
	g_assert_cmpstr(read_journal(&scene, journal), ==, "7 ");
	g_assert_false(g_file_test(hook_journal_folder(dead), G_FILE_TEST_EXISTS));
	hook_journal_destroy(dead);
	hook_journal_destroy(journal);
	scene_fini(&scene);
}

static void what_was_given_up_is_kept_with_all_its_attempts(void)
{
	struct scene scene;
	scene_init(&scene);
	struct hook_journal *journal = open_journal(&scene, SELF);
	struct hook_job *job = make_job(9), *kept = NULL;
	job->attempts = 5;
	g_assert_cmpint(hook_journal_add(journal, job), ==, 0);
	hook_journal_give_up(journal, job);
	g_assert_cmpstr(read_journal(&scene, journal), ==, "");
	g_autofree char *file = hook_job_file(job);
	g_autofree char *path = g_build_filename(scene.folder, ".hooks", "failed", file, NULL);
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_cmpint(hook_job_from_text(&kept, text, strlen(text), NULL), ==, 0);
	g_assert_cmpuint(kept->attempts, ==, 0);
	hook_job_free(kept);
	hook_job_free(job);
	hook_journal_destroy(journal);
	scene_fini(&scene);
}

static void write_file(
	const struct hook_journal *journal, const char *file, const char *text, size_t len)
{
	g_autofree char *path = g_build_filename(hook_journal_folder(journal), file, NULL);
	g_assert_true(g_file_set_contents(path, text, (gssize)len, NULL));
}

static void damage_is_put_aside_and_the_rest_read(void)
{
	struct scene scene;
	scene_init(&scene);
	struct hook_journal *journal = open_journal(&scene, SELF);
	struct hook_job *job = make_job(5);
	char *text = hook_job_to_text(job);
	g_autofree char *huge = g_strnfill(HOOK_JOB_SIZE_MAX + 1, ' ');
	add(journal, 6);
	write_file(journal, "0-empty.job", "", 0);
	write_file(journal, "1-torn.job", text, strlen(text) / 2);
	write_file(journal, "2-renamed.job", text, strlen(text));
	write_file(journal, "3-huge.job", huge, HOOK_JOB_SIZE_MAX + 1);
	write_file(journal, "ffffffffffffffff-late.job", "{}", 2);
	g_autofree char *folder =
		g_build_filename(hook_journal_folder(journal), "4-folder.job", NULL);
	g_autofree char *link = g_build_filename(hook_journal_folder(journal), "5-link.job", NULL);
	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	g_assert_cmpint(symlink("/nowhere", link), ==, 0);
	g_assert_cmpuint(hook_journal_last_order(journal), ==, 6);
	g_assert_cmpstr(read_journal(&scene, journal), ==, "6 ");
	g_assert_cmpuint(scene.damaged, ==, 7);
	/* All but what could not be read are out of the way. */
	scene.damaged = 0;
	g_assert_cmpstr(read_journal(&scene, journal), ==, "6 ");
	g_assert_cmpuint(scene.damaged, ==, 1);
	free(text);
	hook_job_free(job);
	hook_journal_destroy(journal);
	scene_fini(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/a job survives being written", a_job_survives_being_written);
	g_test_add_func("/refuses what is no job", refuses_what_is_no_job);
	g_test_add_func("/the path is what was made, else the part, else the manifest",
		the_path_is_what_was_made_else_the_part_else_the_manifest);
	g_test_add_func("/jobs are read oldest first, until removed",
		jobs_are_read_oldest_first_until_removed);
	g_test_add_func(
		"/what the dead have left is taken over", what_the_dead_have_left_is_taken_over);
	g_test_add_func("/what was given up is kept, with all its attempts",
		what_was_given_up_is_kept_with_all_its_attempts);
	g_test_add_func(
		"/damage is put aside, and the rest read", damage_is_put_aside_and_the_rest_read);
	return g_test_run();
}
