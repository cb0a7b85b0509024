// SPDX-License-Identifier: GPL-3.0-or-later
module publisher

go 1.19
