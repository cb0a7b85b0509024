/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_output.h. */
#include "recording/hook_output.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static void tell_skipped(struct hook_output *output)
{
	if (output->skipped == 0)
		return;
	g_autofree char *text =
		g_strdup_printf("(%" G_GUINT64_FORMAT " more lines)", output->skipped);
	output->skipped = 0;
	output->on_line(text, output->ctx);
}

static bool may_pass(struct hook_output *output, int64_t now_us)
{
	if (output->lines == 0 || now_us - output->window_us >= HOOK_OUTPUT_WINDOW_US) {
		output->window_us = now_us;
		output->lines = 0;
	}
	return output->lines < HOOK_OUTPUT_LINES;
}

static void end_line(struct hook_output *output, int64_t now_us)
{
	if (output->len == 0)
		return;
	output->line[output->len] = '\0';
	output->len = 0;
	if (!may_pass(output, now_us)) {
		output->skipped++;
		return;
	}
	tell_skipped(output);
	output->lines++;
	output->on_line(output->line, output->ctx);
}

void hook_output_push(struct hook_output *output, const char *bytes, size_t len, int64_t now_us)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			end_line(output, now_us);
		else if (output->len < HOOK_OUTPUT_LINE_MAX)
			/* What would end the text is shown as something. */
			output->line[output->len++] = bytes[i] != '\0' ? bytes[i] : '?';
	}
}

void hook_output_end(struct hook_output *output, int64_t now_us)
{
	end_line(output, now_us);
	tell_skipped(output);
}
