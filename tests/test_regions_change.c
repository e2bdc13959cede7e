/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions that are renumbered, divided and joined: what a crosswalk does to an inventory, and what is wrong with one. */
#include "plan.h"

#include <lantian/accounts.h>
#include <lantian/crosswalk.h>
#include <math.h>

#define HEAD "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\nmeasures:\n"

static const char csv[] =
    "# base_year: 2015\n# baseline: B\n# title: Town\n"
    "source,region,sector,pollutant,name,capacity,activity,activity_unit,factor,factor_unit,removal,emission_t,stage\n"
    "A,330322,boiler,SO2,甲,8 t/h,1000,t,10,g/kg,0.5,,III\n" /* 5 t */
    "A,330322,boiler,NOx,,,1000,t,4,g/kg,,,\n"               /* 4 t, removal assumed */
    "B,330327,kiln,SO2,乙,,,,,,,3,\n"
    "C,330327,kiln,VOC,,,300,pair,7,g/pair,0,,\n" /* 2.1 kg */
    "D,330302,kiln,SO2,,,,,,,,11,\n";

static ltn_crosswalk *crosswalk_of(const char *text)
{
    ltn_crosswalk *crosswalk = NULL;
    assert_ok(ltn_crosswalk_read_csv(write_file("crosswalk.csv", text), NULL, &crosswalk));
    return crosswalk;
}

static ltn_tree *regions_of(const char *const *codes, size_t count)
{
    ltn_tree *tree = NULL;
    assert_ok(ltn_tree_create(&tree));
    for (size_t i = 0; i < count; i++) assert_ok(ltn_tree_add(tree, codes[i], NULL, NULL, NULL));
    return tree;
}

static ltn_inventory *recoded(const ltn_inventory *from, const char *text, int year)
{
    ltn_crosswalk *crosswalk = crosswalk_of(text);
    ltn_inventory *made = NULL;
    assert_ok(ltn_inventory_recode(from, crosswalk, year, NULL, NULL, &made));
    ltn_crosswalk_free(crosswalk);
    return made;
}

/* Σ over everything, or a region, of a pollutant. */
static double total(const ltn_inventory *inventory, const char *region, const char *pollutant)
{
    ltn_table *sums = NULL;
    ltn_grouping by;
    double sum = 0;
    ltn_grouping_init(&by, LTN_BY_REGION | LTN_BY_POLLUTANT);
    assert_ok(ltn_inventory_summarise(inventory, &by, &sums));
    for (size_t row = 0; row < ltn_table_rows(sums); row++)
        if ((!region || strcmp(text_at(sums, row, "region"), region) == 0) &&
            strcmp(text_at(sums, row, "pollutant"), pollutant) == 0)
            sum += number_at(sums, row, "emission_t");
    ltn_table_free(sums);
    return sum;
}

static double activity(const ltn_inventory *inventory, const char *source)
{
    return source_number(inventory, source, "activity");
}

/* ---- what it does ---- */

static void one_code_for_another(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(csv), *made = recoded(base, "old,new\n330322,330305\n", 2015);
    assert_string_equal(source_text(made, "A", "region"), "330305"); /* the id stays */
    assert_string_equal(source_text(made, "B", "region"), "330327");
    assert_string_equal(source_text(made, "D", "region"), "330302");
    assert_same_bits(activity(made, "A"), 1000);
    assert_same_bits(emission_number(made, "A", "SO2", "emission_t"), 5);
    assert_same_bits(emission_number(made, "A", "SO2", "removal"), 0.5);
    assert_same_bits(emission_number(made, "A", "SO2", "factor"), 10);
    assert_same_bits(source_number(made, "A", "capacity"), 8);
    assert_string_equal(source_text(made, "A", "name"), "甲");
    assert_string_equal(source_text(made, "A", "stage"), "III");
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(made)), 4);
    assert_int_equal(ltn_table_rows(ltn_inventory_emissions(made)), 5);
    /* who it is, and what was assumed of it, stays */
    assert_int_equal(ltn_inventory_base_year(made), 2015);
    assert_string_equal(ltn_inventory_baseline(made), "B");
    assert_string_equal(ltn_inventory_metadata(made, "title"), "Town");
    assert_int_equal(ltn_inventory_removal_assumed(made), ltn_inventory_removal_assumed(base));
    assert_int_equal(ltn_inventory_removal_assumed(made), 1);
    ltn_inventory_free(made);
    /* the base is as it was */
    assert_string_equal(source_text(base, "A", "region"), "330322");
    ltn_inventory_free(base);
}

