/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See place.h. */
#include "tests/soak/place.h"

#include "tests/double/folder.h"

enum {
	SETTLE_MS = 20000, /* on a busy machine */
};

struct gateway *place_start(const struct place *place, const char *settings)
{
	g_autofree char *file = g_strdup_printf("general: {\n"
						"\trecordings_folder = \"%s\"\n"
						"\tring_folder = \"%s\"\n%s\n}\n",
		place->recordings, place->rings, settings);
	struct gateway *gateway = gateway_start_raw(file);
	g_autofree char *log = gateway ? NULL : gateway_log_text();
	if (!gateway)
		g_error("the plugin does not start: %s", log);
	return gateway;
}

/* Its own locks stay. */
static bool is_settled(const struct place *place)
{
	size_t locks = folder_count(place->rings, ".engine-", ".rings");
	return locks <= 1 && folder_count(place->rings, "", "") == locks &&
	       folder_count(place->recordings, ".engine-", ".lock") <= 1;
}

bool place_settle(const struct place *place)
{
	for (int ms = 0; ms < SETTLE_MS; ms++) {
		if (is_settled(place))
			return true;
		g_usleep(1000);
	}
	return false;
}
