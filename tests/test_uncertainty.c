/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the inventory's columns and the scenario's uncertainty: and correlations: make of sources and rows: inputs, their
 * laws and streams, and the base where a mean of its own stands. Expected values are by hand or from the closed forms
 * named beside them. */
#include "plan.h"

#include "projection/program.h"

#include <stdio.h>

#define CLOSE 1e-13 /* relative: a handful of roundings */
#define HEAD "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\n"

/* Two boilers and a works. Emissions: 1000 t · 10 g/kg = 10 t, 4 t, 500 t · 8 g/kg · 0.5 = 2 t; 300 t · 20 g/kg = 6 t. */
#define COLUMNS                                                                                                        \
    "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,emission_t,activity_cv,"         \
    "factor_cv,factor_key,line\n"
#define ROWS                                                                                                           \
    "A,r,boiler,SO2,1000,t,10,g/kg,0,,0.25,0.5,coal,1\n"                                                               \
    "A,r,boiler,NOx,1000,t,4,g/kg,0,,0.25,0.5,,1\n"                                                                    \
    "B,r,boiler,SO2,500,t,8,g/kg,0.5,,,0.5,coal,2\n"                                                                   \
    "C,r,solvent,VOC,300,t,20,g/kg,0,,,,,\n"
static const char csv[] = COLUMNS ROWS;

/* ---- programs ---- */

typedef struct compiled {
    ltn_inventory *base;
    ltn_scenario *scenario;
    ltn_program program;
} compiled;

static compiled compile(const char *inventory, const char *yaml)
{
    compiled c = {inventory_of(inventory), scenario_of(yaml), {0}};
    assert_ok(ltn_program_compile(c.base, c.scenario, &c.program));
    return c;
}

static void compiled_free(compiled *c)
{
    ltn_program_free(&c->program);
    ltn_scenario_free(c->scenario);
    ltn_inventory_free(c->base);
}

static int32_t at(const compiled *c, const int32_t *inputs, const char *source, const char *pollutant)
{
    if (!inputs) return -1;
    int32_t place =
        pollutant ? row_in(c->program.base, source, pollutant) : ltn_inventory_find(c->program.base, source);
    assert_true(place >= 0);
    return inputs[place];
}

static int32_t activity_of(const compiled *c, const char *source)
{
    return at(c, c->program.inputs.activity, source, NULL);
}

static int32_t factor_of(const compiled *c, const char *source, const char *pollutant)
{
    return at(c, c->program.inputs.factor, source, pollutant);
}

static int32_t removal_of(const compiled *c, const char *source, const char *pollutant)
{
    return at(c, c->program.inputs.removal, source, pollutant);
}

static const ltn_input *input_at(const compiled *c, int32_t input)
{
    assert_true(input >= 0 && (size_t)input < c->program.inputs.count);
    return &c->program.inputs.items[input];
}

static const ltn_law *law_at(const compiled *c, int32_t input)
{
    return &c->program.inputs.laws[input_at(c, input)->law];
}

static uint64_t stream_at(const compiled *c, int32_t input)
{
    return input_at(c, input)->stream;
}

static double base_of(const compiled *c, const char *source, const char *pollutant, const char *column)
{
    return emission_number(c->program.base, source, pollutant, column);
}

/* The value of the only note of this kind; NaN where there is none. */
static double note_of(const compiled *c, const char *code, const char *detail)
{
    double value = NAN;
    size_t count = 0;
    for (size_t i = 0; i < c->program.notes.count; i++) {
        const ltn_note *n = &c->program.notes.items[i];
        if (strcmp(ltn_note_name(n->code), code) != 0) continue;
        value = n->value;
        if (detail) assert_contains(n->detail, detail);
        count++;
    }
    assert_true(count <= 1);
    return value;
}

/* Compiling fails at the §, in these words. */
static void assert_uncompiled(const char *inventory, const char *marked, ltn_status status, const char *words)
{
    text_buffer yaml = {0};
    mark marks[MARKS_MAX];
    assert_int_equal(take_marks(marked, &yaml, marks), 1);
    ltn_inventory *base = inventory_of(inventory);
    ltn_scenario *scenario = scenario_of(yaml.data);
    ltn_program program;
    assert_status(ltn_program_compile(base, scenario, &program), status);
    const ltn_error *e = ltn_last_error();
    if (e->line != marks[0].line || e->column != marks[0].column || !strstr(e->message, words))
        fail_msg("%d:%d: %s\n  expected %d:%d and '%s'", e->line, e->column, e->message, marks[0].line, marks[0].column,
                 words);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
    free(yaml.data);
}

/* Reading fails with one error at the §, in these words. */
static void assert_unread(const char *marked, const char *words)
{
    text_buffer yaml = {0};
    mark marks[MARKS_MAX];
    ltn_read_options options;
    ltn_scenario *scenario = NULL;
    assert_int_equal(take_marks(marked, &yaml, marks), 1);
    ltn_diagnostics *list = new_list(&options);
    assert_status(ltn_scenario_parse(yaml.data, yaml.size, temporary_path("plan.yaml"), &options, &scenario),
                  LTN_EINPUT);
    const ltn_diagnostic *d = ltn_diagnostics_get(list, 0);
    if (ltn_diagnostics_errors(list) != 1 || d->line != marks[0].line || d->column != marks[0].column ||
        !strstr(d->message, words))
        fail_msg("%s\n%zu errors, the first %d:%d: %s\n  expected %d:%d and '%s'", marked, ltn_diagnostics_errors(list),
                 d->line, d->column, d->message, marks[0].line, marks[0].column, words);
    ltn_diagnostics_free(list);
    free(yaml.data);
}

/* ---- columns ---- */

