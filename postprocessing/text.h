/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text from outside, on its way to a terminal. */
#pragma once

/* Control characters become '?', so that a name can neither forge a line nor drive the terminal. */
char *text_tame(char *text); /* in place; returns `text` */
