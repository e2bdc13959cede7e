/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SMOKE's control packets. What is expected is the SMOKE user's guide's (sections "Cntlmat" and "GCNTL"), reckoned by
 * hand, and a second program, in this file, that tries every row on every emission. */
#include "plan.h"

#define CLOSE 1e-12

/* Short tons a day in t/yr: 0.90718474 t, 365 days. */
#define PER_DAY (0.90718474 * 365)

/* ---- runs ---- */

static ltn_packet_options packet_options(int base_year, int year)
{
    ltn_packet_options options;
    ltn_packet_options_init(&options);
    options.base_year = base_year;
    options.year = year;
    return options;
}

static plan packets_with(const char *csv, const char *packets, const ltn_packet_options *options)
{
    plan p = {inventory_of(csv), NULL, NULL};
    assert_ok(ltn_scenario_read_packets(write_file("packets.txt", packets), options, NULL, &p.scenario));
    assert_ok(ltn_projection_run(p.base, p.scenario, NULL, &p.run));
    return p;
}

/* An inventory of 2005 and packets that lead to 2020. */
static plan packets_of(const char *csv, const char *packets)
{
    ltn_packet_options options = packet_options(2005, 0);
    options.year = strstr(packets, "/PROJECTION") ? 0 : 2020;
    return packets_with(csv, packets, &options);
}

/* Emission of the only source in 2020. */
static double after(const char *csv, const char *packets)
{
    plan p = packets_of(csv, packets);
    size_t count;
    const int *years = ltn_projection_years(p.run, &count);
    double value = ltn_projection_emissions(p.run, years[count - 1])[0];
    plan_free(&p);
    return value;
}

/* ---- who ---- */

/* Rows of the user's guide's list, most specific first; %d stands for the factor. Of the packet that is made of the
 * k-th and all after it, in reverse order, the k-th must be the one that acts. */
static void check_hierarchy(const char *csv, const char *const *rows, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        text_buffer packet = {0};
        text_add(&packet, "/PROJECTION 2005 2020/\n");
        for (size_t i = count; i-- > k;) {
            text_add(&packet, rows[i], 1000 + (int)i);
            text_add(&packet, "\n");
        }
        text_add(&packet, "/END/\n");
        double got = after(csv, packet.data) / 2.385;
        if (fabs(got - 1000 - (double)k) > 1e-9)
            fail_msg("of %zu and less specific, %g acted: %s", k, got - 1000, rows[k]);
        free(packet.data);
    }
}

static void a_point_source_goes_through_every_level(void **state)
{
    (void)state;
    static const char csv[] = "source,region,sector,pollutant,emission_t,sic,mact,facility\n"
                              "37001|P1|U1|R1|PR1|10100201,37001,10100201,NOX,2.385,4911,0105,Duke Power\n";
    static const char *const rows[] = {
        /* region, SCC, factor, pollutant, SIC, MACT, plant, unit, release point, process */
        "37001,10100201,%d,NOX,-9,-9,P1,U1,R1,PR1", "37001,0,%d,NOX,-9,-9,P1,U1,R1,PR1",
        "37001,10100201,%d,NOX,-9,-9,P1,U1,R1", "37001,0,%d,NOX,-9,-9,P1,U1,R1", "37001,10100201,%d,NOX,-9,-9,P1,U1",
        "37001,0,%d,NOX,-9,-9,P1,U1", "37001,10100201,%d,NOX,-9,-9,P1", "37001,0,%d,NOX,-9,0105,P1",
        "37001,0,%d,NOX,-9,-9,P1", "37001,10100201,%d,-9,-9,-9,P1,U1,R1,PR1", "37001,0,%d,-9,-9,-9,P1,U1,R1,PR1",
        "37001,10100201,%d,-9,-9,-9,P1,U1,R1", "37001,0,%d,-9,-9,-9,P1,U1,R1", "37001,10100201,%d,-9,-9,-9,P1,U1",
        "37001,0,%d,-9,-9,-9,P1,U1", "37001,10100201,%d,-9,-9,-9,P1", "37001,0,%d,-9,-9,0105,P1",
        "37001,0,%d,-9,-9,-9,P1",
        /* MACT */
        "37001,10100201,%d,NOX,-9,0105", "37001,0,%d,NOX,-9,0105", "37000,10100201,%d,NOX,-9,0105",
        "37000,0,%d,NOX,-9,0105", "0,10100201,%d,NOX,-9,0105", "0,0,%d,NOX,-9,0105", "37001,10100201,%d,-9,-9,0105",
        "37001,0,%d,-9,-9,0105", "37000,10100201,%d,-9,-9,0105", "37000,0,%d,-9,-9,0105", "0,10100201,%d,-9,-9,0105",
        "0,0,%d,-9,-9,0105",
        /* SIC */
        "37001,0,%d,NOX,4911", "37001,0,%d,NOX,4900", "37000,0,%d,NOX,4911", "37000,0,%d,NOX,4900", "0,0,%d,NOX,4911",
        "0,0,%d,NOX,4900", "37001,0,%d,-9,4911", "37001,0,%d,-9,49", "37000,0,%d,-9,4911", "37000,0,%d,-9,4900",
        "0,0,%d,-9,4911", "0,0,%d,-9,4900",
        /* SCC of eight digits: 8, left 6, 3, 1 */
        "37001,10100201,%d,NOX", "37001,10100200,%d,NOX", "37001,10100000,%d,NOX", "37001,10000000,%d,NOX",
        "37000,10100201,%d,NOX", "37000,10100200,%d,NOX", "37000,10100000,%d,NOX", "37000,10000000,%d,NOX",
        "0,10100201,%d,NOX", "0,10100200,%d,NOX", "0,10100000,%d,NOX", "0,10000000,%d,NOX", "37001,10100201,%d,-9",
        "37001,10100200,%d,-9", "37001,10100000,%d,-9", "37001,10000000,%d,-9", "37000,10100201,%d,-9",
        "37000,10100200,%d,-9", "37000,10100000,%d,-9", "37000,10000000,%d,-9", "0,10100201,%d,-9", "0,10100200,%d,-9",
        "0,10100000,%d,-9", "0,10000000,%d,-9", "37001,0,%d,NOX", "37001,0,%d,-9", "37000,0,%d,NOX", "37000,0,%d,-9",
        "0,0,%d,NOX", "0,0,%d,-9"};
    check_hierarchy(csv, rows, COUNT(rows));
}

