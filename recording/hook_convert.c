/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_convert.h. */
#include "recording/hook_convert.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/path.h"
#include "recording/engine_priv.h"
#include "recording/hook_command.h"
#include "recording/hook_job.h"

enum {
	CODE_LOSSES = 1, /* of mjr: done, but some of the recording is missing */
	REPORT_MAX = 1 << 20,
};

struct convert {
	const struct hook_call *call; /* borrowed */
	struct hook_command *command; /* NULL: there is nothing to do */
	int idle_fd;                  /* then: readable */
	const char *format;
	char *file;   /* name of the output */
	char *output; /* its path */
	char *report; /* path of what mjr says about it */
};

/* --- what is made of what --- */

static bool has_packets(const struct manifest_track *track)
{
	for (size_t i = 0; i < track->part_count; i++)
		if (track->parts[i].packets > 0)
			return true;
	return false;
}

static const struct codec *first_codec(const struct manifest *manifest, enum codec_kind kind)
{
	for (size_t i = 0; i < manifest->track_count; i++)
		if (manifest->tracks[i].kind == kind && has_packets(&manifest->tracks[i]))
			return manifest->tracks[i].info.codec;
	return NULL;
}

/* What WebM takes as it is; of anything else, MP4 with AAC is what most players know. */
static bool is_for_webm(const struct codec *codec)
{
	static const char *const CODECS[] = {"vp8", "vp9", "av1", "opus", "multiopus"};
	for (size_t i = 0; i < G_N_ELEMENTS(CODECS); i++)
		if (strcmp(codec->name, CODECS[i]) == 0)
			return true;
	return false;
}

const char *hook_convert_format(
	const struct hook_convert_options *options, const struct manifest *manifest)
{
	const struct codec *codec = first_codec(manifest, CODEC_VIDEO);
	if (codec == NULL)
		codec = first_codec(manifest, CODEC_AUDIO);
	if (codec == NULL)
		return NULL;
	switch (options->mode) {
	case HOOK_CONVERT_MP4:
		return "mp4";
	case HOOK_CONVERT_WEBM:
		return "webm";
	case HOOK_CONVERT_AUTO:
		return is_for_webm(codec) ? "webm" : "mp4";
	case HOOK_CONVERT_NONE:
		break;
	}
	return NULL;
}

/* --- an attempt --- */

static char *manifest_path(const struct hook_job *job)
{
	return g_build_filename(
		hook_job_text(job, NULL, "folder"), hook_job_text(job, NULL, "manifest"), NULL);
}

/* Beside the manifest; the report is a temporary, which a later start removes if we do not. */
static void name_files(struct convert *convert, const char *manifest)
{
	g_autofree char *name = g_strndup(manifest, strlen(manifest) - strlen(MANIFEST_SUFFIX));
	g_autofree char *folder = g_path_get_dirname(manifest);
	g_autofree char *report =
		g_strconcat(PATH_TEMPORARY_PREFIX, convert->call->job->recording, "-report", NULL);
	convert->output = g_strconcat(name, ".", convert->format, NULL);
	convert->file = g_path_get_basename(convert->output);
	convert->report = g_build_filename(folder, report, NULL);
}

/* All sound in an MP4 is AAC; Opus, in WebM, has a rate of its own. */
static GStrv command_line(const struct convert *convert, const char *manifest)
{
	const struct hook_convert_options *options = convert->call->hook->options;
	g_autofree char *rate = g_strdup_printf("--audio-rate=%u", options->audio_rate);
	const char *const words[] = {convert->call->hook->target, "convert", "--quiet",
		"--overwrite", "--format", convert->format, "--output", convert->output, "--report",
		convert->report, manifest, strcmp(convert->format, "mp4") == 0 ? rate : NULL};
	GStrv argv = g_new0(char *, G_N_ELEMENTS(words) + 1);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		argv[i] = g_strdup(words[i]);
	return argv;
}

static int run_mjr(struct convert *convert, const char *manifest)
{
	const struct hook_convert_options *options = convert->call->hook->options;
	g_auto(GStrv) argv = command_line(convert, manifest);
	const struct hook_command_params params = {
		.argv = argv,
		.input = "",
		.timeout_ms = options->timeout_ms,
		.nice = options->nice,
	};
	return hook_command_start(&convert->command, convert->call, &params);
}

