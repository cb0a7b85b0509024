/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file with all metrics for node_exporter's textfile collector, replaced in one
 * step at every interval, by a thread of its own.
 */
#pragma once

struct metrics_file;
struct plugin;

/*
 * Starts the thread, which writes at once. *out is NULL when the operator wants no file. 0 or
 * -errno. A file that cannot be written is told to the log, and tried again.
 */
int metrics_file_create(struct metrics_file **out, struct plugin *plugin);

/*
 * Joins it, and removes the file: old numbers must not pass for those of a gateway that runs. NULL
 * is fine.
 */
void metrics_file_destroy(struct metrics_file *file);
