/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of settings, and its filling from the gateway's configuration parser.
 */
#include "plugins/config.h"

#include <errno.h>
#include <glib.h>
#include <stddef.h>
#include <unistd.h>

#include <janus/config.h>

#include "common/naming.h"
#include "plugins/access.h"
#include "plugins/codecs.h"
#include "plugins/config_check.h"
#include "recording/durability.h"
#include "recording/hook_convert.h"
#include "recording/hook_webhook.h"
#include "recording/ring.h"

#define MEMBER(name) offsetof(struct settings, name)

const struct param config_table[] = {
	{.name = "record_streams",
		.type = PARAM_BOOL,
		.offset = MEMBER(record_streams),
		.fallback = "true",
		.help = "Record every stream from the moment that it is published. A publisher's "
			"own \"record\" goes before it."},
	{.name = "recordings_folder",
		.type = PARAM_STRING,
		.offset = MEMBER(recordings_folder),
		.min = 1,
		.max = 4000,
		.fallback = "/var/lib/janus-recorder",
		.help = "Where the recordings are written. Made when missing.",
		.check = config_check_absolute},
	{.name = "ring_folder",
		.type = PARAM_STRING,
		.offset = MEMBER(ring_folder),
		.min = 1,
		.max = 4000,
		.fallback = "/dev/shm/janus-recorder",
		.help = "Where packets wait for the disk, in files on tmpfs that survive a crash "
			"of "
			"the gateway.",
		.check = config_check_absolute},
	{.name = "ring_size",
		.type = PARAM_INT,
		.offset = MEMBER(ring_size),
		.min = RING_SIZE_MIN,
		.max = RING_SIZE_MAX,
		.fallback = "4194304",
		.unit = "bytes",
		.help = "Most bytes of one track that may wait for the disk, a power of two. "
			"Memory "
			"is taken only for what waits.",
		.check = config_check_power_of_two},
	{.name = "flush_interval",
		.type = PARAM_INT,
		.offset = MEMBER(flush_interval_ms),
		.min = 10,
		.max = 60000,
		.fallback = "500",
		.unit = "ms",
		.help = "How often waiting packets are written to the disk."},
	{.name = "writer_threads",
		.type = PARAM_INT,
		.offset = MEMBER(writer_threads),
		.min = 1,
		.max = 64,
		.fallback = "1",
		.help = "Threads that write to the disk. More help only where one cannot keep the "
			"disk busy."},
	{.name = "durability",
		.type = PARAM_STRING,
		.offset = MEMBER(durability),
		.min = 1,
		.max = 16,
		.fallback = "part",
		.help = "When files are made to survive a loss of power: none, part (when a file "
			"ends), or milliseconds.",
		.check = config_check_durability},
	{.name = "disk_low",
		.type = PARAM_INT,
		.offset = MEMBER(disk_low),
		.min = 0,
		.max = INT64_MAX / 2,
		.fallback = "1073741824",
		.unit = "bytes",
		.help = "When less than this is free, the event disk_low says so."},
	{.name = "disk_reserve",
		.type = PARAM_INT,
		.offset = MEMBER(disk_reserve),
		.min = 0,
		.max = INT64_MAX / 2,
		.fallback = "67108864",
		.unit = "bytes",
		.help = "When less than this is free, nothing is recorded until there is more."},
	{.name = "retention_age",
		.type = PARAM_INT,
		.offset = MEMBER(retention_age_s),
		.min = 0,
		.max = INT64_C(100) * 366 * 86400,
		.fallback = "0",
		.unit = "s",
		.help = "Recordings that have ended so long ago are deleted; 0: none for its age."},
	{.name = "retention_bytes",
		.type = PARAM_INT,
		.offset = MEMBER(retention_bytes),
		.min = 0,
		.max = INT64_MAX / 2,
		.fallback = "0",
		.unit = "bytes",
		.help = "When the recordings that have ended take more than this, the oldest are "
			"deleted; 0: no limit."},
	{.name = "retention_free",
		.type = PARAM_INT,
		.offset = MEMBER(retention_free),
		.min = 0,
		.max = INT64_MAX / 2,
		.fallback = "0",
		.unit = "bytes",
		.help = "When less than this is free on the disk, the oldest recordings are "
			"deleted; 0: never."},
	{.name = "retention_dry_run",
		.type = PARAM_BOOL,
		.offset = MEMBER(retention_dry_run),
		.fallback = "false",
		.help = "Delete nothing: write to the log what would be deleted."},
	{.name = "record_rotation",
		.type = PARAM_INT,
		.offset = MEMBER(rotation_s),
		.min = 0,
		.max = CONFIG_ROTATION_MAX_S,
		.fallback = "0",
		.unit = "s",
		.help = "Go on to new files after so long, at the next keyframe; 0: never. A "
			"publisher's own \"rotation\" goes before it."},
	{.name = "record_rotation_size",
		.type = PARAM_INT,
		.offset = MEMBER(rotation_size),
		.min = 0,
		.max = INT64_MAX / 2,
		.fallback = "0",
		.unit = "bytes",
		.help = "Go on to new files when those of all tracks together have so much; 0: "
			"never. A publisher's own \"rotation_size\" goes before it.",
		.check = config_check_rotation_size},
	{.name = "record_rotation_align",
		.type = PARAM_BOOL,
		.offset = MEMBER(rotation_align),
		.fallback = "false",
		.help = "Go on to new files at multiples of record_rotation by the clock, in UTC, "
			"and not counted from the start."},
	{.name = "record_rotation_min",
		.type = PARAM_INT,
		.offset = MEMBER(rotation_min_s),
		.min = 1,
		.max = CONFIG_ROTATION_MAX_S,
		.fallback = "10",
		.unit = "s",
		.help = "The shortest \"rotation\" that a request may ask for."},
	{.name = "stream_record_policy",
		.type = PARAM_CHOICE,
		.offset = MEMBER(name_policy),
		.choices = NAMING_POLICIES,
		.fallback = "template",
		.help = "What recordings are named after: stream_record_policy_template, or the "
			"stream's own name."},
	{.name = "stream_record_policy_template",
		.type = PARAM_STRING,
		.offset = MEMBER(name_template),
		.min = 1,
		.max = 255,
		.fallback = TEMPLATE_DEFAULT,
		.help = "The names of recordings. Words in braces are replaced: {streamName}, "
			"{startTime}, {sessionId}, {mediaSessionId}, {login}, {audioCodec}, "
			"{videoCodec}. One that is empty takes a - or _ before it along. A name "
			"that is "
			"taken gets a number.",
		.check = config_check_template},
	{.name = "encode_record_name",
		.type = PARAM_CHOICE,
		.offset = MEMBER(name_encoding),
		.choices = NAMING_ENCODINGS,
		.fallback = "false",
		.help = "Whether the names of recordings are encoded, which keeps any character "
			"of them: in hexadecimal digits, or in the base64 that is made for file "
			"names."},
	{.name = "exclude_record_name_characters",
		.type = PARAM_STRING,
		.offset = MEMBER(name_exclude),
		.max = 255,
		.fallback = "",
		.help = "Characters that are left out of the names of recordings."},
	{.name = "admin_key",
		.type = PARAM_STRING,
		.offset = MEMBER(admin_key),
		.min = 1,
		.max = 255,
		.is_secret = true,
		.example = "change me",
		.help = "A secret that requests through the Admin API must carry, and so must "
			"clients that touch a stream that is not theirs, unless they have its "
			"secret. Not set: nobody is asked."},
	{.name = "signed_tokens",
		.type = PARAM_BOOL,
		.offset = MEMBER(signed_tokens),
		.fallback = "false",
		.help = "Who publishes a stream, or touches another client's, has to give a token "
			"that the gateway's token_auth_secret has signed for that stream."},
	{.name = "client_fields",
		.type = PARAM_STRING,
		.offset = MEMBER(client_fields),
		.max = 1000,
		.fallback = ACCESS_FIELDS_ALL,
		.help = "The elements of requests on streams that clients may set without the "
			"admin_key, separated by commas.",
		.check = access_fields_check},
	{.name = "events",
		.type = PARAM_BOOL,
		.offset = MEMBER(events),
		.fallback = "true",
		.help = "Also send the plugin's events to the gateway's event handlers."},
	{.name = "audiocodec",
		.type = PARAM_STRING,
		.offset = MEMBER(audio_codecs),
		.min = 1,
		.max = 255,
		.fallback = CODECS_AUDIO,
		.help = "Audio codecs that are accepted, in order of preference.",
		.check = config_check_audio_codecs},
	{.name = "videocodec",
		.type = PARAM_STRING,
		.offset = MEMBER(video_codecs),
		.min = 1,
		.max = 255,
		.fallback = CODECS_VIDEO,
		.help = "Video codecs that are accepted, in order of preference.",
		.check = config_check_video_codecs},
	{.name = "bitrate_max",
		.type = PARAM_INT,
		.offset = MEMBER(bitrate_max),
		.min = 0,
		.max = UINT32_MAX,
		.fallback = "0",
		.unit = "bits/s",
		.help = "The most that any publisher is told to send; 0: no limit. A publisher's "
			"\"bitrate\" can only lower it."},
	{.name = "keyframe_retry",
		.type = PARAM_INT,
		.offset = MEMBER(keyframe_retry_ms),
		.min = 20,
		.max = 60000,
		.fallback = "1000",
		.unit = "ms",
		.help = "How often a keyframe is asked for until a new recording has one."},
	{.name = "max_streams",
		.type = PARAM_INT,
		.offset = MEMBER(max_streams),
		.min = 1,
		.max = 1000000,
		.fallback = "10000",
		.help = "Streams that may be published at the same time."},
	{.name = "max_recordings",
		.type = PARAM_INT,
		.offset = MEMBER(max_recordings),
		.min = 0,
		.max = 1000000,
		.fallback = "0",
		.help = "Recordings that may run at the same time; 0: no limit but files and "
			"memory."},
	{.name = "max_recordings_per_stream",
		.type = PARAM_INT,
		.offset = MEMBER(max_recordings_per_stream),
		.min = 1,
		.max = 64,
		.fallback = "8",
		.help = "Recordings of one stream that may run at the same time."},
	{.name = "max_streams_per_client",
		.type = PARAM_INT,
		.offset = MEMBER(max_streams_per_client),
		.min = 0,
		.max = 1000000,
		.fallback = "0",
		.help = "Streams that one client may publish at the same time; 0: no limit."},
	{.name = "max_recordings_per_client",
		.type = PARAM_INT,
		.offset = MEMBER(max_recordings_per_client),
		.min = 0,
		.max = 1000000,
		.fallback = "0",
		.help = "Recordings of one client's streams that may run at the same time; 0: no "
			"limit."},
	{.name = "on_start_hook_script",
		.type = PARAM_STRING,
		.offset = MEMBER(on_start_hook),
		.min = 1,
		.max = 4000,
		.example = "/usr/local/bin/on_start_hook.sh",
		.help = "Run when a recording has started. Like all of these: $1 is the name of "
			"the stream, $2 an absolute path, here the manifest; the environment and "
			"standard input say more.",
		.check = config_check_program},
	{.name = "on_part_hook_script",
		.type = PARAM_STRING,
		.offset = MEMBER(on_part_hook),
		.min = 1,
		.max = 4000,
		.example = "/usr/local/bin/on_part_hook.sh",
		.help = "Run when a file of a recording is complete; $2 is that file.",
		.check = config_check_program},
	{.name = "on_record_hook_script",
		.type = PARAM_STRING,
		.offset = MEMBER(on_record_hook),
		.min = 1,
		.max = 4000,
		.example = "/usr/local/bin/on_record_hook.sh",
		.help = "Run when a recording is complete, or has been completed after a crash; "
			"$2 is the file that it was converted to, or else its manifest.",
		.check = config_check_program},
	{.name = "on_converted_hook_script",
		.type = PARAM_STRING,
		.offset = MEMBER(on_converted_hook),
		.min = 1,
		.max = 4000,
		.example = "/usr/local/bin/on_converted_hook.sh",
		.help = "Run when a recording was converted to a file; $2 is that file.",
		.check = config_check_program},
	{.name = "on_failed_hook_script",
		.type = PARAM_STRING,
		.offset = MEMBER(on_failed_hook),
		.min = 1,
		.max = 4000,
		.example = "/usr/local/bin/on_failed_hook.sh",
		.help = "Run when a recording was ended by an error; $2 is its manifest.",
		.check = config_check_program},
	{.name = "hook_timeout",
		.type = PARAM_INT,
		.offset = MEMBER(hook_timeout_s),
		.min = 1,
		.max = 86400,
		.fallback = "600",
		.unit = "s",
		.help = "How long a hook may take; then it is ended, with all that it has "
			"started."},
	{.name = "hook_retries",
		.type = PARAM_INT,
		.offset = MEMBER(hook_retries),
		.min = 0,
		.max = 1000,
		.fallback = "5",
		.help = "How often a hook that fails is run again: after 1 s, 2 s, 4 s and so on, "
			"at most 5 min."},
	{.name = "hook_concurrency",
		.type = PARAM_INT,
		.offset = MEMBER(hook_concurrency),
		.min = 1,
		.max = 256,
		.fallback = "4",
		.help = "Hooks that may run at the same time."},
	{.name = "convert",
		.type = PARAM_CHOICE,
		.offset = MEMBER(convert),
		.choices = HOOK_CONVERT_MODES,
		.fallback = "none",
		.help = "What each recording is converted to when it has ended: NAME.mp4, "
			"NAME.webm, or the one of them that takes its picture as it is."},
	{.name = "record_audio_codec_sample_rate",
		.type = PARAM_INT,
		.offset = MEMBER(audio_rate),
		.min = 7350,
		.max = 96000,
		.fallback = "44100",
		.unit = "Hz",
		.help = "The sampling rate of sound that a conversion encodes as AAC.",
		.check = config_check_audio_rate},
	{.name = "convert_nice",
		.type = PARAM_INT,
		.offset = MEMBER(convert_nice),
		.min = 0,
		.max = 19,
		.fallback = "10",
		.help = "How far conversions stand back for others that want the processor."},
	{.name = "convert_timeout",
		.type = PARAM_INT,
		.offset = MEMBER(convert_timeout_s),
		.min = 1,
		.max = 604800,
		.fallback = "21600",
		.unit = "s",
		.help = "How long a conversion may take."},
	{.name = "convert_concurrency",
		.type = PARAM_INT,
		.offset = MEMBER(convert_concurrency),
		.min = 1,
		.max = 256,
		.fallback = "1",
		.help = "Conversions that may run at the same time, beside other hooks."},
	{.name = "mjr_path",
		.type = PARAM_STRING,
		.offset = MEMBER(mjr_path),
		.min = 1,
		.max = 4000,
		.example = "/usr/local/bin/mjr",
		.help = "The command that converts; not set: the one that is installed with the "
			"plugin.",
		.check = config_check_program},
	{.name = "metrics_file",
		.type = PARAM_STRING,
		.offset = MEMBER(metrics_file),
		.max = 4000,
		.fallback = "",
		.help = "A file that is kept up to date with all metrics, for the textfile "
			"collector of Prometheus' node_exporter. Its name must end with .prom.",
		.check = config_check_metrics_file},
	{.name = "metrics_interval",
		.type = PARAM_INT,
		.offset = MEMBER(metrics_interval_s),
		.min = 1,
		.max = 3600,
		.fallback = "15",
		.unit = "s",
		.help = "How often metrics_file is written."},
	{.name = "webhook_url",
		.type = PARAM_STRING,
		.offset = MEMBER(webhook_url),
		.min = 1,
		.max = 4000,
		.is_secret = true,
		.example = "https://example.org/recordings",
		.help = "Where events of recordings are posted as JSON.",
		.check = config_check_url},
	{.name = "webhook_secret",
		.type = PARAM_STRING,
		.offset = MEMBER(webhook_secret),
		.min = 1,
		.max = 1024,
		.is_secret = true,
		.example = "change me",
		.help = "Signs what is posted, with HMAC-SHA256. Not set: nothing is signed."},
	{.name = "webhook_events",
		.type = PARAM_STRING,
		.offset = MEMBER(webhook_events),
		.min = 1,
		.max = 1000,
		.fallback = HOOK_WEBHOOK_EVENTS,
		.help = "Which events are posted.",
		.check = config_check_webhook_events},
	{.name = "webhook_timeout",
		.type = PARAM_INT,
		.offset = MEMBER(webhook_timeout_s),
		.min = 1,
		.max = 600,
		.fallback = "10",
		.unit = "s",
		.help = "How long the server may take to answer; then it is tried again, as hooks "
			"are."},
	{.name = NULL},
};

