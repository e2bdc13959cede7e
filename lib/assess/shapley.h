/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is behind lantian/attribution.h: games valued in batches, so that a simulation can run many coalitions at once. */
#ifndef LTN_ASSESS_SHAPLEY_H
#define LTN_ASSESS_SHAPLEY_H

#include "base/status.h"

#include <lantian/attribution.h>

/* The draws of an order: `count` numbers in (0, 1), the same for the same pair. */
typedef void (*ltn_order_draws)(void *context, uint64_t pair, size_t count, double *out);

/* ltn_game_shapley() with other draws; options are complete. */
ltn_status ltn_shapley_with(const ltn_game *game, const ltn_shapley_options *options, ltn_order_draws draws,
                            void *context, double *parts, double *errors, ltn_shapley_summary *summary);

#endif
