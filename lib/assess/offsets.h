/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The offset book: what is owed (debits), what can pay for it (credits), and who pays for whom (claims). */
#ifndef LTN_ASSESS_OFFSETS_H
#define LTN_ASSESS_OFFSETS_H

#include "projection/projection.h"

#include <lantian/offsets.h>

/* Why a reduction does not pay for a project. */
typedef enum ltn_refusal {
    LTN_ACCEPTED,
    LTN_REFUSED_NOT_IN_BASE,
    LTN_REFUSED_NOT_PERMANENT,
    LTN_REFUSED_SEASONAL,
    LTN_REFUSED_NOT_SELECTED,
    LTN_REFUSED_ELSEWHERE,
    LTN_REFUSED_LATE,
    LTN_REFUSED_EXPIRED,
    LTN_REFUSED_SETTLED,
    LTN_REFUSED_NO_FALL,
    LTN_REFUSED_NO_COST,
    LTN_REFUSED_NEEDED,
    LTN_REFUSED_CLAIMED,
    LTN_REFUSALS
} ltn_refusal;

/* What is less than a milligram is rounding. */
#define LTN_DUST_T 1e-9

/* Tonnes that can be claimed, by the year a project starts in (an index of the run's years). */
typedef struct ltn_supply {
    double *amount; /* for a project that starts in that year */
    double *left;   /* what claims of projects that had started by that year leave */
    double *begun;  /* claims of projects that start in that year */
} ltn_supply;

/* The fall of a source below its base, or a row of the bank: what its credits may not exceed together. */
typedef struct ltn_holding {
    ltn_supply supply;
} ltn_holding;

typedef struct ltn_credit {
    int32_t measure;   /* of the scenario; -1: of the bank */
    int32_t source;    /* of the program; -1: known to the bank only */
    int32_t row;       /* its emission row in the base; -1: none */
    bool of_run;       /* a reduction of this run, though it may stand in the bank */
    bool in_bank;      /* some of it stands in the bank, in rows of its own */
    int32_t pollutant; /* a word of the derived inventory's pollutants */
    int32_t region;
    int32_t banked; /* row of the bank; -1: of this run */
    int32_t holding;
    const char *id, *measure_id; /* of the source, of the measure; the latter may be NULL */
    ltn_date since, expires;
    double lon, lat;                             /* NaN: not known */
    double reduced_t;                            /* by the measure, in the last year */
    double cost_yuan_t;                          /* NaN: not known */
    double claimed_t, worth_yuan_t, worth_new_t; /* NaN: no shadow price */
    ltn_supply supply;
    ltn_refusal flaw; /* for whichever project */
} ltn_credit;

typedef struct ltn_debit {
    int32_t measure; /* of the scenario; -1: growth of existing sources */
    int32_t source;  /* of the program; -1: growth */
    const char *id, *name;
    const ltn_offset_rule *rule;
    int32_t pollutant, region;
    int32_t *places; /* region of each kind of `within`; -1: none */
    double *ratios;  /* of each kind of `within` */
    ltn_date start;
    size_t year; /* index in the run's years */
    double lon, lat;
    double asked_t, new_t, covered_t, claimed_t;
    bool excluded, scaled;
} ltn_debit;

typedef struct ltn_claim {
    int32_t debit, credit;
    double tonnes, ratio;
} ltn_claim;

/* A target whose tonnes `surplus: true` leaves alone. */
typedef struct ltn_headroom {
    int32_t pollutant;
    uint8_t *rows, *regions; /* what counts: a byte a row of the program, a byte a region */
    double left;             /* tonnes it can give */
} ltn_headroom;

/* A row of the bank. */
typedef struct ltn_banked {
    const char *permit, *source, *region, *pollutant, *measure, *project;
    ltn_date issued, expires;                        /* year 0: not given */
    double balance_t, ratio, cost_yuan_kg, lon, lat; /* NaN: not given */
    ltn_place place, region_place;
} ltn_banked;

struct ltn_offset_bank {
    ltn_arena arena;
    ltn_banked *rows;
    size_t count;
};

/* What the book had to decide for want of something, besides its projects. */
typedef enum ltn_book_gap {
    LTN_GAP_NO_REGION_TABLE, /* no kinds of region: `within` is the project's own region */
    LTN_GAP_NO_PLACE,        /* the project's region is in none of the rule's kinds */
    LTN_GAP_NO_TARGETS,      /* surplus is asked for and there are no targets */
    LTN_GAP_NOT_KNOWN,       /* attainment cannot be told */
    LTN_GAP_NOT_STARTED,     /* the project starts after the run ends */
    LTN_GAP_NO_POINT,        /* nearest: the project has no coordinates */
    LTN_GAP_BETTER_MATCH,    /* another matching would cover more */
    LTN_GAPS
} ltn_book_gap;

typedef struct ltn_book_note {
    ltn_book_gap gap;
    const char *project, *detail;
    double value;
} ltn_book_note;