#undef MEMBER

static char *allowed_keys(void)
{
	GString *names = g_string_new(NULL);
	for (const struct param *row = config_table; row->name; row++)
		g_string_append_printf(names, "%s%s", names->len ? ", " : "", row->name);
	return g_string_free(names, FALSE);
}

static int set_item(struct settings *settings, const janus_config_container *item, char **error)
{
	const struct param *row = params_find(config_table, item->name);
	if (!row || item->type != janus_config_type_item || !item->value) {
		g_autofree char *keys = allowed_keys();
		*error = g_strdup_printf("unknown key '%s'; allowed are %s", item->name, keys);
		return -EINVAL;
	}
	return params_set(row, settings, item->value, error);
}

static int fill(struct settings *settings, janus_config *config, char **error)
{
	for (GList *top = config->list; top; top = top->next) {
		const janus_config_container *category = top->data;
		if (category->type != janus_config_type_category ||
			g_strcmp0(category->name, CONFIG_CATEGORY) != 0) {
			*error = g_strdup_printf(
				"unknown category '%s'; allowed is " CONFIG_CATEGORY,
				category->name);
			return -EINVAL;
		}
		for (GList *item = category->list; item; item = item->next) {
			int result = set_item(settings, item->data, error);
			if (result < 0)
				return result;
		}
	}
	return 0;
}