static void columns_are_lognormal_around_the_value(void **state)
{
    (void)state;
    compiled c = compile(csv, HEAD);
    const ltn_law *law = law_at(&c, activity_of(&c, "A"));
    /* cv 0.25: sigma 0.24622067706924 (checks/METHODS), mean 1 */
    assert_int_equal(law->value.kind, LTN_LOGNORMAL);
    assert_close(law->value.parameter[1], 0.24622067706924, 1e-13, 0);
    assert_close(law->value.parameter[0], -0.24622067706924 * 0.24622067706924 / 2, 1e-12, 0);
    assert_true(law->relative);
    assert_close(law->mean, 1, 1e-15, 0);
    assert_close(law->low, 0, 0, 0);
    assert_int_equal(activity_of(&c, "B"), -1);
    assert_int_equal(input_at(&c, activity_of(&c, "A"))->kind, LTN_INPUT_ACTIVITY);
    assert_int_equal(input_at(&c, activity_of(&c, "A"))->of, ltn_inventory_find(c.base, "A"));
    assert_null(c.program.inputs.removal);
    assert_ptr_equal(c.program.base, c.base); /* nothing is replaced, nothing is copied */
    compiled_free(&c);
}

static void factor_keys_share_a_draw(void **state)
{
    (void)state;
    compiled c = compile(csv, HEAD);
    assert_int_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "B", "SO2"));
    assert_int_equal(input_at(&c, factor_of(&c, "A", "SO2"))->uses, 2);
    assert_int_not_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "A", "NOx")); /* no key: its own */
    assert_int_equal(factor_of(&c, "C", "VOC"), -1);
    assert_int_equal(input_at(&c, factor_of(&c, "A", "NOx"))->law, input_at(&c, factor_of(&c, "A", "SO2"))->law);
    assert_int_equal(c.program.inputs.count, 3);
    assert_int_equal(c.program.inputs.law_count, 2);
    compiled_free(&c);
    /* Another cv on the same key is another law on the same stream. */
    c = compile(COLUMNS "A,r,s,SO2,1,t,1,g/kg,0,,,0.5,coal,\nB,r,s,SO2,1,t,1,g/kg,0,,,0.4,coal,\n", HEAD);
    assert_int_not_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "B", "SO2"));
    assert_true(stream_at(&c, factor_of(&c, "A", "SO2")) == stream_at(&c, factor_of(&c, "B", "SO2")));
    compiled_free(&c);
}

static void what_is_sure_has_no_inputs(void **state)
{
    (void)state;
    compiled c = compile(COLUMNS "A,r,s,SO2,1,t,1,g/kg,0,,0,0,coal,\n", HEAD); /* cv 0 */
    assert_int_equal(c.program.inputs.count, 0);
    assert_null(c.program.inputs.activity);
    assert_null(c.program.inputs.factor);
    compiled_free(&c);
}

/* ---- entries ---- */

static void an_entry_beats_the_column_and_the_last_wins(void **state)
{
    (void)state;
    compiled c = compile(csv, HEAD "uncertainty:\n"
                                   "  - {where: {sector: boiler}, activity: {lognormal: {cv: 10 %}}, factor: {normal: "
                                   "{cv: 10 %}}}\n"
                                   "  - {where: {pollutant: NOx}, factor: {normal: {sd: 20 %}}}\n"
                                   "  - {where: {id: B}, activity: 500 t}\n");
    /* sigma² = ln(1 + 0.1²) */
    assert_close(law_at(&c, activity_of(&c, "A"))->value.parameter[1], sqrt(log(1.01)), CLOSE, 0);
    assert_int_equal(law_at(&c, factor_of(&c, "A", "SO2"))->value.kind, LTN_NORMAL);
    assert_close(law_at(&c, factor_of(&c, "A", "SO2"))->value.parameter[1], 0.1, CLOSE, 0);
    assert_close(law_at(&c, factor_of(&c, "A", "NOx"))->value.parameter[1], 0.2, CLOSE, 0);
    /* without shared_by the key is not asked for */
    assert_int_not_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "B", "SO2"));
    assert_int_equal(activity_of(&c, "B"), -1); /* the last says it is certain */
    compiled_free(&c);
}

static void shared_values_share_a_draw(void **state)
{
    (void)state;
    static const char yaml[] = HEAD "uncertainty:\n  - {factor: {lognormal: {cv: 60 %}}, shared_by: [sector, "
                                    "pollutant]}\n  - {activity: {lognormal: {cv: 10 %}}, shared_by: line}\n";
    static const char four[] = COLUMNS ROWS "D,r,boiler,SO2,1,t,1,g/kg,0,,,,,1\nE,q,solvent,VOC,1,t,1,g/kg,0,,,,,\n";
    compiled c = compile(four, yaml);
    assert_int_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "B", "SO2"));
    assert_int_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "D", "SO2"));
    assert_int_equal(factor_of(&c, "C", "VOC"), factor_of(&c, "E", "VOC"));
    assert_int_not_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "A", "NOx"));
    assert_int_equal(input_at(&c, factor_of(&c, "A", "SO2"))->uses, 3);
    /* by a column of the user's; the rows that lack it have draws of their own */
    assert_int_equal(activity_of(&c, "A"), activity_of(&c, "D"));
    assert_int_not_equal(activity_of(&c, "A"), activity_of(&c, "B"));
    assert_int_not_equal(activity_of(&c, "C"), activity_of(&c, "E"));
    compiled_free(&c);
    /* factor_key is a column like others */
    c = compile(four, HEAD "uncertainty:\n  - {factor: {lognormal: {cv: 60 %}}, shared_by: factor_key}\n");
    assert_int_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "B", "SO2"));
    assert_int_not_equal(factor_of(&c, "A", "SO2"), factor_of(&c, "D", "SO2"));
    compiled_free(&c);
}

