/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "lantian-plan: what becomes of an emission inventory under a plan's measures\n"
    "\n"
    "usage: lantian-plan [INVENTORY SCENARIO] [options]\n"
    "       lantian-plan --compare [INVENTORY] SCENARIO SCENARIO ... [options]\n"
    "\n"
    "Without arguments it runs Wenzhou's blue-sky plan (2015 to 2020) on a reconstructed inventory.\n"
    "With two, INVENTORY is a CSV file, a row a source and pollutant, FF10 or an HDF5 store (docs/formats.md), and\n"
    "SCENARIO a YAML file of measures (docs/scenario.md) or a file of SMOKE's control packets (docs/formats.md).\n"
    "It prints tables; --out writes them as CSV files.\n"
    "\n"
    "  --compare           put up to five scenarios side by side; without an inventory (a name that\n"
    "                      does not end in .yaml or .yml) on Wenzhou's\n"
    "  --targets FILE      what each region must reach (CSV)\n"
    "  --regions FILE      the regions, their parents and names (CSV)\n"
    "  --sectors FILE      the sectors and their names (CSV)\n"
    "  --factors FILE      fill the blank factors of rows that give activity alone from a table (CSV);\n"
    "                      'installed' for the one that comes with Lantian. Each is marked and counted\n"
    "  --devices FILE      the table of devices (CSV) for rows that name a device in place of a removal\n"
    "                      (default: the one that comes with Lantian). Each is marked and counted\n"
    "  --crosswalk FILE    move the inventory to another geography first (CSV: old, new, share, from)\n"
    "  --geography YEAR    the geography to move to: the crosswalk's rows that hold in this year\n"
    "                      (default: the inventory's base year)\n"
    "  --year YEAR         of SMOKE's packets: the year they lead to, where no /PROJECTION/ names it\n"
    "  --years A:B         project these years only (the base year always)\n"
    "  --out DIR           write summary.csv, ledger.csv, accounts.csv, targets.csv, notes.csv,\n"
    "                      inventory-YYYY.csv of the last year and result.nc (netCDF) into DIR; where new\n"
    "                      sources owe offsets, offsets.csv, offset-refusals.csv, bank.csv and\n"
    "                      permit-PROJECT.txt too. README.txt lists them; files that an earlier run's README.txt\n"
    "                      lists and this run does not write are removed\n"
    "  --inventory-year Y  write the projected inventory of year Y too (may be repeated)\n"
    "  --explain SOURCE    follow one source through every year and measure, and nothing else\n"
    "  --accounts          print base, changes by official class and projection of each region\n"
    "  --scope NAME        in the accounts, count only what a scope of the scenario takes\n"
    "  --offsets           print who pays for each new source that owes an offset, and who was refused\n"
    "  --bank FILE         credits and claims of earlier years (CSV; --out writes the closing bank.csv)\n"
    "  --tasks             print tonnes by task of the plan and by lead bureau, and what has no number\n"
    "  --task-table FILE   the plan's tasks (CSV: no, item, lead, kind, ...; default: Wenzhou's, beside its plan)\n"
    "  --draws N           draw what is uncertain N times: 95 % intervals of the totals, the probability that each\n"
    "                      target is met and each project stays covered; with --out ensemble.csv,\n"
    "                      ensemble-totals.csv, ensemble-targets.csv, ensemble-projects.csv, ensemble.h5\n"
    "  --seed S            of the random numbers (default 1): the same seed gives the same draws\n"
    "  --sampling HOW      of the inputs that carry most of the variance: random (default), latin (a Latin\n"
    "                      hypercube) or sobol (Sobol's sequence)\n"
    "  --attribution HOW   divide the last year's change among the measures: in_order (as the ledger does), shapley\n"
    "                      (the mean over all orders of the measures) or lmdi; with --out attribution.csv\n"
    "  --sensitivity BY    with --draws N: which inputs the variance of the totals is due to, by measure, kind,\n"
    "                      sector, region or input; draws at random, (groups + 2) x N times; with --out\n"
    "                      sensitivity.csv\n"
    "  --lang en|zh        language of tables and notes\n"
    "  --encoding NAME     gb18030 for tables that are not UTF-8, as spreadsheets save them\n"
    "  --strict            fail where a measure would have to skip a source\n"
    "  --no-defaults       fail where a value would have to be assumed\n"
    "  --fail-on-miss      exit with status 4 where a target is missed\n"
    "  --threads N         threads to use (default: all; results do not depend on it)\n"
    "  --help, --version\n"
    "\n"
    "Examples:\n"
    "  lantian-plan --lang zh\n"
    "  lantian-plan --draws 10000\n"
    "  lantian-plan --explain WZ-zheneng-yueqing-1\n"
    "  lantian-plan mine.csv plan.yaml --regions regions.csv --targets targets.csv --out results\n"
    "\n"
    "Exit status: 0 done, 1 the input is bad (every complaint on standard error as file:line:column),\n"
    "2 wrong usage, 3 the system failed, 4 a target is missed and --fail-on-miss was given.\n";

