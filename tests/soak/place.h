/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the gateways of a soak live, one after the other: folders that outlive them.
 */
#pragma once

#include "tests/double/gateway.h"

struct place {
	char *recordings, *rings;
};

/* With these lines in the category "general". */
struct gateway *place_start(const struct place *place, const char *settings);

/* Waits until the gateway that runs has done with what others have left; false: it does not. */
bool place_settle(const struct place *place);