static void one_more_changes_no_others_stream(void **state)
{
    (void)state;
    static const char few[] = HEAD "uncertainty:\n"
                                   "  - {where: {sector: solvent}, factor: {lognormal: {cv: 60 %}}, shared_by: "
                                   "sector}\n"
                                   "  - {where: {id: B}, removal: {normal: {sd: 0.05}}}\n";
    static const char more[] = HEAD "uncertainty:\n"
                                    "  - {where: {sector: boiler}, factor: {lognormal: {cv: 20 %}}, shared_by: "
                                    "sector}\n"
                                    "  - {where: {sector: [solvent, x]}, activity: {normal: {cv: 10 %}}}\n"
                                    "  - {where: {sector: solvent}, factor: {lognormal: {cv: 60 %}}, shared_by: "
                                    "sector}\n"
                                    "  - {where: {id: B}, removal: {normal: {sd: 0.04}}}\n";
    compiled a = compile(csv, few), b = compile(COLUMNS "0,r,boiler,SO2,1,t,1,g/kg,0,,0.1,0.1,,\n" ROWS, more);
    assert_true(stream_at(&a, factor_of(&a, "C", "VOC")) == stream_at(&b, factor_of(&b, "C", "VOC")));
    assert_true(stream_at(&a, activity_of(&a, "A")) == stream_at(&b, activity_of(&b, "A")));
    assert_true(stream_at(&a, removal_of(&a, "B", "SO2")) == stream_at(&b, removal_of(&b, "B", "SO2")));
    /* entries of the same shared values and quantity are still two causes */
    assert_true(stream_at(&b, factor_of(&b, "A", "SO2")) != stream_at(&b, factor_of(&b, "C", "VOC")));
    compiled_free(&a);
    compiled_free(&b);
}

static void an_id_keeps_the_stream_when_where_changes(void **state)
{
    (void)state;
    compiled a = compile(csv, HEAD "uncertainty: [{id: s, where: {sector: solvent}, factor: {normal: {cv: 0.1}}, "
                                   "shared_by: sector}]\n"),
             b = compile(csv, HEAD "uncertainty: [{id: s, where: {id: C}, factor: {normal: {cv: 0.1}}, shared_by: "
                                   "sector}]\n"),
             none = compile(csv, HEAD "uncertainty: [{where: {id: C}, factor: {normal: {cv: 0.1}}, shared_by: "
                                      "sector}]\n");
    assert_true(stream_at(&a, factor_of(&a, "C", "VOC")) == stream_at(&b, factor_of(&b, "C", "VOC")));
    assert_true(stream_at(&a, factor_of(&a, "C", "VOC")) != stream_at(&none, factor_of(&none, "C", "VOC")));
    compiled_free(&a);
    compiled_free(&b);
    compiled_free(&none);
}

static void entries_that_choose_nothing_are_told(void **state)
{
    (void)state;
    compiled c = compile(csv, HEAD "uncertainty: [{where: {sector: cement}, factor: {normal: {cv: 0.1}}}]\n");
    assert_close(note_of(&c, "uncertainty_selects_nothing", "plan.yaml:4"), 0, 0, 0);
    compiled_free(&c);
}

/* ---- means of their own ---- */

static void a_mean_of_its_own_stands_in_the_base(void **state)
{
    (void)state;
    compiled c = compile(csv, HEAD "uncertainty:\n"
                                   "  - {where: {id: A}, activity: {uniform: [1e6 kg/yr, 3e6 kg/yr]}}\n"
                                   "  - {where: {id: B}, factor: {triangular: [6 kg/t, 7 kg/t, 11 kg/t]}}\n"
                                   "  - {where: {id: [B, C]}, removal: {uniform: [0.1, 0.3]}}\n");
    /* A: 1000 t → 2000 t. B: 8 → (6 + 7 + 11)/3 = 8 kg/t, 0.5 → 0.2: 2 t · 0.8/0.5. C: 0 → 0.2: 6 t · 0.8. */
    assert_close(source_number(c.program.base, "A", "activity"), 2000, CLOSE, 0);
    assert_close(base_of(&c, "A", "SO2", "emission_t"), 20, CLOSE, 0);
    assert_close(base_of(&c, "A", "NOx", "emission_t"), 8, CLOSE, 0);
    assert_close(base_of(&c, "B", "SO2", "factor"), 8, CLOSE, 0);
    assert_close(base_of(&c, "B", "SO2", "removal"), 0.2, CLOSE, 0);
    assert_close(base_of(&c, "B", "SO2", "emission_t"), 3.2, CLOSE, 0);
    assert_close(base_of(&c, "C", "VOC", "emission_t"), 4.8, CLOSE, 0);
    /* the inventory that was given is as it was */
    assert_close(source_number(c.base, "A", "activity"), 1000, 0, 0);
    assert_close(emission_number(c.base, "B", "SO2", "emission_t"), 2, CLOSE, 0);
    /* draws over their mean multiply; a removal takes the place of R */
    assert_true(law_at(&c, activity_of(&c, "A"))->relative);
    assert_close(law_at(&c, activity_of(&c, "A"))->mean, 2e6, CLOSE, 0);
    assert_false(law_at(&c, removal_of(&c, "B", "SO2"))->relative);
    assert_close(law_at(&c, removal_of(&c, "B", "SO2"))->mean, 0.2, CLOSE, 0);
    assert_close(law_at(&c, removal_of(&c, "B", "SO2"))->high, 1, 0, 0);
    assert_int_equal(input_at(&c, removal_of(&c, "C", "VOC"))->kind, LTN_INPUT_REMOVAL);
    compiled_free(&c);
}