static void an_area_source_goes_through_every_level(void **state)
{
    (void)state;
    static const char csv[] = "source,region,sector,pollutant,emission_t,sic,mact\n"
                              "37001|2102004001,37001,2102004001,NOX,2.385,0174,0102-1\n";
    static const char *const rows[] = {
        "37001,2102004001,%d,NOX,-9,0102-1", "37001,0,%d,NOX,-9,0102-1", "37000,2102004001,%d,NOX,-9,0102-1",
        "37000,0,%d,NOX,-9,0102-1", "0,2102004001,%d,NOX,-9,0102-1", "0,0,%d,NOX,-9,0102-1",
        "37001,2102004001,%d,-9,-9,0102-1", "37001,0,%d,-9,-9,0102-1", "37000,2102004001,%d,-9,-9,0102-1",
        "37000,0,%d,-9,-9,0102-1", "0,2102004001,%d,-9,-9,0102-1", "0,0,%d,-9,-9,0102-1", "37001,0,%d,NOX,174",
        "37001,0,%d,NOX,0100", "37000,0,%d,NOX,0174", "37000,0,%d,NOX,01", "0,0,%d,NOX,0174", "0,0,%d,NOX,0100",
        "37001,0,%d,-9,0174", "37001,0,%d,-9,0100", "37000,0,%d,-9,0174", "37000,0,%d,-9,0100", "0,0,%d,-9,0174",
        "0,0,%d,-9,0100",
        /* SCC of ten digits: 10, left 7, 4, 2 */
        "37001,2102004001,%d,NOX", "37001,2102004000,%d,NOX", "37001,2102000000,%d,NOX", "37001,2100000000,%d,NOX",
        "37000,2102004001,%d,NOX", "37000,2102004000,%d,NOX", "37000,2102000000,%d,NOX", "37000,2100000000,%d,NOX",
        "0,2102004001,%d,NOX", "0,2102004000,%d,NOX", "0,2102000000,%d,NOX", "0,2100000000,%d,NOX",
        "37001,2102004001,%d,-9", "37001,2102004000,%d,-9", "37001,2102000000,%d,-9", "37001,2100000000,%d,-9",
        "37000,2102004001,%d,-9", "37000,2102004000,%d,-9", "37000,2102000000,%d,-9", "37000,2100000000,%d,-9",
        "0,2102004001,%d,-9", "0,2102004000,%d,-9", "0,2102000000,%d,-9", "0,2100000000,%d,-9", "37001,0,%d,NOX",
        "37001,0,%d,-9", "37000,0,%d,NOX", "37000,0,%d,-9", "0,0,%d,NOX", "0,0,%d,-9"};
    check_hierarchy(csv, rows, COUNT(rows));
}

/* On roads and off them neither MACT nor SIC is looked at. */
static void a_mobile_source_goes_by_scc_and_region(void **state)
{
    (void)state;
    static const char csv[] = "source,region,sector,pollutant,emission_t,sic,mact\n"
                              "37001|2201001110,37001,2201001110,NOX,2.385,4911,0105\n";
    static const char *const rows[] = {"37001,2201001110,%d,NOX",
                                       "37001,2201001000,%d,NOX",
                                       "37001,2201000000,%d,NOX",
                                       "37001,2200000000,%d,NOX",
                                       "37000,2201001110,%d,NOX",
                                       "37000,2201001000,%d,NOX",
                                       "37000,2201000000,%d,NOX",
                                       "37000,2200000000,%d,NOX",
                                       "0,2201001110,%d,NOX",
                                       "0,2201001000,%d,NOX",
                                       "0,2201000000,%d,NOX",
                                       "0,2200000000,%d,NOX",
                                       "37001,2201001110,%d,-9",
                                       "37001,2201001000,%d,-9",
                                       "37001,2201000000,%d,-9",
                                       "37001,2200000000,%d,-9",
                                       "37000,2201001110,%d,-9",
                                       "37000,2201001000,%d,-9",
                                       "37000,2201000000,%d,-9",
                                       "37000,2200000000,%d,-9",
                                       "0,2201001110,%d,-9",
                                       "0,2201001000,%d,-9",
                                       "0,2201000000,%d,-9",
                                       "0,2200000000,%d,-9",
                                       "37001,0,%d,NOX",
                                       "37001,0,%d,-9",
                                       "37000,0,%d,NOX",
                                       "37000,0,%d,-9",
                                       "0,0,%d,NOX",
                                       "0,0,%d,-9",
                                       "37001,0,%d,NOX,4911",
                                       "37001,0,%d,NOX,-9,0105"};
    check_hierarchy(csv, rows, COUNT(rows) - 2);
    assert_close(after(csv, "/PROJECTION 2005 2020/\n37001 0 3 NOX 4911\n37001 0 4 NOX -9 0105\n0 0 5\n/END/\n"),
                 5 * 2.385, CLOSE, 0);
}

static const char area[] = "source,region,sector,pollutant,emission_t,removal,sic\n"
                           "37001|2102004001,37001,2102004001,NOX,2.385,0.4,4911\n";

/* XREF_SICOVERSCC=N, and FULLSCC_ONLY=Y, under which 2102004000 is a code like others. */
static void options_change_the_hierarchy(void **state)
{
    (void)state;
    static const char packets[] = "/PROJECTION 2005 2020/\n0 0 2 NOX 4911\n37001 2102004001 3 NOX\n/END/\n",
                      patterns[] = "/PROJECTION 2005 2020/\n37001 2102004000 2\n0 0 3\n/END/\n";
    for (int changed = 0; changed < 2; changed++) {
        ltn_packet_options options = packet_options(2005, 0);
        options.scc_before_sic = options.full_scc_only = changed;
        plan p = packets_with(area, packets, &options);
        assert_close(ltn_projection_emissions(p.run, 2020)[0], (changed ? 3 : 2) * 2.385, CLOSE, 0);
        plan_free(&p);
        p = packets_with(area, patterns, &options);
        assert_close(ltn_projection_emissions(p.run, 2020)[0], (changed ? 3 : 2) * 2.385, CLOSE, 0);
        plan_free(&p);
    }
}

/* 0, -9 and blank mean any; codes may be padded or not; fields may be set apart in every way. */
static void rows_are_taken_apart(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "37001,2102004001,3,NOX",
        "037001 2102004001 3 NOX",
        "000000037001;00000000002102004001;3;NOX",
        "37001\t2102004001\t \t3\tNOX",
        "  37001 , 2102004001 ,3.0 , NOX ,, , ! a remark, with 'quotes",
        "'37001' \"2102004001\" 3.0D0 'NOX'",
        "37001,2102004001,.3E1,NOX,0,-9,-9,,0,-9",
        "37001,2102004001,3,NOX\r",
        ",,3",
        "-9 0 3 -9",
        "0000,-9,3,,0000,000000",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        text_buffer packet = {0};
        text_add(&packet,
                 "\xEF\xBB\xBF# remark\n\n  \n/PROJECTION 2005 2020/ ! remark\n#37001,0,9\n%s\n! remark\n/END/",
                 rows[i]);
        assert_close(after(area, packet.data), 3 * 2.385, CLOSE, 0);
        free(packet.data);
    }
}

/* Plain identifiers have no parts of a plant; `facility` is the plant then. A row with a plant is for no other. */
static void a_plant_may_be_a_column(void **state)
{
    (void)state;
    static const char csv[] = "source,region,sector,pollutant,emission_t,facility\n"
                              "B1,37001,10100201,NOX,2.385,P7\nB2,37001,10100201,NOX,2.385,\n";
    plan p = packets_of(csv, "/PROJECTION 2005 2020/\n37001 0 3 NOX 0 0 P7\n37001 0 4 NOX 0 0 P7 U1\n/END/\n");
    assert_close(emission(p.run, 2020, "B1", "NOX"), 3 * 2.385, CLOSE, 0);
    assert_close(emission(p.run, 2020, "B2", "NOX"), 2.385, CLOSE, 0);
    assert_close(one_note(p.run, "packet_rows_unused", "projection", 0), 1, 0, 0);
    plan_free(&p);
}

