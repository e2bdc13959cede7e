/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As much of <stddef.h> as the public headers use, for generate.py: it wants the name and not what is behind it. */
typedef unsigned long size_t;
