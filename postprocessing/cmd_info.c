/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mjr info: what is in recordings, and what is missing from them. */
#include <glib.h>
#include <jansson.h>
#include <stdio.h>

#include "postprocessing/cmd.h"
#include "postprocessing/core/input.h"
#include "postprocessing/info.h"
#include "postprocessing/table.h"

struct settings {
	bool is_json;
};

static const struct cmd_option options[] = {
	{.name = "json",
		.letter = 'j',
		.type = CMD_FLAG,
		.offset = offsetof(struct settings, is_json),
		.help = "Write one JSON object instead of tables."},
	{0},
};

static enum cmd_status worse(enum cmd_status a, enum cmd_status b)
{
	return MAX(a, b);
}

/* Why one file of a track was not read; NULL when there is no reason any more. */
static const char *reason(const struct info_track *track, const char *path)
{
	struct reader *reader = NULL;
	const char *what = NULL;
	int err = reader_open(&reader, path, &what);
	if (err && !what)
		what = g_strerror(-err);
	if (!err && !track->error && reader_info(reader)->codec != track->scan.info.codec)
		what = "another codec than in the first file of the track";
	reader_close(reader);
	return what;
}

/* Names each file of a track that could not be read. */
static enum cmd_status complain_track(const struct info_track *track)
{
	const struct input_track *input = track->track;
	size_t count = 0;

	if (input->file_count == 0 || (!track->error && track->scan.reader.unreadable_files == 0))
		return CMD_OK;
	for (size_t i = 0; i < input->file_count; i++) {
		const char *what = reason(track, input->files[i]);
		if (what)
			cmd_complain("%s: %s", input->files[i], what);
		count += what != NULL;
	}
	if (count == 0 && track->error) /* it opened, but reading failed later */
		cmd_complain("%s: %s", input->files[0], track->error);
	return CMD_UNREADABLE;
}

static enum cmd_status judge(const struct info *info)
{
	enum cmd_status status = CMD_OK;
	for (size_t i = 0; i < info->input->track_count; i++) {
		const struct info_track *track = &info->tracks[i];
		if (!track->error && scan_has_loss(&track->scan))
			status = worse(status, CMD_LOSS);
		status = worse(status, complain_track(track));
	}
	return status;
}

static enum cmd_status show(const struct input *input, json_t *recordings)
{
	struct info info;
	info_load(&info, input);
	enum cmd_status status = judge(&info);
	if (recordings)
		json_array_append_new(recordings, info_to_json(&info));
	else
		info_print(&info, table_terminal_width());
	info_fini(&info);
	return status;
}

static json_t *problems_to_json(const struct input_set *set)
{
	json_t *problems = json_array();
	for (size_t i = 0; i < set->problem_count; i++) {
		g_autofree char *path = g_utf8_make_valid(set->problems[i].path, -1);
		json_array_append_new(problems,
			json_pack("{ss, ss}", "path", path, "error", set->problems[i].what));
	}
	return problems;
}

static void print_json(const struct input_set *set, json_t *recordings)
{
	json_t *all = json_object();
	json_object_set(all, "recordings", recordings);
	json_object_set_new(all, "problems", problems_to_json(set));
	(void)json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(all);
}

static enum cmd_status run(const void *settings, char **operands)
{
	const struct settings *chosen = settings;
	enum cmd_status status = CMD_OK;
	json_t *recordings = chosen->is_json ? json_array() : NULL;
	struct input_set set;

	input_set_load(&set, operands);
	for (size_t i = 0; i < set.problem_count; i++) {
		cmd_complain("%s: %s", set.problems[i].path, set.problems[i].what);
		status = CMD_UNREADABLE;
	}
	for (size_t i = 0; i < set.count; i++)
		status = worse(status, show(&set.inputs[i], recordings));
	if (recordings)
		print_json(&set, recordings);
	json_decref(recordings);
	input_set_fini(&set);
	return status;
}

const struct cmd cmd_info = {
	.name = "info",
	.operands = "FILE|MANIFEST|FOLDER...",
	.operands_min = 1,
	.summary = "Show what is in recordings, and what is missing from them.",
	.help = "Loose .mjr files are grouped into recordings by their names. The exit code is 1\n"
		"when packets are missing or a file is damaged, 3 when a file cannot be read.",
	.options = options,
	.settings_size = sizeof(struct settings),
	.run = run,
};