/* ---- what ---- */

/* 73 t/yr are 0.2 t a day; 0.4 of it is removed already. */
static const char half[] = "source,region,sector,pollutant,emission_t,removal\n"
                           "37001|2102004001,37001,2102004001,NOX,1000,0.4\n",
                  none[] = "source,region,sector,pollutant,emission_t,removal\n"
                           "37001|2102004001,37001,2102004001,NOX,1000,0\n";

static void control_adds_or_replaces(void **state)
{
    (void)state;
    /* A: 1 − 0.5·0.8·0.9 = 0.64 of what is there. */
    assert_close(after(half, "/CONTROL/\n0 0 NOX 0 50 80 90 0 0 Y A\n/END/\n"), 640, CLOSE, 0);
    /* R: (1 − 0.85)/(1 − 0.4) = 0.25. */
    assert_close(after(half, "/CONTROL/\n0 0 NOX 0 85 100 100 0 0 Y R\n/END/\n"), 250, CLOSE, 0);
    /* R: 1 − 0.5·0.8·0.9 = 0.64 is no stricter than 1 − 0.4. */
    assert_close(after(half, "/CONTROL/\n0 0 NOX 0 50 80 90 0 0 Y R\n/END/\n"), 1000, CLOSE, 0);
    assert_close(after(half, "/CONTROL/\n0 0 NOX 0 40 100 100 0 0 Y R\n/END/\n"), 1000, CLOSE, 0);
    /* N: the row is not there, and the next level's is. */
    assert_close(after(half, "/CONTROL/\n37001 0 NOX 0 90 100 100 0 0 N A\n0 0 NOX 0 50 100 100 0 0 Y A\n/END/\n"), 500,
                 CLOSE, 0);
    /* COMPARE_REPLACE_CONTROL=N: 0.64/0.6. */
    ltn_packet_options options = packet_options(2005, 2020);
    options.replace_always = 1;
    plan p = packets_with(half, "/CONTROL/\n0 0 NOX 0 50 80 90 0 0 Y R\n/END/\n", &options);
    assert_close(ltn_projection_emissions(p.run, 2020)[0], 640 / 0.6, CLOSE, 0);
    plan_free(&p);
}

static const char toxic[] = "source,region,sector,pollutant,emission_t,removal,mact,source_type\n"
                            "37001|2102004001,37001,2102004001,NOX,1000,0.4,0105,01\n";

static void mact_weighs_new_and_existing(void **state)
{
    (void)state;
    /* 0.7·(1 − 0.7)/0.6 + 0.3·(1 − 0.9)/0.6 = 0.35 + 0.05. */
    assert_close(after(toxic, "/MACT/\n0105 0 00 Y NOX 70 90 30\n/END/\n"), 400, CLOSE, 0);
    /* Existing sources have more than 0.2 already: 0.7·1 + 0.05. */
    assert_close(after(toxic, "/MACT/\n105,0,0,Y,NOX,20,90,30\n/END/\n"), 750, CLOSE, 0);
    /* Of another type of source, or not to be applied: the row is not this source's. */
    assert_close(after(toxic, "/MACT/\n0105 2102004001 02 Y NOX 99 99 30\n0105 0 00 Y NOX 70 90 30\n/END/\n"), 400,
                 CLOSE, 0);
    assert_close(after(toxic, "/MACT/\n0105 0 00 Y NOX 99 99 30\n0105 0 1 Y NOX 70 90 30\n/END/\n"), 400, CLOSE, 0);
    assert_close(after(toxic, "/MACT/\n0105 0 00 N NOX 70 90 30\n/END/\n"), 1000, CLOSE, 0);
}

/* The order of the file does not count: MACT comes before CONTROL, whose R takes MACT's factor back, too. */
static void control_comes_after_mact(void **state)
{
    (void)state;
    static const char mact[] = "/MACT/\n0105 0 00 Y NOX 70 90 30\n/END/\n";
    static const struct {
        const char *control;
        double expected;
    } cases[] = {
        {"/CONTROL/\n0 0 NOX 0 50 100 100 0 0 Y A\n/END/\n", 200},  /* 0.4·0.5 */
        {"/CONTROL/\n0 0 NOX 0 70 100 100 0 0 Y R\n/END/\n", 500},  /* 0.3/0.6 */
        {"/CONTROL/\n0 0 NOX 0 30 100 100 0 0 Y R\n/END/\n", 1000}, /* not stricter: 1, MACT's 0.4 is lost */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int swapped = 0; swapped < 2; swapped++) {
            char packets[512];
            snprintf(packets, sizeof packets, "%s%s", swapped ? cases[i].control : mact,
                     swapped ? mact : cases[i].control);
            assert_close(after(toxic, packets), cases[i].expected, CLOSE, 0);
        }
    /* A control of all there is may be taken back, too. */
    assert_close(
        after(toxic, "/MACT/\n0105 0 0 Y NOX 100 100 0\n/END/\n/CONTROL/\n0 0 NOX 0 70 100 100 0 0 Y R\n/END/\n"), 500,
        CLOSE, 0);
}

/* 1000 t/yr are 1000/(0.90718474·365) = 3.02 short tons a day. */
static void ctg_acts_above_its_cutoff(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        double expected;
    } cases[] = {
        {"0 0 NOX 0.5 3.1 -9 -9", 1000},  /* under the cutoff */
        {"0 0 NOX 0.5 3 -9 -9", 500},     /* over it; 1.51 is not */
        {"0 0 NOX 0.5 1 0.2 0.3", 100},   /* still over it: MACT */
        {"0 0 NOX 0.5 1 -9 0.3", 150},    /* RACT */
        {"0 0 NOX 0.5 1 0 0.3", 150},     /* a factor of 0 is not defined */
        {"0 0 NOX 0.5 1 -9 -9", PER_DAY}, /* down to the cutoff */
        {"0 0 NOX 0.5 1", PER_DAY},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char packets[128];
        snprintf(packets, sizeof packets, "/CTG/\n%s\n/END/\n", cases[i].row);
        assert_close(after(half, packets), cases[i].expected, CLOSE, 0);
    }
    /* After the control: 0.2·1000 is 0.6 t a day. Growth is another matrix's: 3.02 is compared, not 6.04. */
    assert_close(after(none, "/CONTROL/\n0 0 NOX 0 80 100 100 0 0 Y A\n/END/\n/CTG/\n0 0 NOX .5 1 .5\n/END/\n"), 200,
                 CLOSE, 0);
    assert_close(after(none, "/PROJECTION 2005 2020/\n0 0 2\n/END/\n/CTG/\n0 0 NOX 0.5 4 -9 -9\n/END/\n"), 2000, CLOSE,
                 0);
}

