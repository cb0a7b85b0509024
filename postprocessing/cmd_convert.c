/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mjr convert: a recording's tracks into one file that players know.
 */
#include <glib.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/path.h"
#include "postprocessing/cmd.h"
#include "postprocessing/core/input.h"
#include "postprocessing/media/pipeline.h"

struct settings {
	const char *output;
	const char *format;
	const char *audio_codec, *video_codec;
	int64_t audio_rate, audio_bitrate, video_bitrate;
	const char *report;
	const char *progress;
	bool may_overwrite;
	bool is_quiet;
};

enum {
	RATE_MIN = 7350, /* the least and the most that AAC has */
	RATE_MAX = 96000,
	BITRATE_MIN = 6000, /* Opus's least */
	BITRATE_MAX = 1000000000,
};

#define AT(member) offsetof(struct settings, member)
static const struct cmd_option options[] = {
	{"output", 'o', CMD_TEXT, AT(output), 0, 0, "OUT", "The file to make, or a folder for it."},
	{"format", 0, CMD_TEXT, AT(format), 0, 0, "NAME",
		"webm, mp4, mkv, ogg, m4a, mp3 or wav; otherwise OUT's suffix says it."},
	{"audio-codec", 0, CMD_TEXT, AT(audio_codec), 0, 0, "CODEC",
		"aac, opus, copy or none; otherwise what the format likes."},
	{"video-codec", 0, CMD_TEXT, AT(video_codec), 0, 0, "CODEC",
		"h264, vp8, copy or none; otherwise what the format likes."},
	{"audio-rate", 0, CMD_NUMBER, AT(audio_rate), RATE_MIN, RATE_MAX, "HZ",
		"Sampling rate of encoded sound, such as 44100; otherwise kept."},
	{"audio-bitrate", 0, CMD_NUMBER, AT(audio_bitrate), BITRATE_MIN, BITRATE_MAX, "BITS",
		"Bits a second of encoded sound."},
	{"video-bitrate", 0, CMD_NUMBER, AT(video_bitrate), BITRATE_MIN, BITRATE_MAX, "BITS",
		"Bits a second of encoded pictures; otherwise a constant quality."},
	{"report", 0, CMD_TEXT, AT(report), 0, 0, "FILE",
		"Write there as JSON what was lost, damaged, transcoded."},
	{"progress", 0, CMD_TEXT, AT(progress), 0, 0, "STYLE",
		"auto (a bar on a terminal), json (lines on stderr) or none."},
	{"overwrite", 0, CMD_FLAG, AT(may_overwrite), 0, 0, NULL, "Replace OUT if it exists."},
	{"quiet", 'q', CMD_FLAG, AT(is_quiet), 0, 0, NULL, "Say nothing but errors."},
	{.name = NULL},
};
#undef AT

/* ---- one recording ---- */

struct job {
	const struct settings *settings;
	sigset_t signals; /* those that end the conversion */
	const struct format *format;
	struct progress progress;
	json_t *outputs;       /* for --report */
	const char *recording; /* to be named in messages: one of several; else NULL */
};

/*
 * Interruption must not leave half an output behind, so the signals wait until they are asked for.
 * What the parent made us ignore (nohup) stays ignored.
 */
static void block_signals(sigset_t *signals)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	sigemptyset(signals);
	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
		struct sigaction action;
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(signals, numbers[i]);
	}
	pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static bool is_interrupted(void *ctx)
{
	const struct job *job = ctx;
	sigset_t pending;
	sigpending(&pending);
	sigandset(&pending, &pending, &job->signals);
	return !sigisemptyset(&pending);
}

static void complain(struct job *job, const char *sentence)
{
	progress_clear(&job->progress);
	if (job->recording != NULL)
		cmd_complain("%s: %s", job->recording, sentence);
	else
		cmd_complain("%s", sentence);
}

static void say(void *ctx, const char *sentence)
{
	struct job *job = ctx;
	if (!job->settings->is_quiet)
		complain(job, sentence);
}

static enum cmd_status convert(struct job *job, const struct input *input, const char *output)
{
	const struct settings *settings = job->settings;
	struct pipeline_options pipeline = {
		.output = output,
		.format = job->format,
		.may_overwrite = settings->may_overwrite,
		.created_us = input->manifest != NULL ? input->manifest->created_us : 0,
		.audio_codec = settings->audio_codec,
		.video_codec = settings->video_codec,
		.audio_rate = (int)settings->audio_rate,
		.audio_bitrate = settings->audio_bitrate,
		.video_bitrate = settings->video_bitrate,
		.progress = &job->progress,
		.is_cancelled = is_interrupted,
		.notice = say,
		.ctx = job,
	};
	struct fault fault = {0};
	struct report report;
	report_init(&report, output, job->format->name);
	enum cmd_status status = CMD_OK;
	int err = pipeline_run(&pipeline, input, &report, &fault);
	if (err < 0) {
		complain(job, fault.text);
		status = (enum cmd_status)fault.kind;
		json_array_append_new(job->outputs, report_failure(&report, fault.text));
	} else {
		progress_finish(&job->progress, report.duration_us);
		report_describe(&report, say, job);
		status = report_has_loss(&report) ? CMD_LOSS : CMD_OK;
		json_array_append_new(job->outputs, report_to_json(&report));
	}
	report_fini(&report);
	return status;
}

