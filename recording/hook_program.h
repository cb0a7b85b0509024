/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The action "program": an executable file of the operator's. docs/hooks.md is its contract. */
#pragma once

#include "recording/hook.h"

extern const struct hook_action hook_program;