enum {
    TARGETS = 256,
    REGIONS,
    SECTORS,
    YEAR,
    YEARS,
    OUT,
    INVENTORY_YEAR,
    EXPLAIN,
    LANG,
    ENCODING,
    SCOPE,
    TASK_TABLE,
    FACTORS,
    BANK,
    DEVICES,
    CROSSWALK,
    GEOGRAPHY,
    THREADS,
    DRAWS,
    SEED,
    SAMPLING,
    ATTRIBUTION,
    SENSITIVITY,
    HELP,
    VERSION
};

static int usage(const char *what, const char *value)
{
    fprintf(stderr, "lantian-plan: %s%s%s; see lantian-plan --help\n", what, value ? " " : "", value ? value : "");
    return WRONG_USAGE;
}

static int bad_value(const char *option, const char *value)
{
    fprintf(stderr, "lantian-plan: --%s cannot be '%s'; see lantian-plan --help\n", option, value);
    return WRONG_USAGE;
}

static int read_number(const char *text, int *out)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < 0 || value > 9999) return 0;
    *out = (int)value;
    return 1;
}

/* A whole number of at most `most`, in digits only. */
static int read_whole(const char *text, uint64_t most, uint64_t *out)
{
    errno = 0;
    *out = strtoull(text, NULL, 10);
    return *text && strspn(text, "0123456789") == strlen(text) && !errno && *out <= most;
}

static int read_draws(const char *text, plan_options *o)
{
    uint64_t draws;
    if (!read_whole(text, INT32_MAX, &draws)) return 0;
    o->draws = (size_t)draws;
    return draws > 0;
}

/* One of several words, as its place among them. */
static int read_word(const char *text, const char *const *words, size_t count, int *out, int *given)
{
    *given = 1;
    for (*out = 0; (size_t)*out < count; ++*out)
        if (strcmp(text, words[*out]) == 0) return 1;
    return 0;
}

static int read_sampling(const char *text, plan_options *o)
{
    static const char *const words[] = {
        [LTN_SAMPLING_RANDOM] = "random", [LTN_SAMPLING_LATIN_HYPERCUBE] = "latin", [LTN_SAMPLING_SOBOL] = "sobol"};
    return read_word(text, words, sizeof words / sizeof *words, &o->sampling, &o->sampling_given);
}

static int read_attribution(const char *text, plan_options *o)
{
    static const char *const words[] = {[LTN_ATTRIBUTION_IN_ORDER] = "in_order",
                                        [LTN_ATTRIBUTION_SHAPLEY] = "shapley",
                                        [LTN_ATTRIBUTION_LMDI] = "lmdi"};
    return read_word(text, words, sizeof words / sizeof *words, &o->attribution, &o->attribution_given);
}

static int read_sensitivity(const char *text, plan_options *o)
{
    static const char *const words[] = {[LTN_SENSITIVITY_BY_KIND] = "kind",
                                        [LTN_SENSITIVITY_BY_MEASURE] = "measure",
                                        [LTN_SENSITIVITY_BY_REGION] = "region",
                                        [LTN_SENSITIVITY_BY_SECTOR] = "sector",
                                        [LTN_SENSITIVITY_BY_INPUT] = "input"};
    return read_word(text, words, sizeof words / sizeof *words, &o->sensitivity, &o->sensitivity_given);
}