static void a_region_is_divided(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(csv),
                  *made = recoded(base, "old,new,share,from\n330327,330327,64.39 %,\n330327,330383,0.3561,\n", 2019);
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(made)), 6);
    assert_true(ltn_inventory_find(made, "B") < 0);
    assert_string_equal(source_text(made, "B@330327", "region"), "330327");
    assert_string_equal(source_text(made, "B@330383", "region"), "330383");
    assert_close(emission_number(made, "B@330383", "SO2", "emission_t"), 3 * 0.3561, 1e-15, 0);
    assert_true(isnan(activity(made, "B@330383")));
    assert_close(activity(made, "C@330383"), 300 * 0.3561, 1e-15, 0);
    assert_close(activity(made, "C@330327"), 300 * 0.6439, 1e-15, 0);
    assert_same_bits(emission_number(made, "C@330327", "VOC", "factor"), 7); /* factors are of the activity */
    assert_close(emission_number(made, "C@330327", "VOC", "emission_t"), 2.1e-3 * 0.6439, 1e-13, 0);
    assert_string_equal(source_text(made, "B@330327", "name"), "乙");
    static const char *const pollutants[] = {"SO2", "NOx", "VOC"};
    for (size_t i = 0; i < COUNT(pollutants); i++)
        assert_close(total(made, NULL, pollutants[i]), total(base, NULL, pollutants[i]), 1e-12, 0);
    assert_same_bits(total(made, "330302", "SO2"), 11);
    ltn_inventory_free(made);
    ltn_inventory_free(base);
}

static void thirds_conserve_the_total(void **state)
{
    (void)state;
    static const char thirds[] = "old,new,share\n330327,x,0.3333333333333333\n330327,y,0.3333333333333333\n"
                                 "330327,z,0.3333333333333334\n";
    ltn_inventory *base = inventory_of(csv), *made = recoded(base, thirds, 2019);
    assert_close(total(made, NULL, "SO2"), total(base, NULL, "SO2"), 1e-12, 0);
    assert_close(total(made, NULL, "VOC"), total(base, NULL, "VOC"), 1e-12, 0);
    assert_close(total(made, "z", "SO2"), 1, 1e-12, 0);
    ltn_inventory_free(made);
    ltn_inventory_free(base);
}

/* Shares that are printed with a few digits may be off by a rounding, and totals are conserved all the same. */
static void shares_of_few_digits_conserve_the_total(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(csv);
    ltn_inventory *made =
        recoded(base, "old,new,share\n330327,x,0.3333333333\n330327,y,0.3333333333\n330327,z,0.3333333333\n", 2019);
    assert_close(total(made, NULL, "VOC"), total(base, NULL, "VOC"), 1e-12, 0);
    ltn_inventory_free(made);
    ltn_inventory_free(base);
}

static void rows_hold_from_their_date(void **state)
{
    (void)state;
    static const char text[] = "old,new,share,from\n330322,330305,1,2015-07-23\n330327,330327,0.6,2019-08-16\n"
                               "330327,330383,0.4,2019-08-16\n";
    ltn_inventory *base = inventory_of(csv);
    static const struct {
        int year;
        const char *a;
        size_t sources;
    } when[] = {
        {2014, "330322", 4}, {2015, "330305", 4}, {2018, "330305", 4}, {2019, "330305", 6}, {2030, "330305", 6}};
    for (size_t i = 0; i < COUNT(when); i++) {
        ltn_inventory *made = recoded(base, text, when[i].year);
        assert_string_equal(source_text(made, "A", "region"), when[i].a);
        assert_int_equal(ltn_table_rows(ltn_inventory_sources(made)), when[i].sources);
        ltn_inventory_free(made);
    }
    ltn_inventory_free(base);
}

static void regions_are_joined(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(csv),
                  *made = recoded(base, "old,new\n330327,330302\n330322,330302\n999999,330302\n", 2019);
    assert_close(total(made, "330302", "SO2"), 19, 1e-15, 0); /* 5 + 3 + 11 */
    assert_string_equal(source_text(made, "B", "region"), "330302");
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(made)), 4);
    ltn_inventory_free(made);
    /* two codes change places: each row is applied once, to what was there before */
    made = recoded(base, "old,new\n330327,330302\n330302,330327\n", 2019);
    assert_close(total(made, "330327", "SO2"), 11, 0, 0);
    assert_close(total(made, "330302", "SO2"), 3, 0, 0);
    ltn_inventory_free(made);
    /* nothing to do */
    made = recoded(base, "old,new\n1,2\n", 2019);
    assert_same_tables(ltn_inventory_emissions(made), ltn_inventory_emissions(base));
    ltn_inventory_free(made);
    ltn_inventory_free(base);
}

