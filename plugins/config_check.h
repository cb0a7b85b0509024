/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What single settings may be, beyond what a row of the table can say: NULL, or a
 * static sentence on what is wrong. Thread: any but the media thread.
 */
#pragma once

#include <stdbool.h>

const char *config_check_template(const char *text);
const char *config_check_audio_codecs(const char *text);
const char *config_check_video_codecs(const char *text);
const char *config_check_power_of_two(const char *text);
const char *config_check_rotation_size(const char *text);
const char *config_check_absolute(const char *text);
const char *config_check_durability(const char *text);
const char *config_check_program(const char *text);
const char *config_check_url(const char *text);
const char *config_check_webhook_events(const char *text);
const char *config_check_audio_rate(const char *text);
const char *config_check_metrics_file(const char *text);

/* Whether it is the absolute path of a program that may be executed. */
bool config_check_may_run(const char *path);
