/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As much of <stdint.h> as the public headers use, for generate.py: it wants the names and not what is behind them. */
typedef unsigned char uint8_t;
typedef int int32_t;
typedef long int64_t;
typedef unsigned long uint64_t;