/* Longgang, divided from Cangnan in 2019, goes back: region totals are those of before. */
static void there_and_back(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(csv);
    ltn_inventory *there =
        recoded(base, "old,new,share,from\n330327,330327,0.6439,2019\n330327,330383,0.3561,2019\n", 2019);
    assert_close(total(there, "330383", "SO2"), 3 * 0.3561, 1e-15, 0);
    ltn_inventory *back = recoded(there, "old,new\n330383,330327\n", 2015);
    assert_close(total(back, "330327", "SO2"), 3, 1e-12, 0);
    assert_close(total(back, "330327", "VOC"), 2.1e-3, 1e-12, 0);
    assert_true(total(back, "330383", "SO2") == 0);
    assert_string_equal(source_text(back, "B@330383", "region"), "330327");
    ltn_inventory_free(back);
    /* what is divided twice has both codes in its id */
    back = recoded(there, "old,new,share\n330383,u,0.5\n330383,v,0.5\n", 2019);
    assert_string_equal(source_text(back, "B@330383@u", "region"), "u");
    assert_close(total(back, NULL, "SO2"), 19, 1e-12, 0);
    ltn_inventory_free(back);
    ltn_inventory_free(there);
    ltn_inventory_free(base);
}

static void the_recoded_inventory_is_an_inventory(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(csv), *again = NULL,
                  *made = recoded(base, "old,new,share\n330327,330327,0.75\n330327,330383,0.25\n", 2019);
    /* it is written and read */
    const char *path = temporary_path("recoded.csv");
    assert_ok(ltn_inventory_write_csv(made, path));
    assert_ok(ltn_inventory_read_csv(path, NULL, &again));
    assert_same_bits(total(again, "330383", "SO2"), 0.75);
    ltn_inventory_free(again);
    /* it is projected, and its parts are selected by their new region and outlive the base */
    ltn_inventory_free(base);
    ltn_scenario *scenario = scenario_of(HEAD "  - {id: m, where: {region: \"330383\"}, retire: {share: 40 %}}\n"
                                              "  - {id: c, where: {id: C@330327}, cap: {activity: 50 %}}\n");
    ltn_projection *run = NULL;
    assert_ok(ltn_projection_run(made, scenario, NULL, &run));
    ltn_inventory_free(made);
    assert_close(emission(run, 2020, "B@330383", "SO2"), 0.75 * 0.6, 1e-13, 0);
    assert_close(emission(run, 2020, "B@330327", "SO2"), 2.25, 1e-13, 0);
    assert_close(emission(run, 2020, "C@330327", "VOC"), 2.1e-3 * 0.75 * 0.5, 1e-13, 0);
    ltn_table *accounts = NULL;
    assert_ok(ltn_projection_accounts(run, NULL, -1, &accounts));
    assert_int_equal(ltn_table_rows(accounts), 7); /* two pollutants in three regions, SO2 in 330302 */
    ltn_table_free(accounts);
    ltn_projection_free(run);
    ltn_scenario_free(scenario);
}

/* ---- what is wrong ---- */

static ltn_diagnostics *recode_badly(const char *text, int year, ltn_tree *regions)
{
    ltn_diagnostics *list = NULL;
    ltn_read_options options;
    ltn_inventory *base = inventory_of(csv), *made = base; /* must be set to NULL */
    ltn_crosswalk *crosswalk = crosswalk_of(text);
    assert_ok(ltn_diagnostics_create(&list));
    ltn_read_options_init(&options);
    options.diagnostics = list;
    assert_status(ltn_inventory_recode(base, crosswalk, year, regions, &options, &made), LTN_EINPUT);
    assert_null(made);
    ltn_crosswalk_free(crosswalk);
    ltn_inventory_free(base);
    return list;
}

static size_t count_complaints(const ltn_diagnostics *list, const char *words)
{
    size_t count = 0;
    for (size_t i = 0; i < ltn_diagnostics_count(list); i++)
        count += strstr(ltn_diagnostics_get(list, i)->message, words) != NULL;
    return count;
}

