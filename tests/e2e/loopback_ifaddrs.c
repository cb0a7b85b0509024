/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into Janus by the tests: lets it use 127.0.0.1 for media.
 *
 * Janus passes over every interface that calls itself a loopback, whatever its
 * configuration says. So no interface does.
 */
#include <dlfcn.h>
#include <ifaddrs.h>
#include <net/if.h>

typedef int getifaddrs_fn(struct ifaddrs **out);

int getifaddrs(struct ifaddrs **out)
{
	static getifaddrs_fn *real;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getifaddrs");
	int err = real(out);
	if (err)
		return err;
	for (struct ifaddrs *i = *out; i; i = i->ifa_next)
		i->ifa_flags &= ~(unsigned)IFF_LOOPBACK;
	return 0;
}