static void replaced_values_are_counted_and_run(void **state)
{
    (void)state;
    plan p = plan_of(csv, HEAD "measures: [{id: m, where: {id: A}, retire: {share: 50 %}}]\n"
                               "uncertainty: [{where: {sector: boiler}, factor: {uniform: [10 g/kg, 14 g/kg]}}]\n");
    /* A: SO2 12 g/kg, and NOx too; B: 500 t · 12 · 0.5 */
    assert_close(emission(p.run, 2015, "A", "NOx"), 12, CLOSE, 0);
    assert_close(emission(p.run, 2020, "A", "SO2"), 6, CLOSE, 0);
    assert_close(emission(p.run, 2020, "B", "SO2"), 3, CLOSE, 0);
    assert_close(projected(p.run, 2015, "A", "SO2", "factor"), 12, CLOSE, 0);
    assert_close(one_note(p.run, "uncertainty_mean_replaces", NULL, 0), 3, 0, 0);
    plan_free(&p);
}

static void months_follow_the_emission(void **state)
{
    (void)state;
    compiled c = compile("source,region,sector,pollutant,emission_t,jan_t,jul_t,factor,factor_unit\n"
                         "A,r,s,SO2,10,4,6,5,g/kg\n",
                         HEAD "uncertainty: [{factor: 10 g/kg}]\n");
    assert_close(base_of(&c, "A", "SO2", "emission_t"), 20, CLOSE, 0);
    assert_close(base_of(&c, "A", "SO2", "jan_t"), 8, CLOSE, 0);
    assert_close(base_of(&c, "A", "SO2", "jul_t"), 12, CLOSE, 0);
    assert_int_equal(c.program.inputs.count, 0); /* a plain number is certain */
    compiled_free(&c);
}

/* E = A · EF with R = 0 for want of better: the mean is the better. */
static void an_assumed_removal_is_replaced(void **state)
{
    (void)state;
    compiled c = compile("source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,emission_t\n"
                         "A,r,s,SO2,1000,t,10,g/kg,,\nB,r,s,SO2,,,,,,7\nC,r,s,SO2,1000,t,10,g/kg,1,\n",
                         HEAD "uncertainty: [{removal: {uniform: [0.2, 0.4]}}]\n");
    assert_close(base_of(&c, "A", "SO2", "emission_t"), 7, CLOSE, 0); /* 10 t · (1 − 0.3) */
    assert_int_equal(ltn_inventory_removal_assumed(c.program.base), 0);
    assert_int_equal(ltn_inventory_removal_assumed(c.base), 1);
    /* an emission alone, and one of which nothing is left, tell nothing of the rest */
    assert_close(base_of(&c, "B", "SO2", "emission_t"), 7, 0, 0);
    assert_int_equal(removal_of(&c, "B", "SO2"), -1);
    assert_int_equal(removal_of(&c, "C", "SO2"), -1);
    assert_close(note_of(&c, "uncertainty_mean_skipped", "removal (plan.yaml:4)"), 2, 0, 0);
    compiled_free(&c);
}

static void units_of_means_must_convert(void **state)
{
    (void)state;
    assert_uncompiled(csv, HEAD "uncertainty: [{where: {id: A}, activity: §{uniform: [1 m3, 3 m3]}}]\n", LTN_EUNIT,
                      "'A' in 't'");
    assert_uncompiled(csv, HEAD "uncertainty: [{factor: §{uniform: [1 g/m3, 3 g/m3]}}]\n", LTN_EUNIT, "'g/kg'");
    assert_uncompiled(csv, HEAD "uncertainty: [{factor: §{uniform: [1, 3]}}]\n", LTN_EUNIT, "expected a unit");
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    assert_uncompiled(csv, HEAD "uncertainty: [{where: {id: A}, activity: §1e308 Mt}]\n", LTN_EINPUT, "any number");
}

/* ---- around a removal ---- */

static void a_removal_without_mean_is_around_the_rows(void **state)
{
    (void)state;
    static const char rows[] = COLUMNS "A,r,s,SO2,1,t,1,g/kg,0.5,,,,,\nB,r,s,SO2,1,t,1,g/kg,0.6,,,,,\n"
                                       "C,r,s,SO2,1,t,1,g/kg,,,,,,\nD,r,s,SO2,1,t,1,g/kg,1,,,,,\n"
                                       "E,r,s,SO2,1,t,1,g/kg,0.5,,,,,\n";
    compiled c = compile(rows, HEAD "uncertainty: [{removal: {normal: {cv: 10 %}}, shared_by: pollutant}]\n");
    const ltn_law *a = law_at(&c, removal_of(&c, "A", "SO2")), *b = law_at(&c, removal_of(&c, "B", "SO2"));
    assert_close(a->value.parameter[0], 0.5, 0, 0);
    assert_close(a->value.parameter[1], 0.05, CLOSE, 0);
    assert_close(b->value.parameter[1], 0.06, CLOSE, 0);
    assert_false(a->relative);
    assert_true(stream_at(&c, removal_of(&c, "A", "SO2")) == stream_at(&c, removal_of(&c, "B", "SO2")));
    assert_int_equal(removal_of(&c, "A", "SO2"), removal_of(&c, "E", "SO2"));
    /* unknown, and 1: left out and told */
    assert_int_equal(removal_of(&c, "C", "SO2"), -1);
    assert_int_equal(removal_of(&c, "D", "SO2"), -1);
    assert_close(note_of(&c, "uncertainty_removal_skipped", "removal"), 2, 0, 0);
    assert_ptr_equal(c.program.base, c.base);
    compiled_free(&c);
    c = compile(rows, HEAD "uncertainty: [{removal: {normal: {sd: 0.04}}}]\n"); /* the sd of a share stands as it is */
    assert_close(law_at(&c, removal_of(&c, "B", "SO2"))->value.parameter[1], 0.04, CLOSE, 0);
    compiled_free(&c);
}