static void allowable_looks_at_the_inventory(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        double expected;
    } cases[] = {
        {"0 0 NOX -9 4 1", 1000},                                          /* under the cap */
        {"0 0 NOX -9 2 1", PER_DAY},                                       /* over it: the replacement */
        {"0 0 NOX -9 2 -9", 2 * PER_DAY},                                  /* the cap */
        {"0 0 NOX -9 -9 2", 2 * PER_DAY},                                  /* the replacement is a cap */
        {"0 0 NOX -9 0 4", 1000},         {"0 0 NOX -9 2 4", 4 * PER_DAY}, /* a replacement above what is there */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char packets[128];
        snprintf(packets, sizeof packets, "/ALLOWABLE/\n%s\n/END/\n", cases[i].row);
        assert_close(after(half, packets), cases[i].expected, CLOSE, 0);
    }
    /* E0 is the inventory's: the factor 2·PER_DAY/1000 comes on top of the control's 0.5, and of growth. */
    assert_close(after(none, "/PROJECTION 2005 2020/\n0 0 3\n/END/\n/CONTROL/\n0 0 NOX 0 50 100 100 0 0 Y A\n/END/\n"
                             "/ALLOWABLE/\n0 0 NOX -9 2 -9\n/END/\n"),
                 3 * 0.5 * 2 * PER_DAY, CLOSE, 0);
}

/* A day of a leap year is 1/366 of it. */
static void days_are_those_of_the_inventory(void **state)
{
    (void)state;
    ltn_packet_options options = packet_options(2016, 2020);
    plan p = packets_with(none, "/ALLOWABLE/\n0 0 NOX -9 2 -9\n/END/\n", &options);
    assert_close(ltn_projection_emissions(p.run, 2020)[0], 2 * 0.90718474 * 366, CLOSE, 0);
    plan_free(&p);
}

/* The removal that is left standing gives the emission: 1000 t at 0.4 are 1000/0.6 without. */
static void the_removal_follows(void **state)
{
    (void)state;
    plan p = packets_of(half, "/PROJECTION 2005 2020/\n0 0 2\n/END/\n/CONTROL/\n0 0 NOX 0 70 100 100 0 0 Y A\n/END/\n");
    assert_close(projected(p.run, 2020, "37001|2102004001", "NOX", "emission_t"), 600, CLOSE, 0);
    assert_close(projected(p.run, 2020, "37001|2102004001", "NOX", "removal"), 1 - 0.6 * 0.3, CLOSE, 0);
    plan_free(&p);
    /* The inventory's 100 %: nothing to be backed out. */
    static const char all[] = "source,region,sector,pollutant,emission_t,removal\nS,37001,2102004001,NOX,5,1\n";
    assert_close(after(all, "/CONTROL/\n0 0 NOX 0 70 100 100 0 0 Y R\n/END/\n"), 5, CLOSE, 0);
}

/* ---- what is told ---- */

static void the_row_that_acted_can_be_found(void **state)
{
    (void)state;
    ltn_table *steps = NULL;
    plan p = packets_of(half, "# one\n/PROJECTION 2005 2020/\n0 0 1.5\n37001 0 2\n/END/\n\n/CONTROL/\n"
                              "0 0 SO2 0 50 100 100 0 0 Y A\n45001 0 NOX 0 50 100 100 0 0 Y A\n"
                              "0 0 NOX 0 20 100 100 0 0 Y R\n/END/\n");
    assert_ok(ltn_projection_explain(p.run, "37001|2102004001", &steps));
    /* Two lines at the years' starts, then the two packets. */
    assert_int_equal(ltn_table_rows(steps), 4);
    assert_true(isnan(number_at(steps, 1, "line")));
    assert_close(number_at(steps, 2, "line"), 4, 0, 0);
    assert_close(number_at(steps, 2, "phase"), 2, 0, 0);
    assert_close(number_at(steps, 3, "line"), 10, 0, 0);
    assert_string_equal(text_at(steps, 3, "measure"), "control");
    ltn_table_free(steps);
    assert_close(one_note(p.run, "packet_rows_unused", "projection", 0), 1, 0, 0);
    assert_close(one_note(p.run, "packet_rows_unused", "control", 0), 2, 0, 0);
    assert_int_equal(find_notes(p.run, "pollutant_not_selected", "control", 0, NULL), 1);
    assert_close(one_note(p.run, "control_not_stronger", "control", 2020), 1, 0, 0);
    assert_string_equal(ltn_scenario_measure_class(p.scenario, 0), "growth");
    assert_string_equal(ltn_scenario_measure_class(p.scenario, 1), "engineering");
    assert_string_equal(ltn_scenario_name(p.scenario, LTN_ENGLISH), "packets.txt");
    plan_free(&p);
}

/* What the inventory does not say is taken as 0 where it counts, and told. */
static void an_unknown_removal_is_told(void **state)
{
    (void)state;
    static const char csv[] = "source,region,sector,pollutant,emission_t\nS,37001,2102004001,NOX,1000\n";
    plan p = packets_of(csv, "/CONTROL/\n0 0 NOX 0 70 100 100 0 0 Y R\n/END/\n");
    assert_close(emission(p.run, 2020, "S", "NOX"), 300, CLOSE, 0);
    assert_close(one_note(p.run, "control_removal_assumed", "control", 2020), 1, 0, 0);
    plan_free(&p);
    p = packets_of(csv, "/CONTROL/\n0 0 NOX 0 70 100 100 0 0 Y A\n/END/\n");
    assert_int_equal(count_notes(p.run, "control_removal_assumed"), 0);
    plan_free(&p);
}

static void projections_are_for_their_year(void **state)
{
    (void)state;
    static const char two[] = "/PROJECTION 2002 2020/\n0 0 7\n/END/\n/PROJECTION 2005 2030/\n0 0 2\n/END/\n",
                      other[] =
                          "/PROJECTION 2002 2020/\n0 0 7\n/END/\n/CONTROL/\n0 0 NOX 0 50 100 100 0 0 Y A\n/END/\n";
    ltn_packet_options options = packet_options(2005, 0);
    plan p = packets_with(none, two, &options);
    assert_int_equal(ltn_scenario_last_year(p.scenario), 2030);
    assert_close(ltn_projection_emissions(p.run, 2030)[0], 2000, CLOSE, 0);
    assert_close(one_note(p.run, "packet_passed_over", "projection-2002", 0), 2002, 0, 0);
    plan_free(&p);
    options.year = 2025; /* for a packet that is passed over says nothing */
    p = packets_with(none, other, &options);
    assert_close(ltn_projection_emissions(p.run, 2025)[0], 500, CLOSE, 0);
    plan_free(&p);
    p = (plan){inventory_of(none), NULL, NULL};
    assert_ok(ltn_scenario_read_packets(write_file("one.txt", "/PROJECTION 2002 2020/\n0 0 7\n/END/\n"), &options, NULL,
                                        &p.scenario));
    assert_status(ltn_projection_run(p.base, p.scenario, NULL, &p.run), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "starts from 2002 and the inventory is of 2005");
    plan_free(&p);
}

