/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A configuration that is wrong keeps the plugin from starting, and says why.
 */
#include <glib/gstdio.h>
#include <string.h>

#include <janus/plugins/plugin.h>

#include "plugins/gateway.h"
#include "tests/plugins/scene.h"

#define GENERAL(line) "general: {\n" line "\n}\n"

static const struct {
	const char *file;
	const char *text; /* in the log */
} bad[] = {
	{GENERAL("recordings_folder = "), "has a syntax error"},
	{GENERAL("record_stream = true"),
		"unknown key 'record_stream'; allowed are record_streams,"},
	{"generally: { }\n", "unknown category 'generally'; allowed is general"},
	{"record_streams = true\n", "unknown category 'record_streams'"},
	{GENERAL("record_streams = \"maybe\""), "record_streams = 'maybe': must be true or false"},
	{GENERAL("recordings_folder = \"here\""),
		"recordings_folder = 'here': must be an absolute"},
	{GENERAL("recordings_folder = \"\""), "recordings_folder = ''"},
	{GENERAL("recordings_folder = \"/dev/null/x\"\nring_folder = \"/dev/null/y\""),
		"cannot record to '/dev/null/x' through '/dev/null/y'"},
	{GENERAL("ring_folder = \"rings\""), "ring_folder = 'rings': must be an absolute path"},
	{GENERAL("ring_size = 1000000"), "ring_size = '1000000': must be a power of two"},
	{GENERAL("ring_size = 4096"), "ring_size = '4096': must be a whole number from"},
	{GENERAL("flush_interval = 1"), "flush_interval = '1': must be a whole number from 10"},
	{GENERAL("flush_interval = \"soon\""), "flush_interval = 'soon': must be a whole number"},
	{GENERAL("durability = \"often\""), "durability = 'often': must be none, part or"},
	{GENERAL("disk_low = -1"), "disk_low = '-1': must be a whole number from 0"},
	{GENERAL("disk_reserve = -1"), "disk_reserve = '-1': must be a whole number from 0"},
	{GENERAL("writer_threads = 0"), "writer_threads = '0': must be a whole number from 1"},
	{GENERAL("stream_record_policy_template = \"{who}\""),
		"stream_record_policy_template = '{w"},
	{GENERAL("stream_record_policy = \"login\""), "stream_record_policy = 'login': must be"},
	{GENERAL("encode_record_name = \"HEX\""), "encode_record_name = 'HEX': must be"},
	{GENERAL("admin_key = \"\""), "jcfg: admin_key must have from 1 to 255 bytes"},
	{GENERAL("events = 2"), "events = '2': must be true or false"},
	{GENERAL("audiocodec = \"vp8\""), "audiocodec = 'vp8': allowed are opus,"},
	{GENERAL("videocodec = \"vp8 h264\""), "videocodec = 'vp8 h264': allowed are vp8,"},
	{GENERAL("bitrate_max = -1"), "bitrate_max = '-1': must be a whole number from 0"},
	{GENERAL("keyframe_retry = 0"), "keyframe_retry = '0': must be a whole number from 20"},
	{GENERAL("record_rotation = -1"), "record_rotation = '-1': must be a whole number from 0"},
	{GENERAL("record_rotation_size = 1000"), "record_rotation_size = '1000': must be 0, or"},
	{GENERAL("record_rotation_align = 2"), "record_rotation_align = '2': must be true or"},
	{GENERAL("record_rotation_min = 0"), "record_rotation_min = '0': must be a whole number"},
	{GENERAL("max_streams = 0"), "max_streams = '0': must be a whole number from 1"},
	{GENERAL("max_recordings = -1"), "max_recordings = '-1': must be a whole number from 0"},
	{GENERAL("admin_key: { a = 1 }"), "unknown key 'admin_key'"},
	{GENERAL("on_record_hook_script = \"/no/such/hook\""),
		"on_record_hook_script = '/no/such/hook': must be the absolute path of a program"},
	{GENERAL("on_start_hook_script = \"true\""), "on_start_hook_script = 'true': must be the"},
	{GENERAL("on_part_hook_script = \"/usr\""), "on_part_hook_script = '/usr': must be the"},
	{GENERAL("on_failed_hook_script = \"/etc/passwd\""),
		"on_failed_hook_script = '/etc/passwd': must be"},
	{GENERAL("on_converted_hook_script = \"\""), "on_converted_hook_script = ''"},
	{GENERAL("hook_timeout = 0"), "hook_timeout = '0': must be a whole number from 1"},
	{GENERAL("metrics_file = \"recorder.prom\""), "metrics_file = 'recorder.prom': must be an"},
	{GENERAL("metrics_file = \"/tmp/recorder\""),
		"must be an absolute path that ends with .prom"},
	{GENERAL("metrics_interval = 0"), "metrics_interval = '0': must be a whole number from 1"},
	{GENERAL("hook_retries = -1"), "hook_retries = '-1': must be a whole number from 0"},
	{GENERAL("hook_concurrency = 0"), "hook_concurrency = '0': must be a whole number from 1"},
	{GENERAL("convert = \"avi\""), "convert = 'avi': must be one of none, mp4, webm, auto"},
	{GENERAL("convert = \"mp4\"\nmjr_path = \"/no/such/mjr\""), "mjr_path = '/no/such/mjr':"},
	{GENERAL("record_audio_codec_sample_rate = 44000"), "= '44000': must be a rate of AAC"},
	{GENERAL("convert_nice = 20"), "convert_nice = '20': must be a whole number from 0 to 19"},
	{GENERAL("convert_timeout = 0"), "convert_timeout = '0': must be a whole number from 1"},
	{GENERAL("webhook_url = \"ftp://user:pass@example.org/\""),
		"webhook_url must be an address with http"},
	{GENERAL("webhook_url = \"https:///path\""), "webhook_url must be an address"},
	{GENERAL("webhook_secret = \"\""), "webhook_secret must have from 1 to 1024 bytes"},
	{GENERAL("webhook_events = \"hook_result\""),
		"webhook_events = 'hook_result': allowed are"},
	{GENERAL("webhook_timeout = 0"), "webhook_timeout = '0': must be a whole number from 1"},
	{GENERAL("convert_concurrency = 0"), "convert_concurrency = '0': must be a whole number"},
};