static void a_removal_beyond_its_domain_is_refused(void **state)
{
    (void)state;
    /* 0.9 ± 0.2: P(above 1) = P(z > 0.5) = 0.31; so for two of the three rows */
    static const char rows[] = COLUMNS "A,r,s,SO2,1,t,1,g/kg,0.5,,,,,\nB,r,s,SO2,1,t,1,g/kg,0.9,,,,,\n"
                                       "C,r,s,SO2,1,t,1,g/kg,0.9,,,,,\n";
    assert_uncompiled(rows, HEAD "uncertainty: [{where: {id: [B, C]}, removal: §{normal: {sd: 0.2}}}]\n", LTN_EINPUT,
                      "0.9 of source 'B' it lies outside [0, 1] with probability 0.31, and so for 2 rows");
}

/* Normal(0.9, 0.2) cut to [0, 1] has the mean 0.7981720360451024 (checks/METHODS): −11.3142182172 %. */
static void truncation_is_told(void **state)
{
    (void)state;
    static const char rows[] = COLUMNS "A,r,s,SO2,1,t,1,g/kg,0.5,,,,,\nB,r,s,SO2,1,t,1,g/kg,0.9,,,,,\n";
    const double shift = 100 * (0.7981720360451024 / 0.9 - 1);
    compiled c = compile(rows, HEAD "uncertainty: [{removal: {truncated_normal: {sd: 0.2, low: 0, high: 1}}}]\n");
    assert_close(note_of(&c, "truncation_shifts", "removal (plan.yaml:4)"), shift, 1e-10, 0);
    assert_close(law_at(&c, removal_of(&c, "B", "SO2"))->mean, 0.7981720360451024, 1e-12, 0);
    assert_close(base_of(&c, "B", "SO2", "removal"), 0.9, 0, 0); /* the row's own value stands */
    compiled_free(&c);
    /* The same in nines of an activity: multipliers are brought back to a mean of 1. */
    c = compile(rows,
                HEAD "uncertainty: [{activity: {truncated_normal: {cv: 22.2222222222222 %, low: 0, high: 1.11111111111"
                     "1111}}}]\n");
    assert_close(note_of(&c, "truncation_shifts", "activity"), shift, 1e-9, 0);
    assert_close(law_at(&c, activity_of(&c, "A"))->mean, 0.7981720360451024 / 0.9, 1e-10, 0);
    assert_true(law_at(&c, activity_of(&c, "A"))->relative);
    compiled_free(&c);
    c = compile(rows, HEAD "uncertainty: [{factor: {truncated_normal: {sd: 5 %, low: 50 %, high: 150 %}}}]\n");
    assert_true(isnan(note_of(&c, "truncation_shifts", NULL))); /* ten sd on either side */
    compiled_free(&c);
}

/* ---- correlations ---- */

#define PAIR                                                                                                           \
    "uncertainty:\n"                                                                                                   \
    "  - {id: a, where: {sector: boiler}, activity: {lognormal: {cv: 10 %}}, shared_by: region}\n"                     \
    "  - {id: b, where: {sector: solvent}, activity: {lognormal: {cv: 20 %}}, shared_by: region}\n"

static void correlated_keys_make_copulas(void **state)
{
    (void)state;
    compiled c = compile(COLUMNS ROWS "D,q,boiler,SO2,1,t,1,g/kg,0,,,,,\n",
                         HEAD PAIR "correlations: [{of: [b, a], rank: [[1, 0.5], [0.5, 1]]}]\n");
    const ltn_inputs *in = &c.program.inputs;
    const ltn_input *a = input_at(&c, activity_of(&c, "A")), *b = input_at(&c, activity_of(&c, "C")),
                    *d = input_at(&c, activity_of(&c, "D"));
    assert_int_equal(in->copula_count, 2); /* of r and of q */
    assert_int_equal(a->copula, b->copula);
    assert_int_not_equal(a->copula, d->copula);
    assert_int_equal(a->place, 1);
    assert_int_equal(b->place, 0);
    const ltn_copula *copula = &in->copulas[a->copula];
    assert_int_equal(copula->size, 2);
    assert_true(copula->streams[1] == a->stream && copula->streams[0] == b->stream);
    /* 2 sin(pi/12) = 0.517638090205041 (checks/METHODS), and sqrt(1 − its square) = sqrt(sqrt 3 − 1) */
    assert_close(copula->factor[0], 1, CLOSE, 0);
    assert_close(copula->factor[2], 0.517638090205041, CLOSE, 0);
    assert_close(copula->factor[3], sqrt(sqrt(3) - 1), CLOSE, 0);
    assert_int_equal(input_at(&c, factor_of(&c, "A", "SO2"))->copula, -1);
    assert_true(isnan(note_of(&c, "correlation_of_nothing", NULL)));
    compiled_free(&c);
}

static void rows_correlate_without_shared_by(void **state)
{
    (void)state;
    compiled c = compile(csv, HEAD "uncertainty:\n"
                                   "  - {id: f, where: {id: B}, factor: {lognormal: {cv: 10 %}}}\n"
                                   "  - {id: r, where: {id: B}, removal: {normal: {sd: 0.05}}}\n"
                                   "correlations: [{of: [f, r], rank: [[1, -0.3], [-0.3, 1]]}]\n");
    assert_int_equal(input_at(&c, factor_of(&c, "B", "SO2"))->copula, 0);
    assert_int_equal(input_at(&c, removal_of(&c, "B", "SO2"))->copula, 0);
    assert_int_equal(input_at(&c, removal_of(&c, "B", "SO2"))->place, 1);
    compiled_free(&c);
    /* Two entries that never meet. */
    c = compile(csv, HEAD "uncertainty:\n"
                          "  - {id: f, where: {id: A}, factor: {lognormal: {cv: 10 %}}}\n"
                          "  - {id: r, where: {id: B}, removal: {normal: {sd: 0.05}}}\n"
                          "correlations: [{of: [f, r], rank: [[1, -0.3], [-0.3, 1]]}]\n");
    assert_close(note_of(&c, "correlation_of_nothing", "plan.yaml:7"), 0, 0, 0);
    compiled_free(&c);
}