/* Packets lead to one year; what is between is not told. */
static void no_other_year_is_projected(void **state)
{
    (void)state;
    plan p = packets_of(none, "/PROJECTION 2005 2020/\n0 0 2\n/END/\n");
    size_t count;
    const int *years = ltn_projection_years(p.run, &count);
    assert_int_equal(count, 2);
    assert_int_equal(years[0], 2005);
    assert_int_equal(years[1], 2020);
    ltn_projection *run = NULL;
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.first_year = 2010;
    assert_status(ltn_projection_run(p.base, p.scenario, &options, &run), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "2020");
    plan_free(&p);
}

/* Any reader of scenarios knows packets by their first line. */
static void packets_are_known_by_their_content(void **state)
{
    (void)state;
    static const char text[] = "# remark\n\n /projection 2005 2020/\n0 0 2\n/end/\n";
    ltn_scenario *s = NULL;
    assert_ok(ltn_scenario_parse(text, strlen(text), "plan.yaml", NULL, &s));
    assert_int_equal(ltn_scenario_base_year(s), 2005);
    assert_int_equal(ltn_scenario_measures(s), 1);
    assert_string_equal(ltn_scenario_measure_id(s, 0), "projection");
    ltn_scenario_free(s);
    assert_ok(ltn_scenario_read(write_file("packets.yaml", text), NULL, &s));
    ltn_scenario_free(s);
    assert_status(ltn_scenario_parse("/a: b\n", 6, "plan.yaml", NULL, &s), LTN_EINPUT); /* YAML, and no scenario */
    assert_null(s);
}

/* ---- what is wrong ---- */

#define PROJECTION(row) "/PROJECTION 2005 2020/\n" row "\n/END/\n"
#define CONTROL(row) PROJECTION("0 0 1") "/CONTROL/\n" row "\n/END/\n"

static void every_fault_is_named_where_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *text; /* with a § at each place */
        const char *words[4];
    } faults[] = {
        {PROJECTION("0 0 §x\n37001 0 §-1 NOX\n37001 0§\n0,0,§,SO2"),
         {"factor 'x' is no number", "factor -1 is not in [0, 1e+09]", "factor is missing", "factor is missing"}},
        {CONTROL("0 0 NOX 0 §101 100 100 0 0 Y A"), {"control efficiency 101 is not in [0, 100]"}},
        {CONTROL("0 0 NOX 0 90 §1e999 100 0 0 Y A"), {"rule effectiveness"}},
        {CONTROL("0 0 NOX 0 90 100 100 0 0 §maybe §B"), {"apply flag is 'maybe'", "action is 'B'"}},
        {CONTROL("0 0 §'NOX 0"), {"the quote ' is not closed"}},
        {CONTROL("0 0 'NOX'§x 0"), {"behind the closing quote"}},
        {CONTROL("1 2 3 4 5 6 7 8 9 Y A 12 13 14 15 16 17 §18"), {"more than the 17 fields"}},
        {CONTROL("0 §123456789012345678901234567890123 0"), {"33 bytes long"}},
        {PROJECTION("0 0 1") "/MACT/\n§0 0 0 Y NOX 50 50 50\n/END/\n", {"MACT code is missing"}},
        {PROJECTION("0 0 1") "/ALLOWABLE/\n§0 0 NOX -9 0 -9\n/END/\n", {"neither the cap nor the replacement"}},
        {PROJECTION("0 0 1") "/CTG/\n0 0 NOX §1.5 2\n/END/\n", {"CTG factor 1.5 is not in [0, 1]"}},
        {PROJECTION("0 0 1") "/CTG/\n0 0 NOX 1 §-9\n/END/\n", {"cutoff is missing"}},
        {PROJECTION("0 0 1") "§/CONTROLS/\n0 0 nonsense\n/END/\n", {"no packet /CONTROLS/; the nearest is /CONTROL/"}},
        {PROJECTION("0 0 1") "§/PROJECTION 2005 2030/\n/END/\n", {"second packet /PROJECTION/ from the same year"}},
        {CONTROL("") "§/CONTROL/\n/END/\n", {"second packet /CONTROL/"}},
        {"/PROJECTION 2005 2020/\n0 0 1\n§/CONTROL/\n0 0 NOX 0 50 100 100 0 0 Y A\n/END/\n", {"has no /END/"}},
        {"/PROJECTION 2005 2020/\n0 0 1\n§", {"the file ends inside a packet"}},
        {PROJECTION("0 0 1") "§/END/\n", {"/END/ ends nothing"}},
        {PROJECTION("0 0 1") "§0 0 1\n0 0 1\n", {"stands in no packet"}},
        {"/PROJECTION 2005 §20x0/\n/END/\n", {"a year is missing"}},
        {"/PROJECTION 2005§/\n/END/\n", {"a year is missing"}},
        {"/PROJECTION 2005 2020 §2030/\n/END/\n", {"more than two years"}},
        {"§/PROJECTION 2020 2005/\n0 0 1\n/END/\n", {"not after the inventory's year 2020"}},
        {"§/CONTROL/\n/END/\n", {"nothing tells the inventory's year"}},
        {PROJECTION("0 0 1 § NOX\xFF"), {"byte 0xFF"}},
    };
    for (size_t i = 0; i < COUNT(faults); i++) {
        text_buffer text = {0};
        mark marks[MARKS_MAX];
        ltn_read_options options;
        ltn_scenario *s = NULL;
        size_t count = take_marks(faults[i].text, &text, marks);
        ltn_diagnostics *list = new_list(&options);
        assert_status(ltn_scenario_parse(text.data, text.size, "packets.txt", &options, &s), LTN_EINPUT);
        assert_null(s);
        if (i + 1 < COUNT(faults))
            for (size_t m = 0; m < count; m++)
                assert_complaint(list, marks[m].line, marks[m].column, faults[i].words[m]);
        else
            assert_contains(ltn_diagnostics_get(list, 0)->message, faults[i].words[0]);
        ltn_diagnostics_free(list);
        free(text.data);
    }
}

/* What SMOKE passes over or does not use, the run survives, and is told. */
static void oddities_are_warned_of(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } oddities[] = {
        {PROJECTION("0 0 1\n§0 0 2"), "the same sources as line 2"},
        {PROJECTION("0 2102004001 1 NOX §4911"), "the SIC is not used beside an SCC"},
        {PROJECTION("0 0 1 NOX 0 0 §P1"), "a plant and no county"},
        {PROJECTION("37001 0 1 NOX 0 0 §P1 U1 R1 PR1 C4"), "no char4 or char5"},
        {PROJECTION("37001 0 1 NOX 0 0 §0 U1"), "parts of a plant and no plant"},
        {PROJECTION("37001 0 1 NOX 0 0105 §P1 U1"), "a MACT code goes with a plant alone"},
        {PROJECTION("0,0,1,NOX,0,0,0,0,0,0,0,0,§X"), "/PROJECTION/ has no column 13"},
        {CONTROL("0,0,NOX,0,50,§,100,0,0,Y,A"), "rule effectiveness is missing; 100 % is taken"},
        {CONTROL("0,0,NOX,0,50,100,100,0,0,§,A"), "the apply flag is blank"},
        {CONTROL("0,0,NOX,0,50,100,100,0,0,Y§"), "the action is blank; A (add) is taken"},
    };
    for (size_t i = 0; i < COUNT(oddities); i++) {
        text_buffer text = {0};
        mark marks[MARKS_MAX];
        ltn_read_options options;
        ltn_scenario *s = NULL;
        assert_int_equal(take_marks(oddities[i].text, &text, marks), 1);
        ltn_diagnostics *list = new_list(&options);
        assert_ok(ltn_scenario_parse(text.data, text.size, "packets.txt", &options, &s));
        assert_complaint(list, marks[0].line, marks[0].column, oddities[i].words);
        ltn_scenario_free(s);
        ltn_diagnostics_free(list);
        free(text.data);
    }
}