static void refuses_to_start(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		if (gateway_start_raw(bad[i].file))
			g_error("started with %s", bad[i].file);
		g_autofree char *log = gateway_log_text();
		if (!strstr(log, bad[i].text))
			g_error("'%s' is not in '%s'", bad[i].text, log);
	}
}

static void starts_again_after_a_refusal(void)
{
	g_assert_null(gateway_start_raw(bad[0].file));
	struct gateway *gateway = gateway_start("writer_threads = 2");
	g_assert_nonnull(gateway);
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	gateway_stop(gateway);
	scene_fini(&scene);
}

static void refuses_another_gateway(void)
{
	static const int versions[] = {999, 1102, 1202, 9999};
	for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
		if (gateway_api_of(versions[i]) == JANUS_PLUGIN_API_VERSION)
			continue;
		gateway_set_version(versions[i]);
		g_assert_null(gateway_start(""));
		g_autofree char *log = gateway_log_text();
		g_assert_nonnull(strstr(log, "rebuild it with the headers of this Janus"));
	}
	gateway_set_version(0);
	gateway_stop(gateway_start(""));
}

static void replace(GString *text, const char *from, const char *to)
{
	g_assert_cmpuint(g_string_replace(text, from, to, 0), >, 0);
}

/* All keys of the sample with the values that it shows, but with folders of our own. */
static void starts_with_the_sample(void)
{
	g_autofree char *path = g_test_build_filename(
		G_TEST_DIST, "conf", "janus.plugin.recorder.jcfg.sample", NULL);
	g_autofree char *sample = NULL;
	g_assert_true(g_file_get_contents(path, &sample, NULL, NULL));
	g_autofree char *folder = g_dir_make_tmp("recorder-sample-XXXXXX", NULL);
	GString *text = g_string_new(sample);
	replace(text, "\t#", "\t");
	replace(text, "\t ", "\t# ");
	replace(text, "/var/lib/janus-recorder", folder);
	replace(text, "/dev/shm/janus-recorder", folder);
	replace(text, "/usr/local/bin/on_start_hook.sh", "/bin/true");
	replace(text, "/usr/local/bin/on_part_hook.sh", "/bin/true");
	replace(text, "/usr/local/bin/on_record_hook.sh", "/bin/true");
	replace(text, "/usr/local/bin/on_converted_hook.sh", "/bin/true");
	replace(text, "/usr/local/bin/on_failed_hook.sh", "/bin/true");
	replace(text, "/usr/local/bin/mjr", "/bin/true");
	struct gateway *gateway = gateway_start_raw(text->str);
	g_autofree char *log = gateway_log_text();
	if (!gateway)
		g_error("%s with %s", log, text->str);
	gateway_stop(gateway);
	g_autofree char *journal = g_build_filename(folder, ".hooks", NULL);
	g_autofree char *index = g_build_filename(folder, ".index", NULL);
	g_assert_cmpint(g_rmdir(journal), ==, 0);
	g_assert_cmpint(g_unlink(index), ==, 0);
	g_assert_cmpint(g_rmdir(folder), ==, 0);
	g_string_free(text, TRUE);
}

static void escapes_what_it_logs(void)
{
	g_assert_null(gateway_start_raw(GENERAL("ev\\\"ents = 1")));
	g_assert_null(
		gateway_start_raw(GENERAL("admin_key = \"\\x1b[2J\"\nevents = \"\\x1b\\n\"")));
	g_autofree char *log = gateway_log_text();
	g_assert_nonnull(strstr(log, "\\x1b"));
	g_assert_null(strchr(log, '\x1b'));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func("/refuses to start and names the key", refuses_to_start);
	g_test_add_func("/starts again after a refusal", starts_again_after_a_refusal);
	g_test_add_func("/refuses another gateway", refuses_another_gateway);
	g_test_add_func("/starts with the sample", starts_with_the_sample);
	g_test_add_func("/escapes what it logs", escapes_what_it_logs);
	return g_test_run();
}
