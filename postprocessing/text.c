/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See text.h. */
#include "postprocessing/text.h"

char *text_tame(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	return text;
}