static void what_is_not_supported_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"REACTIVITY 2005 2020", "EMS_CONTROL"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[160];
        ltn_scenario *s = NULL;
        snprintf(text, sizeof text, PROJECTION("0 0 1") "/%s/\n37 what is in it is not looked at '\n/END/\n", names[i]);
        assert_status(ltn_scenario_parse(text, strlen(text), "packets.txt", NULL, &s), LTN_EUNSUPPORTED);
        assert_null(s);
        assert_int_equal(ltn_last_error()->line, 4);
        assert_contains(ltn_last_error()->message, "not supported");
    }
}

static void the_year_asked_for_must_be_the_packets(void **state)
{
    (void)state;
    ltn_scenario *s = NULL;
    ltn_packet_options options = packet_options(2005, 2025);
    assert_status(ltn_scenario_read_packets(write_file("p.txt", PROJECTION("0 0 1")), &options, NULL, &s), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "leads to 2020, but the year asked for is 2025");
    options.year = 0;
    assert_status(ltn_scenario_read_packets(write_file("p.txt", "/CTG/\n/END/\n"), &options, NULL, &s), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "nothing tells the year that the packets lead to");
}

/* ---- a second program ---- */

enum { ROWS_MAX = 90, SOURCES = 50, POLLUTANTS = 3, KINDS = 5 };
enum { PROJECT, MACT, CONTROL, CTG, ALLOWABLE };

typedef struct source {
    const char *county, *scc, *sic, *mact, *type, *parts[4]; /* plant, unit, release point, process; NULL: no point */
    double emission[POLLUTANTS], removal[POLLUTANTS];        /* NaN: not there, not known */
} source;

typedef struct row {
    const char *region, *scc, *pollutant, *sic, *mact, *type, *parts[4]; /* NULL: any */
    double numbers[4];                                                   /* -9: not defined */
    bool applies, replaces;
} row;

typedef struct rows {
    row items[ROWS_MAX];
    size_t count;
} rows;

static const char *const pollutants[] = {"NOX", "SO2", "VOC"};

static bool same(const char *wanted, const char *got)
{
    return !wanted || (got && strcmp(wanted, got) == 0);
}

/* 0 county, 1 state, 2 nation; -1 no match. */
static int region_level(const row *r, const source *s)
{
    if (!r->region) return 2;
    if (strcmp(r->region, s->county) == 0) return 0;
    return strncmp(r->region, s->county, 2) == 0 && strcmp(r->region + 2, "000") == 0 ? 1 : -1;
}

/* 0 all digits, 1 .. 3 fewer and fewer; -1 no match. A row's code that ends in so many zeros is the pattern. */
static int scc_level(const char *pattern, const char *scc, bool full_only)
{
    static const int ten[] = {7, 4, 2}, eight[] = {6, 3, 1};
    size_t length = strlen(scc);
    if (strlen(pattern) != length) return -1;
    for (int level = 3; level >= 1 && !full_only; level--) {
        size_t digits = (size_t)(length == 10 ? ten : eight)[level - 1];
        if (strspn(pattern + digits, "0") != length - digits) continue;
        return strncmp(pattern, scc, digits) == 0 ? level : -1;
    }
    return strcmp(pattern, scc) == 0 ? 0 : -1;
}

/* How far down the user's guide's list the row stands for this emission; -1 where it is not for it. */
static int rank_of(const row *r, const source *s, const char *pollutant, const ltn_packet_options *o)
{
    int region = region_level(r, s), any = r->pollutant == NULL, mobile = strncmp(s->scc, "22", 2) == 0, depth = 0;
    if (region < 0 || !same(r->pollutant, pollutant)) return -1;
    for (int i = 0; i < 4; i++) {
        if (r->parts[i]) depth = i + 1;
        if (!same(r->parts[i], s->parts[0] ? s->parts[i] : NULL)) return -1;
    }
    if (depth) {
        if (region || (r->mact && (depth > 1 || r->scc || mobile)) || !same(r->scc, s->scc) || !same(r->mact, s->mact))
            return -1;
        int place = depth > 1 ? 2 * (4 - depth) + !r->scc : r->scc ? 6 : r->mact ? 7 : 8;
        return 50 * any + place;
    }
    if (r->mact) {
        bool of_it = !mobile && same(r->mact, s->mact) && same(r->scc, s->scc) && same(r->type, s->type);
        return of_it ? 100 + 50 * any + 4 * region + 2 * !r->scc + !r->type : -1;
    }
    if (r->scc) {
        int level = scc_level(r->scc, s->scc, o->full_scc_only);
        return level < 0 ? -1 : 300 + 50 * any + 4 * region + level;
    }
    if (r->sic) {
        bool group = strcmp(r->sic + 2, "00") == 0;
        bool of_it = !mobile && s->sic && strncmp(r->sic, s->sic, group ? 2 : 4) == 0;
        return of_it ? (o->scc_before_sic ? 400 : 200) + 50 * any + 2 * region + group : -1;
    }
    return 500 + 2 * region + any;
}

static const row *find_row(const rows *packet, const source *s, const char *pollutant, const ltn_packet_options *o)
{
    const row *best = NULL;
    int least = 1 << 20;
    for (size_t i = 0; i < packet->count; i++) {
        int rank = packet->items[i].applies ? rank_of(&packet->items[i], s, pollutant, o) : -1;
        if (rank < 0 || rank >= least) continue;
        least = rank;
        best = &packet->items[i];
    }
    return best;
}

