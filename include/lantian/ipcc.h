/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file ipcc.h
 *  Uncertainty by propagation of errors: Approach 1 of the IPCC, level and trend.
 *
 *  Uncertainties are half the 95 % range over the mean, in percent: of a normal law 1.96 times its coefficient of
 *  variation. Approach 1 holds for small uncertainties (coefficients of variation below 0.3, the IPCC says) and
 *  independent categories; for others there are the ensemble and moments.h.
 */
#ifndef LANTIAN_IPCC_H
#define LANTIAN_IPCC_H

#include <lantian/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whose columns H and M. The editions agree in everything else, and in the level and the trend they come to. */
typedef enum ltn_ipcc_edition {
    LTN_IPCC_2006 = 0, /**< 2006 Guidelines, Vol. 1, Table 3.2: H and M are squares, `(G·D)²/(ΣD)²` and `K² + L²` */
    LTN_IPCC_2000 = 1 /**< Good Practice Guidance 2000, Table 6.1: H and M are percent, `G·D/ΣD` and `√(K² + L²)` */
} ltn_ipcc_edition;

/** A category of the worksheet: its columns A to F, and how its uncertainty goes from year to year. */
typedef struct ltn_ipcc_row {
    const char *category;    /**< A; borrowed for the call; or NULL */
    const char *pollutant;   /**< B; borrowed for the call; or NULL */
    double base_t;           /**< C, emission of the base year [t/yr], at least 0 */
    double year_t;           /**< D, emission of year t [t/yr], at least 0 */
    double activity_pct;     /**< E, uncertainty of the activity [%], at least 0 */
    double factor_pct;       /**< F, uncertainty of the emission factor [%], at least 0 */
    int factor_correlated;   /**< 1: one factor for both years, `K = I·F`; 0: one for each, `K = J·F·√2` */
    int activity_correlated; /**< 1: one error for both years, `L = I·E`; 0: one for each, `L = J·E·√2` */
} ltn_ipcc_row;

/** What the worksheet comes to. */
typedef struct ltn_ipcc_totals {
    double base_t;                /**< ΣC [t/yr] */
    double year_t;                /**< ΣD [t/yr] */
    double level_pct;             /**< uncertainty of ΣD [%] */
    double trend_pct;             /**< (ΣD − ΣC)/ΣC [%] */
    double trend_uncertainty_pct; /**< of the trend [percentage points] */
} ltn_ipcc_totals;

/** Options of ltn_ipcc_approach1(). */
typedef struct ltn_ipcc_options {
    size_t struct_size;           /**< set by ltn_ipcc_options_init() */
    int edition;                  /**< #ltn_ipcc_edition; #LTN_IPCC_2006 */
    ltn_diagnostics *diagnostics; /**< every bad row; borrowed; NULL: only the first, in ltn_last_error() */
} ltn_ipcc_options;

/** Sets every option to its default. */
LTN_API void ltn_ipcc_options_init(ltn_ipcc_options *options);

/** The worksheet of Approach 1, a row a category in the order given:
 *
 *      G = √(E² + F²)         H = (G·D)²/(ΣD)²        level = √ΣH
 *      I = 100·{[0.01·D + ΣD − (0.01·C + ΣC)]/(0.01·C + ΣC) − (ΣD − ΣC)/ΣC}        J = D/ΣC
 *      K = I·F or J·F·√2      L = J·E·√2 or I·E       M = K² + L²        uncertainty of the trend = √ΣM
 *
 *  I is what the trend moves by [percentage points] when the category's emissions of both years are 1 % higher: that
 *  step itself, as the table prints it, and not its derivative. With #LTN_IPCC_2000, H and M are as said there,
 *  level = √ΣH² and uncertainty of the trend = √ΣM².
 *
 *  Columns: `category, pollutant, base_t, year_t, activity_pct, factor_pct, combined_pct` (G), `level` (H),
 *  `sensitivity_a` (I), `sensitivity_b` (J), `trend_factor_pct` (K), `trend_activity_pct` (L), `trend` (M).
 *
 *  @param rows @p count of them, at least one; borrowed for the call
 *  @param options NULL for defaults
 *  @param[out] totals
 *  @param[out] out the table, owned by the caller; or NULL
 *  @return #LTN_OK; #LTN_EINPUT (a value that is negative or no finite number, a switch that is neither 0 nor 1, ΣC or
 *  ΣD of 0); #LTN_EARGUMENT (no row, an edition that is none); #LTN_ENOMEM.
 *  @cite ipcc2006 Tables 3.2 and 3.3. @cite ipcc2000 Table 6.1. */
LTN_API LTN_CHECKED ltn_status ltn_ipcc_approach1(const ltn_ipcc_row *rows, size_t count,
                                                  const ltn_ipcc_options *options, ltn_ipcc_totals *totals,
                                                  ltn_table **out);

/** The uncertainty of a product of independent quantities, `√(U1² + U2² + ...)`.
 *  @param uncertainty_pct of each [%], at least 0
 *  @param[out] out [%]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite ipcc2006 Equation 3.1. */
LTN_API LTN_CHECKED ltn_status ltn_ipcc_product_pct(size_t count, const double *uncertainty_pct, double *out);

/** The uncertainty of a sum of independent quantities, `√((U1·x1)² + (U2·x2)² + ...) / |x1 + x2 + ...|`.
 *  @param values x; a negative one is subtracted
 *  @param uncertainty_pct of each [%], at least 0
 *  @param[out] out [%]
 *  @return #LTN_OK or #LTN_EARGUMENT (also where the values sum to 0). @cite ipcc2006 Equation 3.2. */
LTN_API LTN_CHECKED ltn_status ltn_ipcc_sum_pct(size_t count, const double *values, const double *uncertainty_pct,
                                                double *out);

#ifdef __cplusplus
}
#endif
#endif