static void shares_must_add_up(void **state)
{
    (void)state;
    ltn_diagnostics *list =
        recode_badly("old,new,share\n330327,330327,0.6\n330327,330383,0.3\n330322,330305,0.5\n1,2,0.1\n", 2019, NULL);
    assert_int_equal(ltn_diagnostics_errors(list), 2); /* region 1 has no source */
    assert_complaint(list, 3, 1, "region '330327' in 2019 add up to 0.9; expected 1");
    assert_complaint(list, 4, 1, "region '330322' in 2019 add up to 0.5; expected 1");
    ltn_diagnostics_free(list);
    /* more than all, and only what holds in the year counts */
    list = recode_badly("old,new,share,from\n330327,330327,,\n330327,330383,0.3561,2019\n", 2019, NULL);
    assert_complaint(list, 3, 1, "add up to 1.3561");
    ltn_diagnostics_free(list);
    ltn_inventory *base = inventory_of(csv), *made = recoded(base,
                                                             "old,new,share,from\n330327,330327,,\n"
                                                             "330327,330383,0.3561,2019\n",
                                                             2018);
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(made)), 4);
    ltn_inventory_free(made);
    ltn_inventory_free(base);
}

static void codes_must_be_in_the_new_geography(void **state)
{
    (void)state;
    static const char *const codes[] = {"330302", "330305", "330327"};
    ltn_tree *regions = regions_of(codes, COUNT(codes));
    /* 330383 takes parts of two sources and is named once; 330322 stays as it is and is not there */
    ltn_diagnostics *list = recode_badly("old,new,share\n330327,330327,0.5\n330327,330383,0.5\n", 2019, regions);
    assert_int_equal(ltn_diagnostics_errors(list), 2);
    assert_int_equal(count_complaints(list, "region '330383' is not in the geography of 2019"), 1);
    assert_int_equal(count_complaints(list, "region '330322' is not in the geography of 2019; the nearest is '330302'"),
                     1);
    ltn_diagnostics_free(list);
    /* with shares that do not add up, both are told */
    list = recode_badly("old,new,share\n330327,330383,0.5\n330322,330305,1\n", 2019, regions);
    assert_int_equal(count_complaints(list, "add up"), 1);
    assert_int_equal(count_complaints(list, "'330383'"), 1);
    ltn_diagnostics_free(list);
    /* the same without a list: the first is the error */
    ltn_inventory *base = inventory_of(csv), *made = NULL;
    ltn_crosswalk *crosswalk = crosswalk_of("old,new\n330322,330305\n330327,330383\n");
    assert_status(ltn_inventory_recode(base, crosswalk, 2019, regions, NULL, &made), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "330383");
    ltn_crosswalk_free(crosswalk);
    crosswalk = crosswalk_of("old,new\n330322,330305\n");
    assert_ok(ltn_inventory_recode(base, crosswalk, 2019, regions, NULL, &made));
    ltn_crosswalk_free(crosswalk);
    ltn_tree_free(regions); /* the inventory keeps it */
    assert_int_equal(ltn_tree_count(ltn_inventory_regions(made)), 3);
    assert_string_equal(source_text(made, "A", "region"), "330305");
    ltn_inventory_free(made);
    ltn_inventory_free(base);
}

/* A code is named once, also where two old regions go there. */
static void an_unknown_code_is_named_once(void **state)
{
    (void)state;
    static const char *const codes[] = {"330302", "330327"};
    ltn_tree *regions = regions_of(codes, COUNT(codes));
    ltn_diagnostics *list = recode_badly("old,new\n330327,330399\n330322,330399\n", 2019, regions);
    assert_int_equal(count_complaints(list, "'330399'"), 1);
    ltn_diagnostics_free(list);
    ltn_tree_free(regions);
}

static void parts_need_ids_of_their_own(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of("source,region,sector,pollutant,emission_t\nX,r,s,VOC,1\nX@u,q,s,VOC,1\n"),
                  *made = NULL;
    ltn_crosswalk *crosswalk = crosswalk_of("old,new,share\nr,u,0.5\nr,v,0.5\n");
    assert_status(ltn_inventory_recode(base, crosswalk, 2019, NULL, NULL, &made), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "'X@u'");
    assert_null(made);
    ltn_crosswalk_free(crosswalk);
    ltn_inventory_free(base);
}