static int read_years(const char *text, plan_options *o)
{
    char first[8];
    const char *colon = strchr(text, ':');
    if (!colon || colon - text >= (int)sizeof first) return 0;
    snprintf(first, sizeof first, "%.*s", (int)(colon - text), text);
    return read_number(first, &o->first_year) && read_number(colon + 1, &o->last_year) && o->first_year <= o->last_year;
}

static int read_language(const char *text, ltn_language *out)
{
    *out = strcmp(text, "zh") == 0 ? LTN_CHINESE : LTN_ENGLISH;
    return strcmp(text, "zh") == 0 || strcmp(text, "en") == 0;
}

static int add_inventory_year(const char *text, plan_options *o)
{
    if (o->inventory_year_count == INVENTORY_YEARS_MAX) return 0;
    return read_number(text, &o->inventory_years[o->inventory_year_count++]);
}

/* One option. 0 where its value is bad. */
static int take(int option, plan_options *o)
{
    switch (option) {
    case TARGETS:
        o->targets = optarg;
        return 1;
    case REGIONS:
        o->regions = optarg;
        return 1;
    case SECTORS:
        o->sectors = optarg;
        return 1;
    case YEAR:
        return read_number(optarg, &o->year);
    case YEARS:
        return read_years(optarg, o);
    case OUT:
        o->out = optarg;
        return *optarg != '\0';
    case INVENTORY_YEAR:
        return add_inventory_year(optarg, o);
    case EXPLAIN:
        o->explain = optarg;
        return 1;
    case LANG:
        return read_language(optarg, &o->language);
    case ENCODING:
        o->encoding = optarg;
        return 1;
    case CROSSWALK:
        o->crosswalk = optarg;
        return 1;
    case FACTORS:
        o->factors = optarg;
        return 1;
    case BANK:
        o->bank = optarg;
        return 1;
    case DEVICES:
        o->devices = optarg;
        return 1;
    case TASK_TABLE:
        o->task_table = optarg;
        return 1;
    case GEOGRAPHY:
        return read_number(optarg, &o->geography) && o->geography > 0;
    case SCOPE:
        o->scope = optarg;
        return 1;
    case DRAWS:
        return read_draws(optarg, o);
    case SEED:
        o->seed_given = 1;
        return read_whole(optarg, UINT64_MAX, &o->seed);
    case SAMPLING:
        return read_sampling(optarg, o);
    case ATTRIBUTION:
        return read_attribution(optarg, o);
    case SENSITIVITY:
        return read_sensitivity(optarg, o);
    case THREADS:
        return read_number(optarg, &o->threads) && o->threads > 0;
    default:
        return 1;
    }
}

/* A file of the Wenzhou case: from the source tree it was built in, or where it was installed. */
static const char *wenzhou(const char *name)
{
    static char paths[6][1024];
    static size_t used;
    char *path = paths[used++ % 6];
    snprintf(path, sizeof paths[0], "%s/%s", LANTIAN_WENZHOU_SOURCE, name);
    if (access(path, R_OK) != 0) snprintf(path, sizeof paths[0], "%s/%s", LANTIAN_WENZHOU_INSTALLED, name);
    return path;
}

static void take_wenzhou(plan_options *o)
{
    o->inventory = wenzhou("baseline-2015.csv");
    if (!o->targets) o->targets = wenzhou("targets.csv");
    if (!o->regions) o->regions = wenzhou("regions.csv");
    if (!o->sectors) o->sectors = wenzhou("sectors.csv");
    if (!o->task_table) o->task_table = wenzhou("tasks.csv");
}

