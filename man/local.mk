# SPDX-License-Identifier: GPL-3.0-or-later
# The manual. A page appears here with the program or the file that it describes.

dist_man_MANS += man/mjr.1