struct ltn_offset_book {
    const ltn_projection *run;  /* the one the book is about */
    ltn_projection *own;        /* the same where it was repeated */
    const ltn_targets *targets; /* while the book is made */
    ltn_table *judged;          /* what they say of the run, once somebody asks */
    ltn_offset_bank *bank;      /* a copy; or NULL */
    double *shares;             /* of each measure: what of an added source is let in */
    ltn_arena arena;
    ltn_debit *debits;
    ltn_credit *credits; /* the oldest first, then in the order of the file and of the source ids */
    ltn_holding *holdings;
    ltn_claim *claims;
    ltn_headroom *headrooms;
    ltn_book_note *notes;
    uint8_t **taken;      /* of each rule: the base's emission rows that `credits_from` takes; NULL: all */
    size_t settled_count; /* of the claims: those of earlier books, which come first */
    size_t debit_count, credit_count, holding_count, claim_count, headroom_count, note_count;
    size_t debit_capacity, credit_capacity, holding_capacity, claim_capacity, headroom_capacity, note_capacity;
};

ltn_status ltn_offset_bank_copy(const ltn_offset_bank *bank, ltn_offset_bank **out);

/* ---- credits ---- */

bool ltn_date_is_after(ltn_date a, ltn_date b);

/* Finds what the run's reductions, and the bank, have to give. */
ltn_status ltn_book_find_credits(ltn_offset_book *book);

/* Whether a credit may pay for a project and, in `place`, in which kind of `within` it lies. Says nothing of what
 * others claimed. */
ltn_refusal ltn_book_admit(const ltn_offset_book *book, const ltn_debit *debit, const ltn_credit *credit,
                           size_t *place);

/* Whether claims of a credit come out of what a target can give. */
bool ltn_headroom_counts(const ltn_headroom *headroom, const ltn_credit *credit);

/* ---- debits ---- */

/* Finds what is owed, in the order in which it is served. */
ltn_status ltn_book_find_debits(ltn_offset_book *book);

ltn_status ltn_book_note_add(ltn_offset_book *book, ltn_book_gap gap, const char *project, const char *detail,
                             double value);

/* ---- matching ---- */

/* Who pays for whom, on top of what earlier books settled. Projects of rules with `unmet: exclude` that cannot be covered are marked and claim
 * nothing. */
ltn_status ltn_book_match(ltn_offset_book *book);

/* What a debit can still claim of a credit, by what its supply has left. */
double ltn_book_available(const ltn_offset_book *book, const ltn_debit *debit, const ltn_credit *credit);
ltn_status ltn_book_claim(ltn_offset_book *book, int32_t debit, int32_t credit, double tonnes, double ratio);

/* What a supply has left for a project that starts in a year (an index of the run's); or in the last one. */
double ltn_supply_for(const ltn_offset_book *book, const ltn_supply *supply, size_t year);
double ltn_book_left(const ltn_offset_book *book, const ltn_supply *supply);

/* Undoes all claims but the first so many. */
void ltn_book_claim_back(ltn_offset_book *book, size_t claims);

/* All debits of rules with `order: cheapest` at once. */
ltn_status ltn_book_match_cheapest(ltn_offset_book *book);

/* New tonnes that a matching of greatest cover lets in, from the supply as it is at the start. */
ltn_status ltn_book_greatest_cover(ltn_offset_book *book, double *out);

/* ---- between the book and the targets ---- */

/* Tonnes that targets can give without being missed, projects that owe left out. */
ltn_status ltn_targets_headrooms(const ltn_targets *targets, const ltn_offset_book *book, ltn_headroom **out,
                                 size_t *count);

/* Whether the region, or the next one around it that has one, meets its indicator of a pollutant: 1 yes, 0 no,
 * -1 not known. `judged` is what ltn_targets_check() says. */
int ltn_targets_attained(const ltn_targets *targets, const ltn_table *judged, const ltn_tree *regions, int32_t region,
                         const char *pollutant);

/* What a target is (`cut`, `cap`, `indicator`), the unit of its value as given (or NULL), and its year. */
const char *ltn_targets_kind(const ltn_targets *targets, size_t target);
const char *ltn_targets_unit(const ltn_targets *targets, size_t target);
int ltn_targets_year(const ltn_targets *targets, size_t target);

/* What a project emits in a year, of the rows that are marked. */
double ltn_debit_tonnes(const ltn_offset_book *book, const ltn_debit *debit, const uint8_t *rows, int year);

/* New tonnes of a project that nobody pays for; and the word for how it stands. */
double ltn_debit_lacking(const ltn_debit *debit);
const char *ltn_debit_state(const ltn_debit *debit);

/* Of the rows and regions that are marked, what projects that owe emit in a year, and what has been claimed by then
 * of this run's reductions [t/yr]. */
double ltn_book_new_tonnes(const ltn_offset_book *book, int32_t pollutant, const uint8_t *rows, const uint8_t *regions,
                           int year);
double ltn_book_claimed_tonnes(const ltn_offset_book *book, int32_t pollutant, const uint8_t *rows,
                               const uint8_t *regions, int year);

#endif