static int is_scenario(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* Whether the options that ask how sure results are, and to what they are due, go with the others. -1 to go on. */
static int check_causes(const plan_options *o)
{
    int no_report = o->explain || o->tasks || o->accounts;
    if (!o->draws && (o->seed_given || o->sampling_given)) return usage("--seed and --sampling go with --draws", NULL);
    if (o->draws < 2 && o->sensitivity_given) return usage("--sensitivity needs --draws N, of at least 2", NULL);
    if (o->draws && (o->compare || (no_report && !o->out)))
        return usage("--draws goes with the report, --offsets or --out", NULL);
    if ((o->attribution_given || o->sensitivity_given) && (o->compare || ((no_report || o->offsets) && !o->out)))
        return usage("--attribution and --sensitivity go with the report or --out", NULL);
    return -1;
}

/* The files named on the command line. Returns -1 to go on. */
static int take_files(char **names, int count, plan_options *o)
{
    int with_inventory = count > 0 && !(o->compare && is_scenario(names[0]));
    if (with_inventory) o->inventory = names[0];
    for (int i = with_inventory; i < count; i++) {
        if (o->scenario_count == SCENARIOS_MAX) return usage("too many scenarios to compare, from", names[i]);
        o->scenarios[o->scenario_count++] = names[i];
    }
    if (!with_inventory) take_wenzhou(o);
    if (!count) o->scenarios[o->scenario_count++] = wenzhou("blue-sky-2020.yaml");
    if (o->tasks && !o->task_table) return usage("--tasks needs --task-table, the table of the plan's tasks", NULL);
    if (o->compare && (o->out || o->fail_on_miss))
        return usage("--compare prints; --out and --fail-on-miss do not go with it", NULL);
    if (check_causes(o) >= 0) return WRONG_USAGE;
    if (o->scope && !o->accounts) return usage("--scope goes with --accounts", NULL);
    if (o->geography && !o->crosswalk) return usage("--geography goes with --crosswalk", NULL);
    if (o->compare && o->scenario_count < 2) return usage("expected at least two scenarios to compare", NULL);
    if (!o->compare && o->scenario_count != 1) return usage("expected an inventory and a scenario, or neither", NULL);
    return -1;
}

int plan_options_read(int argc, char **argv, plan_options *out)
{
    *out = (plan_options){.seed = 1};
    const struct option options[] = {
        {"targets", required_argument, NULL, TARGETS},
        {"regions", required_argument, NULL, REGIONS},
        {"sectors", required_argument, NULL, SECTORS},
        {"year", required_argument, NULL, YEAR},
        {"years", required_argument, NULL, YEARS},
        {"out", required_argument, NULL, OUT},
        {"inventory-year", required_argument, NULL, INVENTORY_YEAR},
        {"explain", required_argument, NULL, EXPLAIN},
        {"lang", required_argument, NULL, LANG},
        {"encoding", required_argument, NULL, ENCODING},
        {"threads", required_argument, NULL, THREADS},
        {"draws", required_argument, NULL, DRAWS},
        {"seed", required_argument, NULL, SEED},
        {"sampling", required_argument, NULL, SAMPLING},
        {"attribution", required_argument, NULL, ATTRIBUTION},
        {"sensitivity", required_argument, NULL, SENSITIVITY},
        {"strict", no_argument, &out->strict, 1},
        {"no-defaults", no_argument, &out->no_defaults, 1},
        {"compare", no_argument, &out->compare, 1},
        {"accounts", no_argument, &out->accounts, 1},
        {"scope", required_argument, NULL, SCOPE},
        {"factors", required_argument, NULL, FACTORS},
        {"offsets", no_argument, &out->offsets, 1},
        {"bank", required_argument, NULL, BANK},
        {"devices", required_argument, NULL, DEVICES},
        {"tasks", no_argument, &out->tasks, 1},
        {"task-table", required_argument, NULL, TASK_TABLE},
        {"crosswalk", required_argument, NULL, CROSSWALK},
        {"geography", required_argument, NULL, GEOGRAPHY},
        {"fail-on-miss", no_argument, &out->fail_on_miss, 1},
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},
        {NULL, 0, NULL, 0},
    };
    opterr = 0;
    for (int option, index = 0; (option = getopt_long(argc, argv, ":h", options, &index)) != -1;) {
        if (option == 'h' || option == HELP) {
            fputs(help, stdout);
            return DONE;
        }
        if (option == VERSION) {
            printf("lantian-plan %s\n", ltn_version());
            return DONE;
        }
        if (option == ':') return usage("a value is missing after", argv[optind - 1]);
        if (option == '?') return usage("there is no option", argv[optind - 1]);
        if (!take(option, out)) return bad_value(options[index].name, optarg);
    }
    return take_files(argv + optind, argc - optind, out);
}
