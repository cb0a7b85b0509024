/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether the gateway that loaded us is the one that we were built for.
 *
 * The gateway refuses plugins that are older than itself, but lets newer ones
 * in, although the structs that it hands to them differ in size.
 */
#pragma once

/* The plugin API of a gateway's version number (1102 for 1.1.2). */
int gateway_api_of(int version);

/* 0, or -EINVAL with *error set to a sentence that the caller frees. */
int gateway_check(char **error);
