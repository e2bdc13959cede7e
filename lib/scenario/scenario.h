/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_SCENARIO_SCENARIO_H
#define LTN_SCENARIO_SCENARIO_H

#include "scenario/packets.h"
#include "scenario/selector.h"

typedef struct ltn_named {
    const char *name;
    ltn_place place;
} ltn_named;

/* pollutant -> quantity, in the order of the file */
typedef struct ltn_pollutant_quantity {
    ltn_named pollutant;
    ltn_quantity value;
} ltn_pollutant_quantity;

typedef struct ltn_factors {
    ltn_pollutant_quantity *items;
    size_t count;
    bool given;
    ltn_place place;
} ltn_factors;

typedef struct ltn_grow {
    const char *driver;
    ltn_place driver_place;
    ltn_quantity rate;
    ltn_knots index;
    const ltn_knots *knots; /* the index, or the driver's, once found */
} ltn_grow;

/* What a cap's share is a share of: the selection's base-year activity, or the year's energy. */
typedef enum ltn_cap_of { LTN_CAP_OF_BASE, LTN_CAP_OF_ENERGY } ltn_cap_of;

typedef struct ltn_cap {
    ltn_quantity activity; /* a share where it has no unit */
    int of;                /* ltn_cap_of */
    ltn_selectors cut_first, protect;
    ltn_selector *among; /* of energy: whose energy is the whole; NULL: everything's */
    ltn_factors ncv;     /* of energy: heating value by fuel */
} ltn_cap;

/* Energy for energy: A' = A · ncv_old · efficiency_old / (ncv_new · efficiency_new). */
typedef struct ltn_replace {
    bool given;
    ltn_quantity share; /* of switch */
    const char *fuel, *sector;
    ltn_quantity ncv_old, efficiency_old, ncv_new, efficiency_new;
    ltn_factors factors;
    int other; /* choice: nothing said, none */
    ltn_place place;
} ltn_replace;

typedef struct ltn_retire {
    ltn_quantity share;
    ltn_replace replace;
} ltn_retire;

typedef struct ltn_control_device {
    ltn_named pollutant;
    ltn_quantity capture, efficiency, effectiveness, penetration;
    ltn_texts device;         /* named devices, in place of an efficiency */
    const char *capture_kind; /* named, in place of a share */
} ltn_control_device;

typedef enum ltn_control_mode { LTN_CONTROL_ADD, LTN_CONTROL_REPLACE } ltn_control_mode;

typedef struct ltn_control {
    int mode;
    ltn_control_device *devices;
    size_t count, capacity;
} ltn_control;

typedef struct ltn_limit {
    ltn_quantity flue_gas, flue_gas_0, oxygen;
    int over; /* choice: source, group */
    ltn_factors ceilings;
} ltn_limit;

typedef struct ltn_stage_retirement {
    ltn_named stage;
    ltn_knots share;   /* of retire: cumulative */
    ltn_quantity rate; /* of scrappage: share of what is left that goes each year */
} ltn_stage_retirement;

/* Share of a cohort that is still there, by age in years, ascending; linear between, constant after the last. */
typedef struct ltn_survival {
    double *ages, *shares;
    size_t count;
} ltn_survival;

/* A stage that takes over what leaves. */
typedef struct ltn_sold_stage {
    ltn_named stage;
    ltn_date from; /* day from which it is sold; year 0: always */
    ltn_factors factors;
} ltn_sold_stage;

typedef struct ltn_turnover {
    const char *stage; /* column that holds the stage */
    ltn_place stage_place;
    ltn_stage_retirement *retire; /* of retire and scrappage */
    size_t retire_count;
    ltn_survival survival;
    const char *age; /* of survival: column that holds the model year */
    ltn_place age_place;
    ltn_sold_stage *to; /* by their days */
    size_t to_count;
    ltn_quantity vkt;
    ltn_place place;
} ltn_turnover;

typedef struct ltn_add {
    const char *source, *region, *sector, *name, *fuel, *owner, *facility;
    ltn_date from;
    ltn_quantity lon, lat, capacity;
    ltn_factors emissions;
    ltn_place place;
} ltn_add;

