/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bar and the lines.
 */
#include "postprocessing/media/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	INTERVAL_US = 100000,
	BAR_WIDTH = 40,
};

bool progress_init(struct progress *progress, const char *word, const struct clock *clock)
{
	*progress = (struct progress){.style = PROGRESS_NONE, .clock = clock};
	if (word == NULL || strcmp(word, "auto") == 0) {
		if (isatty(STDERR_FILENO))
			progress->style = PROGRESS_BAR;
		return true;
	}
	if (strcmp(word, "json") == 0)
		progress->style = PROGRESS_JSON;
	return strcmp(word, "json") == 0 || strcmp(word, "none") == 0;
}

static void show_bar(double share, int64_t time_us)
{
	static const char full[] = "########################################";
	int filled = (int)(share * BAR_WIDTH);
	int64_t s = time_us / 1000000;
	fprintf(stderr, "\r[%.*s%*s] %3d%%  %" PRId64 ":%02d:%02d", filled, full,
		BAR_WIDTH - filled, "", (int)(share * 100), s / 3600, (int)(s / 60 % 60),
		(int)(s % 60));
}

static void show(struct progress *progress, double share, int64_t time_us)
{
	if (progress->style == PROGRESS_BAR)
		show_bar(share, time_us);
	else if (progress->style == PROGRESS_JSON)
		fprintf(stderr, "{\"progress\": %.3f, \"time\": %.3f}\n", share,
			(double)time_us / 1e6);
	progress->is_shown = true;
}

void progress_update(struct progress *progress, uint64_t done, uint64_t total, int64_t time_us)
{
	if (progress->style == PROGRESS_NONE || total == 0)
		return;
	int64_t now_us = clock_mono_us(progress->clock);
	if (now_us < progress->next_us)
		return;
	progress->next_us = now_us + INTERVAL_US;
	show(progress, done < total ? (double)done / (double)total : 1, time_us);
}

void progress_finish(struct progress *progress, int64_t time_us)
{
	show(progress, 1, time_us);
	if (progress->style == PROGRESS_BAR)
		fputc('\n', stderr);
	progress->is_shown = false;
}

void progress_clear(struct progress *progress)
{
	if (progress->style == PROGRESS_BAR && progress->is_shown)
		fprintf(stderr, "\r%*s\r", BAR_WIDTH + 20, "");
	progress->is_shown = false;
}