/* What no single key can tell. */
static int check_together(const struct settings *settings, char **error)
{
	const char *mjr = config_mjr_path(settings);
	if (settings->convert == HOOK_CONVERT_NONE || config_check_may_run(mjr))
		return 0;
	*error = g_strdup_printf("convert needs the command mjr, and '%s' is no program that may "
				 "be executed: mjr_path says where it is",
		mjr);
	return -EINVAL;
}

const char *config_mjr_path(const struct settings *settings)
{
	return settings->mjr_path ? settings->mjr_path : MJR_PATH;
}

int config_load(struct settings *out, const char *folder, char **error)
{
	*out = (struct settings){0};
	params_defaults(config_table, out);
	g_autofree char *path = g_build_filename(folder, CONFIG_FILE, NULL);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;

	g_autofree char *what = NULL;
	janus_config *config = janus_config_parse(path);
	int result = config ? fill(out, config, &what) : -EINVAL;
	if (config)
		janus_config_destroy(config);
	if (result == 0)
		result = check_together(out, &what);
	if (result < 0) {
		*error = g_strdup_printf(
			"%s: %s", path, what ? what : "cannot be read, or has a syntax error");
		config_fini(out);
	}
	return result;
}

void config_fini(struct settings *settings)
{
	params_fini(config_table, settings);
	*settings = (struct settings){0};
}
