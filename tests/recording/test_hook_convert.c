/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversions of finished recordings, with a stand-in for mjr: $7 is the output, $9 the report. */
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recording/hook_convert.h"
#include "tests/recording/hook_scene.h"

#define ENDED   (HOOK_ON(ENGINE_RECORDING_FINISHED) | HOOK_ON(ENGINE_RECORDING_FAILED))
#define CONVERT "printf '%s ' \"$@\" >\"$DIR/argv\"; nice >\"$DIR/nice\"; printf 12345 >\"$7\"\n"
#define REPORT(loss)                                                                   \
	"echo '{\"version\": 1, \"outputs\": [{\"output\": \"x\", \"duration\": 1.5, " \
	"\"loss\": " loss ", \"tracks\": []}]}' >\"$9\"\n"

static const struct hook_convert_options automatic = {
	.mode = HOOK_CONVERT_AUTO, .audio_rate = 44100, .nice = 3, .timeout_ms = 30000};

/* The n-th hook converts, by this shell text. */
static void add_convert(struct hook_scene *scene, const char *text)
{
	hook_scene_add_action(scene, "convert", ENDED, &hook_convert);
	scene->hooks[scene->count - 1].options = &automatic;
	scene->hooks[scene->count - 1].concurrency = 1;
	hook_scene_change(scene, scene->count - 1, text);
}

static void scene_init(struct hook_scene *scene, const char *text)
{
	hook_scene_init(scene);
	add_convert(scene, text);
	hook_scene_add(scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), HOOK_SCENE_TELL);
	hook_scene_add(scene, "on_converted", HOOK_ON(ENGINE_RECORDING_CONVERTED), HOOK_SCENE_TELL);
	hook_scene_start(scene, &hook_scene_quick);
}

static char *said(const struct hook_scene *scene, const char *file)
{
	g_autofree char *path = hook_scene_path(scene, file);
	char *text = NULL;
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return g_strchomp(text);
}

/* --- tests --- */

static void later_hooks_get_what_it_was_converted_to(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	scene_init(&scene, CONVERT REPORT("false"));
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 3);
	hook_scene_load(&manifest, &scene, "call.json");

	const char *folder = scene.rig.folder;
	g_autofree char *report = g_strdup_printf("%s/.replace-%s-report", folder, manifest.id);
	g_autofree char *argv = said(&scene, "argv");
	g_autofree char *wanted = g_strdup_printf("convert --quiet --overwrite --format webm "
						  "--output %s/call.webm --report %s %s/call.json",
		folder, report, folder);
	g_assert_cmpstr(argv, ==, wanted);
	g_assert_false(g_file_test(report, G_FILE_TEST_EXISTS));
	g_autofree char *record = g_strdup_printf("2|s|%s/call.webm|recording_finished|", folder);
	hook_scene_expect(&scene, 0, record);
	g_autofree char *converted = g_strdup_printf("2|s|%s/call.webm|recording_converted|"
						     "%s:recording_converted:call.webm|1|",
		folder, manifest.id);
	hook_scene_expect(&scene, 1, converted);

	g_assert_cmpuint(manifest.output_count, ==, 1);
	g_assert_cmpstr(manifest.outputs[0].file, ==, "call.webm");
	g_assert_cmpstr(manifest.outputs[0].format, ==, "webm");
	g_assert_cmpuint(manifest.outputs[0].bytes, ==, 5);
	g_assert_cmpuint(manifest.outputs[0].duration_us, ==, 1500000);
	g_assert_false(manifest.outputs[0].is_lossy);
	g_assert_nonnull(json_object_get(manifest.outputs[0].report, "tracks"));
	g_assert_cmpstr(manifest.hooks[0].action, ==, "convert");
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_RECORDING_CONVERTED), ==, 1);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void it_stands_back_for_others(void)
{
	struct hook_scene scene;
	scene_init(&scene, CONVERT REPORT("false"));
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 1);
	g_autofree char *nice = said(&scene, "nice");
	int wanted = MIN(getpriority(PRIO_PROCESS, 0) + automatic.nice, 19);
	g_assert_cmpint(atoi(nice), ==, wanted);
	hook_scene_fini(&scene);
}