/* The equations as docs/formats.md has them. */
static double reckon(const rows packets[KINDS], const source *s, int pollutant, const ltn_packet_options *o)
{
    double growth = 1, factor = 1, e0 = s->emission[pollutant] / PER_DAY,
           have = isnan(s->removal[pollutant]) ? 0 : s->removal[pollutant];
    const row *r;
    if ((r = find_row(&packets[PROJECT], s, pollutants[pollutant], o))) growth = r->numbers[0];
    if ((r = find_row(&packets[MACT], s, pollutants[pollutant], o))) {
        double e = r->numbers[0] / 100, w = r->numbers[1] / 100, n = r->numbers[2] / 100;
        factor *= (1 - n) * (e > have ? (1 - e) / (1 - have) : 1) + n * (w > have ? (1 - w) / (1 - have) : 1);
    }
    if ((r = find_row(&packets[CONTROL], s, pollutants[pollutant], o))) {
        double left = 1 - r->numbers[0] / 100 * r->numbers[1] / 100 * r->numbers[2] / 100,
               back = have < 1 ? 1 / (1 - have) : 0;
        if (!r->replaces)
            factor *= left;
        else
            factor = o->replace_always || left < 1 - have - 1e-12 ? back * left : 1;
    }
    if ((r = find_row(&packets[CTG], s, pollutants[pollutant], o)) && e0 * factor > r->numbers[1]) {
        double f = r->numbers[0], e = e0 * factor;
        if (e * f > r->numbers[1])
            f *= r->numbers[2] > 0 ? r->numbers[2] : r->numbers[3] > 0 ? r->numbers[3] : r->numbers[1] / (e * f);
        factor *= f;
    }
    if ((r = find_row(&packets[ALLOWABLE], s, pollutants[pollutant], o))) {
        double cap = r->numbers[0], replacement = r->numbers[1];
        if (cap > 0 && replacement > 0)
            factor *= e0 > cap ? replacement / e0 : 1;
        else if (cap > 0)
            factor *= e0 > cap ? cap / e0 : 1;
        else
            factor *= e0 > replacement ? replacement / e0 : 1;
    }
    return s->emission[pollutant] * growth * factor;
}

/* ---- random inputs ---- */

static const char *pick(uint64_t *seed, const char *const *from, size_t count)
{
    return from[random_bits(seed) % count];
}
#define PICK(seed, list) pick(seed, list, COUNT(list))

static const char *const counties[] = {"37001", "37003", "45001"}, *const sics[] = {"4911", "4922", "2011"},
                         *const macts[] = {"000105", "0102-1"}, *const types[] = {"01", "02"},
                         *const plants[] = {"P1", "P2"}, *const units[] = {"U1", "U2"},
                         *const releases[] = {"R1", "R2"}, *const processes[] = {"A", "B"},
                         *const points[] = {"10100201", "10100202", "10200601"},
                         *const areas[] = {"2102004001", "2102004000", "2102005011", "2201001110", "2260001010"};

static source random_source(uint64_t *seed)
{
    bool point = random_bits(seed) % 2;
    source s = {.county = PICK(seed, counties)};
    s.scc = point ? PICK(seed, points) : PICK(seed, areas);
    if (random_bits(seed) % 2) s.sic = PICK(seed, sics);
    if (random_bits(seed) % 2) s.mact = PICK(seed, macts);
    if (random_bits(seed) % 2) s.type = PICK(seed, types);
    const char *const *lists[] = {plants, units, releases, processes};
    for (int i = 0; i < 4 && point; i++) s.parts[i] = pick(seed, lists[i], 2);
    for (int p = 0; p < POLLUTANTS; p++) {
        s.emission[p] = random_bits(seed) % 4 ? random_uniform(seed, 0.1, 3000) : NAN;
        s.removal[p] = random_bits(seed) % 3 ? (double)(random_bits(seed) % 10) / 10 : NAN;
    }
    s.emission[0] = random_uniform(seed, 0.1, 3000);
    return s;
}

/* A region, or with its last digits 000. */
static const char *random_region(uint64_t *seed)
{
    static const char *const states[] = {"37000", "45000"};
    uint64_t kind = random_bits(seed) % 3;
    return kind == 0 ? NULL : kind == 1 ? PICK(seed, states) : PICK(seed, counties);
}

static const char *random_scc(uint64_t *seed)
{
    static const char *const patterns[] = {"10100200",   "10100000",   "10000000",   "2102004000", "2102000000",
                                           "2100000000", "2201001000", "2201000000", "2200000000"};
    uint64_t kind = random_bits(seed) % 4;
    return kind == 0 ? NULL : kind == 1 ? PICK(seed, points) : kind == 2 ? PICK(seed, areas) : PICK(seed, patterns);
}

static void random_numbers(uint64_t *seed, int kind, double numbers[4])
{
    for (int i = 0; i < 4; i++) numbers[i] = floor(random_uniform(seed, 0, 101));
    if (kind == PROJECT) numbers[0] = random_uniform(seed, 0, 3);
    if (kind != CTG && kind != ALLOWABLE) return;
    for (int i = 0; i < 4; i++) numbers[i] = random_bits(seed) % 3 ? random_uniform(seed, 0.01, 1) : -9;
    numbers[0] = random_uniform(seed, 0.1, 1);
    if (kind == CTG) numbers[1] = random_uniform(seed, 0, 6);
    if (kind == ALLOWABLE) numbers[1] *= numbers[1] > 0 ? 6 : 1;
}

static row random_row(uint64_t *seed, int kind)
{
    static const char *const left[] = {"4911", "4922", "2011", "4900", "2000"};
    row r = {.applies = true, .region = kind == MACT ? NULL : random_region(seed), .scc = random_scc(seed)};
    uint64_t what = random_bits(seed) % 4;
    if (random_bits(seed) % 2) r.pollutant = PICK(seed, pollutants);
    if (kind == MACT || (what == 0 && kind <= CONTROL)) r.mact = PICK(seed, macts);
    if (kind == MACT && random_bits(seed) % 2) r.type = PICK(seed, types);
    if (what == 1 && kind != MACT && kind != CTG) {
        r.sic = PICK(seed, left);
        r.scc = NULL;
    }
    const char *const *lists[] = {plants, units, releases, processes};
    uint64_t depth = what == 2 && kind != MACT && kind != CTG ? 1 + random_bits(seed) % 4 : 0;
    for (uint64_t i = 0; i < depth; i++) r.parts[i] = pick(seed, lists[i], 2);
    if (depth) r.region = PICK(seed, counties);
    if (depth == 1 && kind <= CONTROL && random_bits(seed) % 2) {
        r.mact = PICK(seed, macts);
        r.scc = NULL;
    }
    random_numbers(seed, kind, r.numbers);
    if (kind == MACT || kind == CONTROL) r.applies = random_bits(seed) % 8;
    r.replaces = random_bits(seed) % 2;
    return r;
}

/* ---- as files ---- */

static const char *code(uint64_t *seed, const char *text)
{
    static const char *const any[] = {"0", "-9", ""};
    return text ? text : PICK(seed, any);
}