static void a_correlation_may_reach_into_an_included_file(void **state)
{
    (void)state;
    ltn_scenario *s = NULL;
    write_file("under.yaml", HEAD PAIR);
    assert_ok(ltn_scenario_read(
        write_file("plan.yaml", "include: under.yaml\nscenario: over\nuncertainty:\n"
                                "  - {id: c, where: {id: C}, factor: {normal: {cv: 0.1}}, shared_by: region}\n"
                                "correlations: [{of: [a, c], rank: [[1, 0.5], [0.5, 1]]}]\n"),
        NULL, &s));
    assert_int_equal(s->uncertain_count, 3);
    assert_string_equal(s->correlations[0].of[0]->id, "a");
    assert_string_equal(s->correlations[0].of[1]->id, "c");
    assert_int_equal(s->uncertainty[1].correlation, -1);
    ltn_scenario_free(s);
}

static void bad_correlations_are_refused(void **state)
{
    (void)state;
    assert_unread(HEAD PAIR "correlations: [{of: [a, §bb], rank: [[1, 0], [0, 1]]}]\n", "nearest is 'b'");
    assert_unread(HEAD PAIR "correlations: [{of: [a, b], rank: §[[1, 0]]}]\n", "1 rows; expected a list of 2");
    assert_unread(HEAD PAIR "correlations: [{of: [a, b], rank: [[1, 0], §[0, 1, 0]]}]\n", "row 2");
    assert_unread(HEAD PAIR "correlations: [{of: [a, b], rank: [[1, 0.4], [§0.5, 1]]}]\n", "'b' and 'a'");
    assert_unread(HEAD PAIR "correlations: [{of: [a, b], rank: [[1, 0.4], [0.4, §2]]}]\n", "'b' and 'b'");
    assert_unread(HEAD PAIR "correlations: [{of: [a, b], rank: [[1, 1], [§1, 1]]}]\n", "cannot all hold together");
    assert_unread(HEAD PAIR "correlations: [{of: [a, b], rank: [[1, §x], [0, 1]]}]\n", "not a number");
}

/* a goes with b, b with c, and a against c: no such three. The last is the row at fault. */
static void the_offending_pair_is_named(void **state)
{
    (void)state;
    assert_unread(HEAD PAIR "  - {id: c, where: {id: A}, activity: {lognormal: {cv: 20 %}}, shared_by: region}\n"
                            "correlations: [{of: [a, b, c], rank: [[1, 0.9, -0.8], [0.9, 1, 0.9], [-0.8, §0.9, 1]]}]\n",
                  "'c' and 'b'");
}

static void entries_must_go_together(void **state)
{
    (void)state;
#define RANK ", rank: [[1, 0.5], [0.5, 1]]}]\n"
    assert_unread(HEAD
                  "uncertainty:\n  - {id: a, activity: {normal: {cv: 0.1}}, shared_by: region}\n"
                  "  - {id: b, activity: {normal: {cv: 0.1}}, shared_by: sector}\ncorrelations: [{of: [a, §b]" RANK,
                  "another shared_by");
    assert_unread(HEAD "uncertainty:\n  - {id: a, activity: {normal: {cv: 0.1}}}\n"
                       "  - {id: b, factor: {normal: {cv: 0.1}}}\ncorrelations: [{of: [a, §b]" RANK,
                  "can meet");
    assert_unread(HEAD "uncertainty:\n  - {id: a, removal: {normal: {cv: 0.1}}}\n"
                       "  - {id: b, factor: {normal: {cv: 0.1}}, removal: 0.5}\ncorrelations: [{of: [a, §b]" RANK,
                  "2 quantities");
    assert_unread(HEAD PAIR "correlations: [{of: [a, §a]" RANK, "already");
    assert_unread(HEAD PAIR "correlations: [{of: §a, rank: [[1]]}]\n", "a list of 2");
    assert_unread(HEAD PAIR "correlations: §{of: [a, b]}\n", "expected a list");
    assert_unread(HEAD PAIR "correlations: [§{of: [a, b]}]\n", "'rank'");
#undef RANK
}

/* ---- empirical ---- */

static void values_may_be_measured_ones(void **state)
{
    (void)state;
    compiled c =
        compile(csv, HEAD "uncertainty: [{where: {id: C}, factor: {empirical: [30 g/kg, 12 g/kg, 21 g/kg]}}]\n");
    const ltn_law *law = law_at(&c, factor_of(&c, "C", "VOC"));
    assert_int_equal(law->value.kind, LTN_EMPIRICAL);
    assert_int_equal(law->value.count, 3);
    assert_close(law->value.values[0], 12, 0, 0); /* ascending */
    assert_close(law->value.values[2], 30, 0, 0);
    assert_close(base_of(&c, "C", "VOC", "emission_t"), 6.3, CLOSE, 0); /* 300 t · 21 g/kg */
    compiled_free(&c);
}

static void values_may_come_from_a_file(void **state)
{
    (void)state;
    static const char *const files[][2] = {{"v\n0.3\n10 %\n", "{file: sample.csv, column: v}"},
                                           {"x,v\n1,0.3\n2,0.1\n", "{file: sample.csv, column: v}"},
                                           {"v\n30\n10\n", "{file: sample.csv, column: v, unit: '%'}"}};
    for (size_t i = 0; i < COUNT(files); i++) {
        char yaml[256];
        ltn_scenario *s = NULL;
        write_file("sample.csv", files[i][0]);
        snprintf(yaml, sizeof yaml, "%suncertainty: [{removal: {empirical: %s}}]\n", HEAD, files[i][1]);
        assert_ok(ltn_scenario_read(write_file("plan.yaml", yaml), NULL, &s)); /* beside the scenario */
        assert_close(ltn_quantity_mean(&s->uncertainty[0].quantity[LTN_UNCERTAIN_REMOVAL]), 0.2, CLOSE, 0);
        ltn_scenario_free(s);
    }
    ltn_scenario *s = NULL;
    write_file("sample.csv", "v\n2\n4\n");
    assert_ok(ltn_scenario_read(write_file("plan.yaml", HEAD "uncertainty: [{factor: {empirical: {file: sample.csv, "
                                                             "column: v, unit: g/kg}}}]\n"),
                                NULL, &s));
    assert_string_equal(s->uncertainty[0].quantity[LTN_UNCERTAIN_FACTOR].unit, "g/kg");
    assert_close(ltn_quantity_mean(&s->uncertainty[0].quantity[LTN_UNCERTAIN_FACTOR]), 3, CLOSE, 0);
    ltn_scenario_free(s);
}

