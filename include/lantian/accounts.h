/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file accounts.h
 *  The accounts by official class: what stood in the base, what was added, what was taken off.
 */
#ifndef LANTIAN_ACCOUNTS_H
#define LANTIAN_ACCOUNTS_H

#include <lantian/projection.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Base, changes by class and projection of the last year, a row a region and pollutant: `region`,
 *  `pollutant`, `base_t`, `growth_t`, `new_t`, `structural_t`, `engineering_t`, `management_t`,
 *  `projected_t` [t/yr]; reductions are negative.
 *
 *      base + growth + new + structural + engineering + management = projected
 *
 *  Growth and reductions are those of sources that the base has; what measures do to a source that was added
 *  is part of what is new.
 *
 *  @param scope a scope of the scenario (for example the one without provincial plants), or NULL for everything
 *  @param region_depth 0 roots, 1 below them, ...; -1 each source's own region
 *  @return #LTN_OK; #LTN_ENOTFOUND (no such scope); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_projection_accounts(const ltn_projection *run, const char *scope, int region_depth,
                                                       ltn_table **out);

#ifdef __cplusplus
}
#endif
#endif
