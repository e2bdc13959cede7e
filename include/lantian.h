/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file lantian.h
 *  Lantian (蓝天): emission inventories by sector and county, projected under a plan's measures.
 *
 *  One direction, no way back:
 *
 *      CSV, FF10, HDF5 ──> inventory ──┐
 *                                      ├──> projection ──> summaries, ledger, notes, targets, offsets ──> CSV, netCDF
 *      YAML, SMOKE ──────> scenario ───┘
 *
 *  Three rules hold everywhere.
 *  - A fallible function returns #ltn_status; on failure its output pointer is NULL, nothing is owed,
 *    and ltn_last_error() tells where and why.
 *  - What a function hands out through `**out` is *owned by the caller* and given back with the
 *    matching `_free`; every other pointer is a *view*, valid until the object it came from is freed.
 *  - Finished objects are immutable and may be shared by threads without locks.
 */
#ifndef LANTIAN_H
#define LANTIAN_H

#include <lantian/accounts.h>
#include <lantian/attribution.h>
#include <lantian/crosswalk.h>
#include <lantian/diagnostics.h>
#include <lantian/factors.h>
#include <lantian/inventory.h>
#include <lantian/ensemble.h>
#include <lantian/ipcc.h>
#include <lantian/moments.h>
#include <lantian/offsets.h>
#include <lantian/output.h>
#include <lantian/projection.h>
#include <lantian/scenario.h>
#include <lantian/sensitivity.h>
#include <lantian/status.h>
#include <lantian/store.h>
#include <lantian/table.h>
#include <lantian/targets.h>
#include <lantian/tree.h>
#include <lantian/units.h>

#endif
