/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mjr info: what is in a packet dump, and what is missing from it. */
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

#include "postprocessing/cmd.h"
#include "postprocessing/core/reader.h"
#include "postprocessing/core/reorder.h"

static enum cmd_status show(const char *path)
{
	struct reader *reader = NULL;
	const char *what = NULL;
	int err = reader_open(&reader, path, &what);
	if (err) {
		cmd_complain("%s: %s", path, what ? what : g_strerror(-err));
		return CMD_UNREADABLE;
	}
	struct reorder *reorder = reorder_create(reader);
	struct reorder_packet packet;
	while ((err = reorder_pull(reorder, &packet)) == STAGE_OK) {
	}
	const struct reorder_stats *stats = reorder_stats(reorder);
	printf("%s: %s, %" PRIu64 " packets, %" PRIu64 " lost\n", path,
		reader_info(reader)->codec->name, stats->received, stats->lost);
	bool has_loss = stats->lost > 0 || reader_stats(reader)->damages > 0;
	reorder_destroy(reorder);
	reader_close(reader);
	return err != STAGE_END ? CMD_UNREADABLE : has_loss ? CMD_LOSS : CMD_OK;
}

static enum cmd_status run(const void *settings, char **operands)
{
	(void)settings;
	enum cmd_status status = CMD_OK;
	for (; *operands; operands++)
		status = MAX(status, show(*operands));
	return status;
}

const struct cmd cmd_info = {
	.name = "info",
	.operands = "FILE...",
	.operands_min = 1,
	.summary = "Show what is in recordings, and what is missing from them.",
	.run = run,
};
