/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Offers that come with requests, and updates of streams.
 */
#include "plugins/renegotiation.h"

#include <string.h>

#include "plugins/stream.h"

enum error_code renegotiation_offer(const char **out, struct request *r)
{
	const char *type = json_string_value(json_object_get(r->jsep, "type"));
	const char *sdp = json_string_value(json_object_get(r->jsep, "sdp"));
	if (!type || !sdp)
		return errors_raise(
			&r->fault, ERROR_BAD_REQUEST, "'jsep' with an offer is missing");
	if (strcmp(type, "offer") != 0)
		return errors_raise(&r->fault, ERROR_BAD_REQUEST, "'jsep' must be an offer");
	*out = sdp;
	return ERROR_NONE;
}

enum error_code renegotiation_answer(struct request *r, struct stream *stream, const char *offer)
{
	const struct sdp_track *known[SDP_MLINES_MAX];
	size_t known_count = stream_sdp_tracks(stream, known);
	struct sdp_answer answer;
	enum error_code error =
		sdp_answer(&answer, offer, &stream->preferences, known, known_count, &r->fault);
	if (error != ERROR_NONE)
		return error;
	stream_add_tracks(stream, &answer, json_object_get(r->jsep, "simulcast"));
	r->answer = g_steal_pointer(&answer.text);
	sdp_answer_fini(&answer);
	return ERROR_NONE;
}