/* No more of the selected: activity stays at the base year's, new sources are not let in. */
typedef struct ltn_ban {
    bool growth, added;
} ltn_ban;

typedef struct ltn_offset {
    bool given;
    const char *pollutant, *rule;
    const struct ltn_offset_rule *terms; /* the rule, once found */
    ltn_place place;
} ltn_offset;

/* A ratio, and the cases it is for; the first that fits counts. */
typedef struct ltn_offset_ratio {
    ltn_quantity ratio;
    ltn_texts place;     /* kinds of region, of `within`, where the credit was found */
    ltn_texts region;    /* the new source lies in one of these */
    ltn_texts pollutant; /* that is owed */
    const char *attains; /* the new source's region meets its indicator of this pollutant */
    ltn_place at;
} ltn_offset_ratio;

typedef struct ltn_offset_ratios {
    ltn_offset_ratio *items;
    size_t count;
} ltn_offset_ratios;

enum { LTN_OFFSET_EARLIEST, LTN_OFFSET_NEAREST, LTN_OFFSET_CHEAPEST };
enum { LTN_UNMET_FLAG, LTN_UNMET_SCALE, LTN_UNMET_EXCLUDE };

typedef struct ltn_offset_rule {
    ltn_named name;
    ltn_offset_ratios ratios;
    ltn_texts within;
    struct {
        ltn_selector *where;
    } credits_from;
    int order, unmet;
    bool surplus, growth_owes;
} ltn_offset_rule;

enum { LTN_UNCERTAIN_ACTIVITY, LTN_UNCERTAIN_FACTOR, LTN_UNCERTAIN_REMOVAL, LTN_UNCERTAIN_QUANTITIES };
extern const char *const ltn_uncertain_names[LTN_UNCERTAIN_QUANTITIES];

typedef struct ltn_uncertain {
    const char *id;   /* or NULL */
    const char *name; /* what its random numbers are named by: its id, or the text of `where` */
    ltn_selector *where;
    ltn_quantity quantity[LTN_UNCERTAIN_QUANTITIES];
    ltn_texts shared_by;
    ltn_place place, shared_place;
    int correlation; /* that it is in, or -1 */
    int member;      /* its place there */
} ltn_uncertain;

/* Entries of one quantity each whose draws of one key are correlated. */
typedef struct ltn_correlation {
    ltn_texts ids;
    const ltn_uncertain **of; /* the entries, once found */
    size_t size;
    double *factor; /* size × size: Cholesky factor of the normal scores' correlation, row-major, lower */
    const ltn_node *ids_at, *rank_at;
    ltn_place place;
} ltn_correlation;

typedef enum ltn_action {
    LTN_NO_ACTION,
    LTN_GROW,
    LTN_CAP,
    LTN_RETIRE,
    LTN_CONTROL,
    LTN_LIMIT,
    LTN_SWITCH,
    LTN_TURNOVER,
    LTN_ADD,
    LTN_BAN,
    LTN_ACTIONS,             /* of the language */
    LTN_PACKET = LTN_ACTIONS /* of SMOKE's packets */
} ltn_action;

extern const char *const ltn_action_names[]; /* "", "grow", ... */
extern const char *const ltn_class_names[];  /* of accounting, NULL-terminated */
enum {
    LTN_CLASS_STRUCTURAL,
    LTN_CLASS_ENGINEERING,
    LTN_CLASS_MANAGEMENT,
    LTN_CLASS_GROWTH,
    LTN_CLASS_NEW,
    LTN_CLASSES
};