static void losses_are_no_failure(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	scene_init(&scene, CONVERT REPORT("true") "exit 1\n");
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 3);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_cmpuint(manifest.output_count, ==, 1);
	g_assert_true(manifest.outputs[0].is_lossy);
	g_assert_true(manifest.hooks[0].is_ok);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 1);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void later_hooks_get_the_manifest_when_it_is_given_up(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	scene_init(&scene, "echo '{\"outputs\": [{\"error\": \"no room\"}]}' >\"$9\"\nexit 4\n");
	hook_scene_record(&scene, "call");
	GByteArray *dump = rig_read(&scene.rig, "call-audio.mjr");
	hook_scene_wait(&scene, 2);
	hook_scene_load(&manifest, &scene, "call.json");
	g_autofree char *record =
		g_strdup_printf("2|s|%s/call.json|recording_finished|", scene.rig.folder);
	hook_scene_expect(&scene, 0, record);
	g_assert_cmpuint(manifest.output_count, ==, 0);
	g_assert_false(manifest.hooks[0].is_ok);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 3);
	g_assert_cmpstr(manifest.hooks[0].detail, ==, "exit status 4: no room");
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_RECORDING_CONVERTED), ==, 0);
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_CONVERSION_FAILED), ==, 1);
	GByteArray *after = rig_read(&scene.rig, "call-audio.mjr");
	g_assert_cmpmem(dump->data, dump->len, after->data, after->len);
	g_byte_array_unref(dump);
	g_byte_array_unref(after);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void success_without_a_file_is_a_failure(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	scene_init(&scene, "exit 0\n");
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 2);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_false(manifest.hooks[0].is_ok);
	g_assert_nonnull(strstr(manifest.hooks[0].detail, "the output is not there"));
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void without_sound_and_picture_there_is_nothing_to_do(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	scene_init(&scene, "exit 3\n");
	rig_stop(&scene.rig, rig_start(&scene.rig, "empty"));
	hook_scene_wait(&scene, 2);
	hook_scene_load(&manifest, &scene, "empty.json");
	g_assert_true(manifest.hooks[0].is_ok);
	g_assert_cmpstr(manifest.hooks[0].detail, ==, "nothing to convert");
	g_assert_cmpuint(manifest.output_count, ==, 0);
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_RECORDING_CONVERTED), ==, 0);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void one_that_was_interrupted_begins_again(void)
{
	struct hook_scene scene;
	struct hook_limits hasty = hook_scene_quick;
	struct manifest manifest;
	hasty.grace_ms = 1;
	hook_scene_init(&scene);
	add_convert(&scene,
		"printf half >\"$7\"\n"
		"[ -e \"$DIR/go\" ] || { echo waiting; exec sleep 100; }\n" CONVERT REPORT(
			"false"));
	hook_scene_start(&scene, &hasty);
	hook_scene_record(&scene, "call");
	rig_wait_lines(&scene.rig, ": waiting", 1);
	engine_destroy(g_steal_pointer(&scene.rig.engine));
	g_autofree char *go = hook_scene_path(&scene, "go");
	g_assert_true(g_file_set_contents(go, "", 0, NULL));
	rig_restart(&scene.rig);
	hook_scene_wait(&scene, 1);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_cmpuint(manifest.output_count, ==, 1);
	g_assert_cmpuint(manifest.outputs[0].bytes, ==, 5);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

/* As many at once as they have places; hooks of other recordings do not wait for them. */
static void conversions_have_places_of_their_own(void)
{
	struct hook_scene scene;
	struct hook_limits narrow = hook_scene_quick;
	narrow.concurrency = 1;
	hook_scene_init(&scene);
	add_convert(&scene, "mkdir \"$DIR/inside\"\n"
			    "read -r _ <\"$DIR/go\"\n"
			    "rmdir \"$DIR/inside\"\n" CONVERT REPORT("false"));
	hook_scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), "echo started\n");
	hook_scene_start(&scene, &narrow);
	g_autofree char *go = hook_scene_path(&scene, "go");
	g_assert_cmpint(mkfifo(go, 0600), ==, 0);
	int fd = open(go, O_RDWR | O_CLOEXEC);
	hook_scene_record(&scene, "one");
	hook_scene_record(&scene, "two");
	hook_scene_record(&scene, "three");
	rig_wait_lines(&scene.rig, ": started", 3);
	g_assert_cmpint(write(fd, "\n\n\n", 3), ==, 3);
	hook_scene_wait(&scene, 6);
	rig_wait(&scene.rig, ENGINE_RECORDING_CONVERTED, 3);
	g_assert_cmpuint(rig_count_lines(&scene.rig, "again in"), ==, 0);
	close(fd);
	hook_scene_fini(&scene);
}