static void bad_samples_are_refused(void **state)
{
    (void)state;
    assert_unread(HEAD "uncertainty: [{removal: {empirical: §[]}}]\n", "there must be at least one value");
    assert_unread(HEAD "uncertainty: [{removal: {empirical: [0.1, §x]}}]\n", "not a number");
    assert_unread(HEAD "uncertainty: [{removal: §{empirical: [0.1, 1.2]}}]\n", "outside [0, 1]");
    assert_unread(HEAD "uncertainty: [{factor: {empirical: [1 g/kg, §2 g/m3]}}]\n", "another unit");
    assert_unread(HEAD "uncertainty: [{removal: {empirical: {file: §none.csv, column: v}}}]\n", "cannot be read");
    assert_unread(HEAD "uncertainty: [{removal: {empirical: §{column: v}}}]\n", "'file'");
    assert_unread(HEAD "uncertainty: [{removal: {empirical: {file: a.csv, §colum: v, column: v}}}]\n", "'column'");
    assert_unread(HEAD "uncertainty: [{removal: {empirical: §0.5}}]\n", "a list of numbers");
    /* in the file itself */
    ltn_read_options options;
    ltn_scenario *s = NULL;
    ltn_diagnostics *list = new_list(&options);
    write_file("sample.csv", "x,v\n1,0.3\n2,often\n3,\n");
    const char *path =
        write_file("plan.yaml", HEAD "uncertainty: [{removal: {empirical: {file: sample.csv, column: v}}}]\n");
    assert_status(ltn_scenario_read(path, &options, &s), LTN_EINPUT);
    assert_int_equal(ltn_diagnostics_errors(list), 2);
    assert_complaint(list, 3, 3, "'often' is not a number");
    assert_complaint(list, 4, 3, "v is blank");
    assert_contains(ltn_diagnostics_get(list, 0)->source, "sample.csv");
    ltn_diagnostics_free(list);
}

static void a_unit_stands_in_one_place(void **state)
{
    (void)state;
    ltn_read_options options;
    ltn_scenario *s = NULL;
    ltn_diagnostics *list = new_list(&options);
    write_file("sample.csv", "v\n30\n10 %\n");
    const char *path = write_file("plan.yaml", HEAD
                                  "uncertainty: [{removal: {empirical: {file: sample.csv, column: v, unit: '%'}}}]\n");
    assert_status(ltn_scenario_read(path, &options, &s), LTN_EINPUT);
    assert_int_equal(ltn_diagnostics_errors(list), 1);
    assert_complaint(list, 3, 1, "'10 %' has a unit");
    ltn_diagnostics_free(list);
}

/* ---- what the reader refuses ---- */

/* Without this the law would be left out, its draws being nothing of an infinite mean. */
static void means_are_numbers(void **state)
{
    (void)state;
    assert_unread(HEAD "uncertainty: [{activity: {uniform: §[1e308 t, 1.7e308 t]}}]\n", "larger than any number");
    assert_unread(HEAD "uncertainty: [{activity: {empirical: §[1e308 t, 1e308 t]}}]\n", "larger than any number");
    assert_unread(HEAD "uncertainty: [{factor: {lognormal: §{ci95: [1e-300 g/kg, 1e300 g/kg]}}}]\n",
                  "larger than any number");
    assert_unread(HEAD "uncertainty: [{activity: {beta: §{a: 1e308, b: 1e308, low: 0 t, high: 10 t}}}]\n", "too large");
}

/* What heat is divided by may be 0 in no draw. */
static void measured_divisors_are_above_0(void **state)
{
    (void)state;
#define REPLACE(ncv, efficiency)                                                                                        \
    HEAD "measures:\n  - id: m\n    retire: {share: 1, replace: §{fuel: gas, ncv_old: 21 MJ/kg, efficiency_old: 0.6, " \
         "ncv_new: " ncv ", efficiency_new: " efficiency ", factors: {}, other: none}}\n"
    assert_unread(REPLACE("36 MJ/m3", "{empirical: [0.9, 0]}"), "efficiency_new is 0");
    assert_unread(REPLACE("{empirical: [0 MJ/m3, 36 MJ/m3]}", "0.9"), "ncv_new is 0");
#undef REPLACE
}

static void entries_are_checked(void **state)
{
    (void)state;
    assert_unread(HEAD "uncertainty: [{where: §{pollutant: SO2}, activity: {normal: {cv: 0.1}}}]\n",
                  "belongs to the source");
    assert_unread(HEAD "uncertainty: [{factor: §{normal: {cv: 0.1}, per: source}}]\n", "per:");
    assert_unread(HEAD "uncertainty:\n  - {id: a, factor: 1 g/kg}\n  - §{id: a, factor: 1 g/kg}\n", "twice");
    assert_unread(HEAD "uncertainty: [{activity: {normal: {sd: §3 t}}}]\n", "without a mean");
    assert_unread(HEAD "uncertainty: [{activity: {normal: §{}}}]\n", "sd or cv");
    assert_unread(HEAD "uncertainty: [{activity: §{normal: {sd: 30 %}}}]\n", "truncated_normal");
    assert_unread(HEAD "uncertainty: [{activity: §{truncated_normal: {sd: 30 %, low: -1, high: 3}}}]\n", "outside");
    assert_unread(HEAD "uncertainty: [{activity: {truncated_normal: §{cv: 30 %, low: 0}}}]\n", "low and high");
    assert_uncompiled(csv, HEAD "uncertainty: [{activity: {normal: {cv: 0.1}}, shared_by: §pollutant}]\n", LTN_EINPUT,
                      "belongs to the source");
    assert_uncompiled(csv, HEAD "uncertainty: [{factor: {normal: {cv: 0.1}}, shared_by: §sectr}]\n", LTN_EINPUT,
                      "nearest is 'sector'");
    assert_uncompiled(csv, HEAD "uncertainty: [{where: {§colour: red}, factor: {normal: {cv: 0.1}}}]\n", LTN_EINPUT,
                      "colour");
}

