/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders that tests make, look at and remove. Thread: any. */
#pragma once

#include <stddef.h>

/* The entries whose names begin and end so; none when there is no such folder. */
size_t folder_count(const char *path, const char *prefix, const char *suffix);

/* With all that is in it. */
void folder_remove(const char *path);