static void print_row(uint64_t *seed, int kind, const row *r, text_buffer *out)
{
    const double *n = r->numbers;
    const char *plant[4];
    for (int i = 0; i < 4; i++) plant[i] = code(seed, r->parts[i]);
    if (kind == MACT) {
        text_add(out, "%s,%s,%s,%c,%s,%.17g,%.17g,%.17g\n", r->mact, code(seed, r->scc), r->type ? r->type : "00",
                 r->applies ? 'Y' : 'N', code(seed, r->pollutant), n[0], n[1], n[2]);
        return;
    }
    text_add(out, "%s,\"%s\" ", code(seed, r->region), code(seed, r->scc));
    if (kind == PROJECT)
        text_add(out, ",%.17g,%s;%s ;%s,", n[0], code(seed, r->pollutant), code(seed, r->sic), code(seed, r->mact));
    else
        text_add(out, ",%s,", code(seed, r->pollutant));
    if (kind == CONTROL)
        text_add(out, "-9,%.17g,%.17g,%.17g,%s,%s,%c,%c,", n[0], n[1], n[2], code(seed, r->sic), code(seed, r->mact),
                 r->applies ? 'Y' : 'N', r->replaces ? 'R' : 'A');
    if (kind == CTG) text_add(out, "%.17g,%.17g,%.17g,%.17g\n", n[0], n[1], n[2], n[3]);
    if (kind == ALLOWABLE) text_add(out, ",%.17g,%.17g,%s,", n[0], n[1], code(seed, r->sic));
    if (kind != CTG) text_add(out, "%s,%s,%s,%s\n", plant[0], plant[1], plant[2], plant[3]);
}

/* The packets stand in any order. */
static void print_packets(uint64_t *seed, const rows packets[KINDS], text_buffer *out)
{
    static const char *const heads[] = {"PROJECTION 2005 2020", "MACT", "CONTROL", "CTG", "ALLOWABLE"};
    size_t start = random_bits(seed) % KINDS;
    for (size_t k = 0; k < KINDS; k++) {
        size_t kind = (start + 2 * k) % KINDS;
        text_add(out, "/%s/\n", heads[kind]);
        for (size_t i = 0; i < packets[kind].count; i++) print_row(seed, (int)kind, &packets[kind].items[i], out);
        text_add(out, "/END/\n");
    }
}

static const char *name_of(const source *s, size_t number)
{
    static char name[64];
    if (s->parts[0])
        snprintf(name, sizeof name, "%s|%s|%s|%s|%s|%s%03zu", s->county, s->parts[0], s->parts[1], s->parts[2],
                 s->parts[3], s->scc, number);
    else
        snprintf(name, sizeof name, "%s|%s|%zu", s->county, s->scc, number);
    return name;
}

static void print_inventory(const source *sources, text_buffer *out)
{
    text_add(out, "# base_year: 2005\nsource,region,sector,pollutant,emission_t,removal,sic,mact,source_type\n");
    for (size_t i = 0; i < SOURCES; i++)
        for (int p = 0; p < POLLUTANTS; p++) {
            const source *s = &sources[i];
            if (isnan(s->emission[p])) continue;
            text_add(out, "%s,%s,%s,%s,%.17g,", name_of(s, i), s->county, s->scc, pollutants[p], s->emission[p]);
            if (!isnan(s->removal[p])) text_add(out, "%g", s->removal[p]);
            text_add(out, ",%s,%s,%s\n", s->sic ? s->sic : "", s->mact ? s->mact : "", s->type ? s->type : "");
        }
}

/* Base and ledger make the projection, source by source. */
static void check_closure(const ltn_projection *run)
{
    ltn_grouping grouping;
    ltn_table *ledger = NULL;
    ltn_grouping_init(&grouping, LTN_BY_MEASURE | LTN_BY_SOURCE | LTN_BY_POLLUTANT);
    assert_ok(ltn_projection_ledger(run, &grouping, &ledger));
    const ltn_inventory *base = ltn_projection_base(run);
    size_t count = ltn_table_rows(ltn_inventory_emissions(base));
    double *sums = calloc(count, sizeof *sums), *gross = calloc(count, sizeof *gross);
    for (size_t i = 0; i < count; i++) sums[i] = gross[i] = ltn_projection_emissions(run, 2005)[i];
    for (size_t i = 0; i < ltn_table_rows(ledger); i++) {
        size_t at = emission_row(base, text_at(ledger, i, "source"), text_at(ledger, i, "pollutant"));
        sums[at] += number_at(ledger, i, "delta_t");
        gross[at] += fabs(number_at(ledger, i, "delta_t"));
    }
    for (size_t i = 0; i < count; i++)
        assert_close(sums[i], ltn_projection_emissions(run, 2020)[i], 0, 1e-12 * gross[i]);
    ltn_table_free(ledger);
    free(sums);
    free(gross);
}

static void check_random(uint64_t seed)
{
    static source sources[SOURCES];
    static rows packets[KINDS];
    text_buffer csv = {0}, text = {0};
    ltn_packet_options options = packet_options(2005, 2020);
    options.scc_before_sic = random_bits(&seed) % 2;
    options.full_scc_only = random_bits(&seed) % 4 == 0;
    options.replace_always = random_bits(&seed) % 4 == 0;
    for (size_t i = 0; i < SOURCES; i++) sources[i] = random_source(&seed);
    for (int kind = 0; kind < KINDS; kind++) {
        packets[kind].count = random_bits(&seed) % (ROWS_MAX + 1);
        for (size_t i = 0; i < packets[kind].count; i++) packets[kind].items[i] = random_row(&seed, kind);
    }
    print_inventory(sources, &csv);
    print_packets(&seed, packets, &text);
    plan p = packets_with(csv.data, text.data, &options);
    for (size_t i = 0; i < SOURCES; i++)
        for (int k = 0; k < POLLUTANTS; k++) {
            if (isnan(sources[i].emission[k])) continue;
            double expected = reckon(packets, &sources[i], k, &options);
            assert_close(emission(p.run, 2020, name_of(&sources[i], i), pollutants[k]), expected, 1e-11, 1e-11);
        }
    check_closure(p.run);
    plan_free(&p);
    free(csv.data);
    free(text.data);
}

static void every_row_tried_on_every_source_gives_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= (is_slow() ? 3 : 200); seed++) check_random(seed * UINT64_C(0x9E3779B97F4A7C15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_source_goes_through_every_level),
        cmocka_unit_test(an_area_source_goes_through_every_level),
        cmocka_unit_test(a_mobile_source_goes_by_scc_and_region),
        cmocka_unit_test(options_change_the_hierarchy),
        cmocka_unit_test(rows_are_taken_apart),
        cmocka_unit_test(a_plant_may_be_a_column),
        cmocka_unit_test(control_adds_or_replaces),
        cmocka_unit_test(mact_weighs_new_and_existing),
        cmocka_unit_test(control_comes_after_mact),
        cmocka_unit_test(ctg_acts_above_its_cutoff),
        cmocka_unit_test(allowable_looks_at_the_inventory),
        cmocka_unit_test(days_are_those_of_the_inventory),
        cmocka_unit_test(the_removal_follows),
        cmocka_unit_test(the_row_that_acted_can_be_found),
        cmocka_unit_test(an_unknown_removal_is_told),
        cmocka_unit_test(projections_are_for_their_year),
        cmocka_unit_test(no_other_year_is_projected),
        cmocka_unit_test(packets_are_known_by_their_content),
        cmocka_unit_test(every_fault_is_named_where_it_stands),
        cmocka_unit_test(oddities_are_warned_of),
        cmocka_unit_test(what_is_not_supported_is_refused),
        cmocka_unit_test(the_year_asked_for_must_be_the_packets),
        cmocka_unit_test(every_row_tried_on_every_source_gives_the_same),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("packets", tests, NULL, remove_temporary_folder);
}