/* ---- all of them ---- */

/* Where this recording goes: OUT itself, or NAME.FORMAT in the folder OUT. */
static char *output_of(const struct job *job, const struct input *input)
{
	if (!g_file_test(job->settings->output, G_FILE_TEST_IS_DIR))
		return g_strdup(job->settings->output);
	g_autofree char *name = g_path_get_basename(input->name);
	g_autofree char *file = g_strconcat(name, ".", job->format->name, NULL);
	return g_build_filename(job->settings->output, file, NULL);
}

static enum cmd_status convert_all(struct job *job, const struct input_set *set)
{
	enum cmd_status status = CMD_OK;
	for (size_t i = 0; i < set->problem_count; i++) {
		cmd_complain("%s: %s", set->problems[i].path, set->problems[i].what);
		status = CMD_UNREADABLE;
	}
	if (set->count == 0 && set->problem_count == 0) {
		cmd_complain("there is no recording in the input");
		status = CMD_UNREADABLE;
	}
	if (set->count > 1 && !g_file_test(job->settings->output, G_FILE_TEST_IS_DIR))
		return cmd_misused(&cmd_convert,
			"these are %zu recordings: %s must be a folder for their outputs",
			set->count, job->settings->output);
	for (size_t i = 0; i < set->count && !is_interrupted(job); i++) {
		g_autofree char *output = output_of(job, &set->inputs[i]);
		job->recording = set->count > 1 ? set->inputs[i].name : NULL;
		enum cmd_status one = convert(job, &set->inputs[i], output);
		status = MAX(status, one);
	}
	return status;
}

static enum cmd_status write_report(const char *path, json_t *outputs)
{
	json_t *report = json_pack("{s:i, s:O}", "version", 1, "outputs", outputs);
	char *text = json_dumps(report, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	int err = path_replace(path, text, strlen(text));
	free(text);
	json_decref(report);
	if (err < 0) {
		cmd_complain("%s: %s", path, g_strerror(-err));
		return CMD_OUTPUT;
	}
	return CMD_OK;
}

static const struct format *choose_format(const struct settings *settings)
{
	return settings->format != NULL ? format_find(settings->format)
					: format_guess(settings->output);
}

static enum cmd_status refuse_format(const char *name)
{
	g_autoptr(GString) known = g_string_new(NULL);
	for (size_t i = 0; format_at(i) != NULL; i++)
		g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", format_at(i)->name);
	return cmd_misused(&cmd_convert, "--format cannot be '%s': %s", name, known->str);
}

static enum cmd_status run(const void *data, char **operands)
{
	const struct settings *settings = data;
	struct job job = {.settings = settings};
	if (settings->output == NULL)
		return cmd_misused(&cmd_convert, "it needs -o OUT");
	job.format = choose_format(settings);
	if (job.format == NULL && settings->format != NULL)
		return refuse_format(settings->format);
	if (job.format == NULL)
		return cmd_misused(&cmd_convert,
			"the name '%s' does not say a format: --format does", settings->output);
	const char *style = settings->is_quiet ? "none" : settings->progress;
	if (!progress_init(&job.progress, style, clock_system()))
		return cmd_misused(&cmd_convert, "--progress takes auto, json or none, not '%s'",
			settings->progress);
	fault_capture_log();
	block_signals(&job.signals);
	job.outputs = json_array();
	struct input_set set = {0};
	input_set_load(&set, operands);
	enum cmd_status status = convert_all(&job, &set);
	input_set_fini(&set);
	if (settings->report != NULL) {
		enum cmd_status written = write_report(settings->report, job.outputs);
		status = MAX(status, written);
	}
	json_decref(job.outputs);
	return status;
}

const struct cmd cmd_convert = {
	.name = "convert",
	.operands = "INPUT...",
	.operands_min = 1,
	.summary = "Make one playable file of a recording's sound and pictures.",
	.help = "INPUT is a manifest (NAME.json), the .mjr files of one recording, or a folder. "
		"Of\n"
		"several recordings, each becomes a file of its own in the folder OUT; --format\n"
		"is needed then.\n\n"
		"What the format can hold is copied; the rest is transcoded, which is said on\n"
		"stderr. An output appears under its name when it is complete, or not at all.",
	.options = options,
	.settings_size = sizeof(struct settings),
	.run = run,
};