static void what_cannot_be_random_is_refused(void **state)
{
    (void)state;
#define NEW HEAD "measures:\n  - {id: n, add: {source: N, region: r, sector: s, from: 2016, emissions: {SO2: 1 t/yr}, "
    assert_unread(NEW "lon: §{uniform: [120, 121]}}}\n", "cannot be random");
    assert_unread(NEW "lat: §{uniform: [27, 28]}}}\n", "cannot be random");
    assert_unread(NEW "capacity: §{uniform: [10 t/h, 20 t/h]}}}\n", "cannot be random");
#undef NEW
    assert_unread(HEAD "measures: [{id: m, retire: {share: 1}, cost: {annual: §{uniform: [1 yuan/kg, 2 yuan/kg]}}}]\n",
                  "cannot be random");
    assert_unread(HEAD "offset_rules: {o: {ratio: [{ratio: §{uniform: [1, 2]}}], within: [county], credits_from: "
                       "{where: {sector: s}}}}\n",
                  "cannot be random");
}

/* ---- many ---- */

static void many_rows_are_quick(void **state)
{
    (void)state;
    enum { SOURCES = 100000 };
    size_t sources = is_slow() ? 1000 : SOURCES;
    text_buffer text = {0};
    text_add(&text, "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,activity_cv,"
                    "factor_cv\n");
    for (size_t s = 0; s < sources; s++)
        text_add(&text, "S%zu,r,s,SO2,1,t,1,g/kg,0.5,0.1,0.2\nS%zu,r,s,NOx,1,t,1,g/kg,0.5,,0.3\n", s, s);
    compiled c = compile(text.data, HEAD "uncertainty: [{removal: {normal: {cv: 10 %}}, shared_by: pollutant}]\n");
    assert_int_equal(c.program.inputs.count, sources + 2 * sources + 2);
    assert_int_equal(c.program.inputs.law_count, 4);
    compiled_free(&c);
    free(text.data);
}

/* Inputs are found again whatever their number, and not two streams take each other's place. */
static void inputs_are_found_again(void **state)
{
    (void)state;
    enum { STREAMS = 5000 };
    ltn_inputs in = {0};
    ltn_law law = {{LTN_NORMAL, {1, 0.1}}, 1, true, 0, HUGE_VAL}, other = law;
    other.value.parameter[1] = 0.2;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < STREAMS; i++) {
            char name[32];
            snprintf(name, sizeof name, "s%d", i);
            assert_int_equal(ltn_inputs_add(&in, LTN_INPUT_FACTOR, name, &law, i), 2 * i);
            assert_int_equal(ltn_inputs_add(&in, LTN_INPUT_FACTOR, name, &other, i), 2 * i + 1);
        }
    assert_int_equal(in.count, 2 * STREAMS);
    assert_int_equal(in.law_count, 2);
    assert_int_equal(in.items[7].uses, 2);
    assert_int_equal(in.items[7].of, 3);
    ltn_inputs_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_lognormal_around_the_value),
        cmocka_unit_test(factor_keys_share_a_draw),
        cmocka_unit_test(what_is_sure_has_no_inputs),
        cmocka_unit_test(an_entry_beats_the_column_and_the_last_wins),
        cmocka_unit_test(shared_values_share_a_draw),
        cmocka_unit_test(one_more_changes_no_others_stream),
        cmocka_unit_test(an_id_keeps_the_stream_when_where_changes),
        cmocka_unit_test(entries_that_choose_nothing_are_told),
        cmocka_unit_test(a_mean_of_its_own_stands_in_the_base),
        cmocka_unit_test(replaced_values_are_counted_and_run),
        cmocka_unit_test(months_follow_the_emission),
        cmocka_unit_test(an_assumed_removal_is_replaced),
        cmocka_unit_test(units_of_means_must_convert),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(a_removal_without_mean_is_around_the_rows),
        cmocka_unit_test(a_removal_beyond_its_domain_is_refused),
        cmocka_unit_test(truncation_is_told),
        cmocka_unit_test(correlated_keys_make_copulas),
        cmocka_unit_test(rows_correlate_without_shared_by),
        cmocka_unit_test(a_correlation_may_reach_into_an_included_file),
        cmocka_unit_test(bad_correlations_are_refused),
        cmocka_unit_test(the_offending_pair_is_named),
        cmocka_unit_test(entries_must_go_together),
        cmocka_unit_test(values_may_be_measured_ones),
        cmocka_unit_test(values_may_come_from_a_file),
        cmocka_unit_test(a_unit_stands_in_one_place),
        cmocka_unit_test(means_are_numbers),
        cmocka_unit_test(measured_divisors_are_above_0),
        cmocka_unit_test(bad_samples_are_refused),
        cmocka_unit_test(entries_are_checked),
        cmocka_unit_test(what_cannot_be_random_is_refused),
        cmocka_unit_test(many_rows_are_quick),
        cmocka_unit_test(inputs_are_found_again),
    };
    obey_test_filter();
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