static int run_nothing(struct convert *convert)
{
	convert->idle_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	return convert->idle_fd < 0 ? -errno : 0;
}

static void destroy(void *run)
{
	struct convert *convert = run;
	hook_command_destroy(convert->command);
	if (convert->idle_fd >= 0)
		close(convert->idle_fd);
	g_free(convert->file);
	g_free(convert->output);
	g_free(convert->report);
	g_free(convert);
}

static int start(void **run, const struct hook_call *call)
{
	struct manifest manifest;
	g_autofree char *path = manifest_path(call->job);
	if (!g_str_has_suffix(path, MANIFEST_SUFFIX))
		return -EBADMSG;
	int err = manifest_load(&manifest, path, NULL);
	if (err < 0 && err != -ENOENT) /* it was deleted: there is nothing in it */
		return err;
	struct convert *convert = g_new0(struct convert, 1);
	convert->call = call;
	convert->idle_fd = -1;
	convert->format = hook_convert_format(call->hook->options, &manifest);
	manifest_fini(&manifest);
	if (convert->format == NULL) {
		err = run_nothing(convert);
	} else {
		name_files(convert, path);
		err = run_mjr(convert, path);
	}
	if (err < 0)
		destroy(convert);
	else
		*run = convert;
	return err;
}

static int fd(const void *run)
{
	const struct convert *convert = run;
	return convert->command != NULL ? hook_command_fd(convert->command) : convert->idle_fd;
}

static void cancel(void *run)
{
	struct convert *convert = run;
	if (convert->command != NULL)
		hook_command_cancel(convert->command);
}

/* --- its end --- */

/* A new reference to what mjr says about its one output; NULL when it is not to be had. */
static json_t *take_report(const struct convert *convert)
{
	g_autofree char *text = NULL;
	size_t len;
	int err = path_read(&text, &len, convert->report, REPORT_MAX);
	(void)unlink(convert->report);
	json_t *all = err == 0 ? json_loadb(text, len, 0, NULL) : NULL;
	json_t *report = json_incref(json_array_get(json_object_get(all, "outputs"), 0));
	json_decref(all);
	return report;
}

static struct manifest_output *describe(
	const struct convert *convert, const struct stat *st, json_t *report)
{
	struct manifest_output *output = g_new(struct manifest_output, 1);
	*output = (struct manifest_output){
		.file = g_strdup(convert->file),
		.format = g_strdup(convert->format),
		.bytes = (uint64_t)st->st_size,
		.duration_us =
			(uint64_t)(json_number_value(json_object_get(report, "duration")) * 1e6),
		.is_lossy = json_is_true(json_object_get(report, "loss")),
		.report = json_incref(report),
	};
	/* The manifest says where it is, and a folder may be moved. */
	if (output->report != NULL)
		json_object_del(output->report, "output");
	return output;
}

static void conclude(const struct convert *convert, struct hook_result *out)
{
	struct stat st;
	json_t *report = take_report(convert);
	const char *error = json_string_value(json_object_get(report, "error"));
	out->is_ok = out->is_ok || out->code == CODE_LOSSES;
	if (out->is_ok && stat(convert->output, &st) < 0) {
		out->is_ok = false;
		g_free(out->detail);
		out->detail = g_strdup_printf("the output is not there: %s", g_strerror(errno));
	} else if (out->is_ok) {
		out->output = g_strdup(convert->output);
		out->made = describe(convert, &st, report);
	} else if (error != NULL) {
		g_autofree char *words = g_steal_pointer(&out->detail);
		out->detail = g_strdup_printf("%s: %s", words, error);
	}
	json_decref(report);
}

static bool step(void *run, struct hook_result *out)
{
	struct convert *convert = run;
	if (convert->command == NULL) {
		out->is_ok = true;
		out->detail = g_strdup("nothing to convert");
		return true;
	}
	if (!hook_command_step(convert->command, out))
		return false;
	conclude(convert, out);
	return true;
}

const struct hook_action hook_convert = {
	.name = "convert",
	.is_maker = true,
	.start = start,
	.fd = fd,
	.step = step,
	.cancel = cancel,
	.destroy = destroy,
};