static void a_crosswalk_is_looked_over(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
        const char *words;
    } bad[] = {
        {"old,new,share\na,b,70\n", 2, 5, "share '70' is no share"},
        {"old,new,share\na,b,-0.1\n", 2, 5, "share '-0.1' is no share"},
        {"old,new,share\na,b,1.01\n", 2, 5, "share '1.01' is no share"},
        {"old,new,share\na,b,120 %\n", 2, 5, "share '120 %' is no share"},
        {"old,new,share\na,b,half\n", 2, 5, "share 'half' is no share"},
        {"old,new,share\na,b,0.5 kg\n", 2, 5, "share '0.5 kg' is no share"},
        {"old,new,share\na,b,nan\n", 2, 5, "share 'nan' is no share"},
        {"# title: T\nold,new,from\n温州,b,2019\n温州,b,soon\n", 4, 6, "from 'soon' is no year or date"},
        {"old,new,from\na,b,2019-8-16\n", 2, 5, "from '2019-8-16' is no year or date"},
        {"old,new,from\na,b,20190816\n", 2, 5, "from '20190816' is no year or date"},
        {"old,new\n,b\n", 2, 1, "old is blank"},
        {"old,new\na,\n", 2, 3, "new is blank"},
        {"old,share\na,1\n", 1, 1, "the required column 'new' is missing"},
        {"old,new,share\na,b\n", 2, 1, "the row has 2 columns"},
    };
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(bad); i++) {
        ltn_crosswalk *crosswalk = NULL;
        const char *path = write_file("bad.csv", bad[i].text);
        ltn_status status = ltn_crosswalk_read_csv(path, NULL, &crosswalk);
        const ltn_error *e = ltn_last_error();
        if (status == LTN_EINPUT && e->line == bad[i].line && e->column == bad[i].column &&
            strstr(e->message, bad[i].words))
            continue;
        print_error("%sexpected %d:%d: %s\n", bad[i].text, bad[i].line, bad[i].column, bad[i].words);
        if (status) print_error("found    %d:%d: %s\n", e->line, e->column, e->message);
        ltn_crosswalk_free(crosswalk);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void dates_of_a_crosswalk_are_dates(void **state)
{
    (void)state;
    static const char *const bad[] = {"2019-13-45", "2019-ab-cd", "2019-02-29", "2019-00-01"};
    char text[64];
    for (size_t i = 0; i < COUNT(bad); i++) {
        ltn_crosswalk *crosswalk = NULL;
        snprintf(text, sizeof text, "old,new,from\na,b,%s\n", bad[i]);
        assert_status(ltn_crosswalk_read_csv(write_file("bad.csv", text), NULL, &crosswalk), LTN_EINPUT);
        assert_contains(ltn_last_error()->message, bad[i]);
    }
}

static void everything_wrong_is_told_at_once(void **state)
{
    (void)state;
    ltn_diagnostics *list = NULL;
    ltn_read_options options;
    ltn_crosswalk *crosswalk = NULL;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_read_options_init(&options);
    options.diagnostics = list;
    const char *path = write_file("bad.csv", "old,new,share,from\n,b,2,x\na,,0.5,2019\na,b,0.5,2019\n");
    assert_status(ltn_crosswalk_read_csv(path, &options, &crosswalk), LTN_EINPUT);
    assert_null(crosswalk);
    assert_int_equal(ltn_diagnostics_errors(list), 4);
    assert_complaint(list, 2, 1, "old");
    assert_complaint(list, 2, 4, "share '2'");
    assert_complaint(list, 2, 6, "from 'x'");
    assert_complaint(list, 3, 3, "new");
    ltn_diagnostics_free(list);
    assert_status(ltn_crosswalk_read_csv(temporary_path("no such.csv"), NULL, &crosswalk), LTN_EIO);
    ltn_crosswalk_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_code_for_another),
        cmocka_unit_test(a_region_is_divided),
        cmocka_unit_test(thirds_conserve_the_total),
        cmocka_unit_test(shares_of_few_digits_conserve_the_total),
        cmocka_unit_test(rows_hold_from_their_date),
        cmocka_unit_test(regions_are_joined),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(the_recoded_inventory_is_an_inventory),
        cmocka_unit_test(shares_must_add_up),
        cmocka_unit_test(codes_must_be_in_the_new_geography),
        cmocka_unit_test(an_unknown_code_is_named_once),
        cmocka_unit_test(parts_need_ids_of_their_own),
        cmocka_unit_test(a_crosswalk_is_looked_over),
        cmocka_unit_test(dates_of_a_crosswalk_are_dates),
        cmocka_unit_test(everything_wrong_is_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