typedef struct ltn_measure {
    const char *id;
    ltn_label name;
    int task; /* 0: none */
    ltn_texts bureau;
    int accounting;      /* class */
    ltn_selector *where; /* NULL: everything */
    struct {
        ltn_knots knots;
        const char *name; /* of a named phase */
    } phase_read;
    const ltn_knots *phase; /* NULL: in full force from the first year after the base */
    ltn_date from;          /* not in force before */
    int months;             /* of the year in which it acts, a bit a month; 0: all */
    struct {
        ltn_quantity annual;
    } cost;
    ltn_offset offset;
    ltn_action action;
    ltn_grow grow;
    ltn_cap cap;
    ltn_retire retire;
    ltn_control control;
    ltn_limit limit;
    ltn_replace swap; /* switch */
    ltn_turnover turnover;
    ltn_add add;
    ltn_ban ban;
    const ltn_packet *packet;
    ltn_place place;
} ltn_measure;

typedef struct ltn_named_selector {
    ltn_named name;
    ltn_selector *selector;
} ltn_named_selector;

typedef struct ltn_named_knots {
    ltn_named name;
    ltn_knots knots;
} ltn_named_knots;

struct ltn_scenario {
    ltn_owners owners;
    ltn_arena arena;
    const char *source;                    /* file name */
    const char *files[LTN_SCENARIO_FILES]; /* the same, then those it includes */
    size_t file_count;
    ltn_label name, document;
    int base_year, years[2];
    const char *baseline; /* NULL: not said */
    ltn_place baseline_place, place;
    ltn_named_selector *scopes;
    ltn_named_knots *drivers, *phases;
    ltn_offset_rule *offset_rules;
    ltn_measure *measures;
    ltn_uncertain *uncertainty;
    ltn_correlation *correlations;
    bool of_packets; /* the measures are SMOKE's packets, which give one year alone */
    ltn_packet_options packets;
    size_t scope_count, driver_count, phase_count, rule_count, measure_count, uncertain_count, correlation_count;
};

ltn_scenario *ltn_scenario_share(const ltn_scenario *scenario);

/* The share of a measure in force in a year. */
double ltn_measure_phase(const ltn_measure *measure, int base_year, int year);

/* The day a measure is first in force: `from:`, or the first of the first year whose phase is above 0 up to
 * `last_year`. Year 0: never. */
ltn_date ltn_measure_begins(const ltn_measure *measure, int base_year, int last_year);

/* Growth since the base year; `rate` is that of a growth by rate. */
double ltn_grow_index(const ltn_grow *grow, double rate, int base_year, int year);

/* Share of a cohort that is still there at an age [years]. */
double ltn_survival_at(const ltn_survival *survival, double age);

/* A part of a fleet that leaves in one way. */
typedef struct ltn_cohort {
    const ltn_turnover *turnover;
    const ltn_stage_retirement *stage; /* NULL under survival */
    double model_year;                 /* of survival */
    int base_year;
    double rate; /* of scrappage */
} ltn_cohort;

/* The share of it that has left by the end of a year. */
double ltn_cohort_left(const ltn_cohort *cohort, int year);

/* The share of it that had left by a day. */
double ltn_cohort_left_before(const ltn_cohort *cohort, ltn_date day);

/* The share of it that a stage of `to` has taken over by the end of a year. */
double ltn_cohort_taken(const ltn_cohort *cohort, size_t stage, int year);

/* The forms of the actions, and of what they are made of, by the place they may stand in. */
extern const ltn_form ltn_grow_form, ltn_cap_form, ltn_retire_form, ltn_replace_form, ltn_switch_form, ltn_control_form,
    ltn_device_form, ltn_limit_form, ltn_turnover_form, ltn_add_form, ltn_ban_form, ltn_offset_form,
    ltn_offset_rule_form, ltn_offset_ratio_form, ltn_credits_form, ltn_uncertain_form, ltn_correlation_form;

void ltn_read_grow(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_cap(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_retire(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_switch(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_control(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_limit(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_turnover(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_add(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_ban(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_offset(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_uncertainty(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_read_correlations(ltn_reader *reader, const ltn_node *node, void *into);
void ltn_link_correlations(const ltn_reader *reader, ltn_scenario *scenario); /* finds the entries they name */
void ltn_read_offset_rule(ltn_reader *reader, const ltn_node *node, ltn_offset_rule *rule);

#endif