static void a_converted_name_is_not_given_again(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	g_autofree char *older = g_build_filename(rig.folder, "call.mp4", NULL);
	g_assert_true(g_file_set_contents(older, "x", 1, NULL));
	struct recording *recording = rig_start(&rig, "call");
	g_assert_cmpstr(recording_name(recording), ==, "call-1");
	rig_stop(&rig, recording);
	rig_fini(&rig);
}

/* What comes of what, without packets in the tracks whose names begin with '!'. */
static void the_format_follows_the_codecs(void)
{
	static const struct {
		enum hook_convert_mode mode;
		const char *codecs[3];
		const char *wanted;
	} rows[] = {
		{HOOK_CONVERT_AUTO, {"opus", "vp8"}, "webm"},
		{HOOK_CONVERT_AUTO, {"pcmu", "vp9"}, "webm"},
		{HOOK_CONVERT_AUTO, {"opus", "av1"}, "webm"},
		{HOOK_CONVERT_AUTO, {"opus", "h264"}, "mp4"},
		{HOOK_CONVERT_AUTO, {"opus", "h265"}, "mp4"},
		{HOOK_CONVERT_AUTO, {"opus"}, "webm"},
		{HOOK_CONVERT_AUTO, {"multiopus"}, "webm"},
		{HOOK_CONVERT_AUTO, {"pcma"}, "mp4"},
		{HOOK_CONVERT_AUTO, {"g722", "!vp8"}, "mp4"},
		{HOOK_CONVERT_AUTO, {"opus", "!vp8", "h264"}, "mp4"},
		{HOOK_CONVERT_AUTO, {"text"}, NULL},
		{HOOK_CONVERT_AUTO, {"!opus", "!vp8"}, NULL},
		{HOOK_CONVERT_MP4, {"opus", "vp8"}, "mp4"},
		{HOOK_CONVERT_MP4, {"text"}, NULL},
		{HOOK_CONVERT_WEBM, {"opus", "h264"}, "webm"},
		{HOOK_CONVERT_NONE, {"opus", "vp8"}, NULL},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct manifest manifest = {0};
		const struct hook_convert_options options = {.mode = rows[i].mode};
		for (size_t n = 0; n < G_N_ELEMENTS(rows[i].codecs) && rows[i].codecs[n]; n++) {
			const char *name = rows[i].codecs[n];
			struct manifest_track *track = manifest_add_track(&manifest);
			track->info.codec = codec_find(name + (*name == '!'));
			track->kind = track->info.codec->kind;
			manifest_add_part(track)->packets = *name == '!' ? 0 : 1;
		}
		g_assert_cmpstr(hook_convert_format(&options, &manifest), ==, rows[i].wanted);
		manifest_fini(&manifest);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/later hooks get what it was converted to",
		later_hooks_get_what_it_was_converted_to);
	g_test_add_func("/it stands back for others", it_stands_back_for_others);
	g_test_add_func("/losses are no failure", losses_are_no_failure);
	g_test_add_func("/later hooks get the manifest when it is given up",
		later_hooks_get_the_manifest_when_it_is_given_up);
	g_test_add_func(
		"/success without a file is a failure", success_without_a_file_is_a_failure);
	g_test_add_func("/without sound and picture there is nothing to do",
		without_sound_and_picture_there_is_nothing_to_do);
	g_test_add_func(
		"/one that was interrupted begins again", one_that_was_interrupted_begins_again);
	g_test_add_func(
		"/conversions have places of their own", conversions_have_places_of_their_own);
	g_test_add_func(
		"/a converted name is not given again", a_converted_name_is_not_given_again);
	g_test_add_func("/the format follows the codecs", the_format_follows_the_codecs);
	return g_test_run();
}
