/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads an inventory in one format and writes it in another, or only checks it. */
#include "inputs.h"

#include <errno.h>
#include <getopt.h>
#include <lantian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DONE = 0, BAD_INPUT = 1, WRONG_USAGE = 2, SYSTEM_FAILED = 3 };

static const char help[] =
    "lantian-convert: an emission inventory from one format to another\n"
    "\n"
    "usage: lantian-convert IN OUT [options]\n"
    "       lantian-convert --check IN [options]\n"
    "\n"
    "The format of IN is told by its content, that of OUT by its name: .csv (a row a source and pollutant) or\n"
    ".h5, .hdf5 (a store, docs/formats.md); FF10 by --to. What FF10 has no field for is listed. OUT appears whole\n"
    "or not at all, and is no file that is read. A CSV file has no tree of regions: give --regions to bring it into\n"
    "a store.\n"
    "\n"
    "  --check             read IN, say what is in it, and write nothing\n"
    "  --from FORMAT       the format of IN, whatever its content looks like: csv, hdf5, gzip, ff10-point,\n"
    "                      ff10-nonpoint, ff10-nonroad or ff10-onroad\n"
    "  --to FORMAT         the format of OUT, whatever its name: one of these but gzip\n"
    "  --regions FILE      the regions, their parents and names (CSV); every region of IN must be there\n"
    "  --sectors FILE      the sectors and their names (CSV); every sector of IN must be there\n"
    "  --encoding NAME     gb18030 for tables that are not UTF-8, as spreadsheets save them\n"
    "  --lang en|zh        language of what it says\n"
    "  --threads N         threads to use (default: all; results do not depend on it)\n"
    "  --help, --version\n"
    "\n"
    "Examples:\n"
    "  lantian-convert baseline-2015.csv baseline-2015.h5 --regions regions.csv\n"
    "  lantian-convert --check baseline-2015.h5 --lang zh\n"
    "\n"
    "Exit status: 0 done, 1 the input is bad (every complaint on standard error as file:line:column),\n"
    "2 wrong usage, 3 the system failed.\n";

/* ---- formats ---- */

typedef ltn_status (*read_function)(const char *path, const ltn_inventory_options *options, ltn_inventory **out);
typedef ltn_status (*write_function)(const ltn_inventory *inventory, const char *path, int threads,
                                     ltn_diagnostics *list);

static ltn_status write_hdf5(const ltn_inventory *inventory, const char *path, int threads, ltn_diagnostics *list)
{
    (void)list;
    ltn_store_write_options o;
    ltn_store_write_options_init(&o);
    o.threads = threads;
    return ltn_inventory_write_hdf5(inventory, path, &o);
}

static ltn_status write_csv(const ltn_inventory *inventory, const char *path, int threads, ltn_diagnostics *list)
{
    (void)threads;
    (void)list;
    return ltn_inventory_write_csv(inventory, path);
}

/* Text that no other format claims. */
static int is_anything(const char *head, size_t size)
{
    (void)head;
    (void)size;
    return 1;
}

static int is_gzip(const char *head, size_t size)
{
    return size >= 2 && memcmp(head, "\x1f\x8b", 2) == 0;
}

/* The kind stands in a record of the head. */
static int says(const char *head, size_t size, const char *kind)
{
    return memmem(head, size, kind, strlen(kind)) != NULL;
}

#define FF10(kind, KIND)                                                                                               \
    static int is_##kind(const char *head, size_t size)                                                                \
    {                                                                                                                  \
        return *head == '#' && says(head, size, "FF10_" #KIND);                                                        \
    }                                                                                                                  \
    static ltn_status write_##kind(const ltn_inventory *inventory, const char *path, int threads,                      \
                                   ltn_diagnostics *list)                                                              \
    {                                                                                                                  \
        (void)threads;                                                                                                 \
        return ltn_inventory_write_ff10(inventory, LTN_FF10_##KIND, path, list);                                       \
    }
FF10(point, POINT)
FF10(nonpoint, NONPOINT)
FF10(nonroad, NONROAD)
FF10(onroad, ONROAD)

/* A format is added by adding a line, before CSV. */
static const struct format {
    const char *name, *title, *title_zh;
    const char *extensions[2];
    int (*recognise)(const char *head, size_t size);
    read_function read;
    write_function write; /* NULL: is only read */
} formats[] = {
    {"hdf5", "HDF5 store", "HDF5 存储", {".h5", ".hdf5"}, ltn_is_hdf5, ltn_inventory_read, write_hdf5},
    {"gzip", "compressed by gzip", "gzip 压缩", {NULL, NULL}, is_gzip, ltn_inventory_read, NULL},
    {"ff10-point", "FF10 point", "FF10 点源", {NULL, NULL}, is_point, ltn_inventory_read, write_point},
    {"ff10-nonpoint", "FF10 nonpoint", "FF10 面源", {NULL, NULL}, is_nonpoint, ltn_inventory_read, write_nonpoint},
    {"ff10-nonroad", "FF10 nonroad", "FF10 非道路", {NULL, NULL}, is_nonroad, ltn_inventory_read, write_nonroad},
    {"ff10-onroad", "FF10 onroad", "FF10 道路", {NULL, NULL}, is_onroad, ltn_inventory_read, write_onroad},
    {"csv", "CSV", "CSV", {".csv", NULL}, is_anything, ltn_inventory_read_csv, write_csv},
};

enum { FORMATS = sizeof formats / sizeof *formats };

static const struct format *format_named(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
    return NULL;
}

static const struct format *format_of_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < FORMATS; i++)
        for (size_t e = 0; e < 2; e++)
            if (formats[i].extensions[e] && strcmp(formats[i].extensions[e], dot) == 0) return &formats[i];
    return NULL;
}

/* The format whose content this is, or `from` where it may be; NULL where it is another or the file cannot be read
 * (`bad`; errno says why). */
static const struct format *format_of_content(const char *path, const struct format *from, int *bad)
{
    char head[512];
    FILE *file = fopen(path, "rb");
    *bad = !file;
    if (!file) return NULL;
    size_t size = fread(head, 1, sizeof head, file);
    *bad = ferror(file);
    fclose(file);
    if (from) return !*bad && from->recognise(head, size) ? from : NULL;
    for (size_t i = 0; !*bad && i < FORMATS; i++)
        if (formats[i].recognise(head, size)) return &formats[i];
    return NULL;
}

/* ---- the command line ---- */

typedef struct convert_options {
    const char *in, *out, *regions, *sectors, *encoding;
    const struct format *from, *to;
    int check, threads;
    ltn_language language;
} convert_options;

static int usage(const char *what, const char *value)
{
    fprintf(stderr, "lantian-convert: %s%s%s; see lantian-convert --help\n", what, value ? " " : "",
            value ? value : "");
    return WRONG_USAGE;
}

enum { FROM = 256, TO, REGIONS, SECTORS, ENCODING, LANG, THREADS, HELP, VERSION };

/* One option. 0 where its value is bad. */
static int take(int option, convert_options *o)
{
    char *end;
    switch (option) {
    case FROM:
        return (o->from = format_named(optarg)) != NULL;
    case TO:
        return (o->to = format_named(optarg)) != NULL && o->to->write;
    case REGIONS:
        o->regions = optarg;
        return 1;
    case SECTORS:
        o->sectors = optarg;
        return 1;
    case ENCODING:
        o->encoding = optarg;
        return 1;
    case LANG:
        o->language = strcmp(optarg, "zh") == 0 ? LTN_CHINESE : LTN_ENGLISH;
        return strcmp(optarg, "zh") == 0 || strcmp(optarg, "en") == 0;
    case THREADS:
        o->threads = (int)strtol(optarg, &end, 10);
        return *optarg && !*end && o->threads > 0 && o->threads <= 1024;
    default:
        return 1;
    }
}

/* Returns -1 to go on. */
static int take_files(char **names, int count, convert_options *o)
{
    if (o->check && count != 1) return usage("expected one file to check", NULL);
    if (!o->check && count != 2) return usage("expected a file to read and one to write", NULL);
    o->in = names[0];
    o->out = o->check ? NULL : names[1];
    if (o->check && o->to) return usage("--check writes nothing; --to does not go with it", NULL);
    if (o->out && !o->to && !(o->to = format_of_name(o->out)))
        return usage("give --to: no format is known by the name", o->out);
    return -1;
}

static int read_options(int argc, char **argv, convert_options *out)
{
    *out = (convert_options){0};
    const struct option options[] = {
        {"from", required_argument, NULL, FROM},
        {"to", required_argument, NULL, TO},
        {"check", no_argument, &out->check, 1},
        {"regions", required_argument, NULL, REGIONS},
        {"sectors", required_argument, NULL, SECTORS},
        {"encoding", required_argument, NULL, ENCODING},
        {"lang", required_argument, NULL, LANG},
        {"threads", required_argument, NULL, THREADS},
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
            printf("lantian-convert %s\n", ltn_version());
            return DONE;
        }
        if (option == ':') return usage("a value is missing after", argv[optind - 1]);
        if (option == '?') return usage("there is no option", argv[optind - 1]);
        if (!take(option, out)) {
            fprintf(stderr, "lantian-convert: --%s cannot be '%s'; see lantian-convert --help\n", options[index].name,
                    optarg);
            return WRONG_USAGE;
        }
    }
    return take_files(argv + optind, argc - optind, out);
}

/* ---- what it says ---- */

static void show(const char *source, int line, int column, const char *kind, const char *message)
{
    if (line)
        fprintf(stderr, "%s:%d:%d: %s: %s\n", source, line, column, kind, message);
    else
        fprintf(stderr, "%s%s%s: %s\n", source, *source ? ": " : "", kind, message);
}

static void show_complaints(const ltn_diagnostics *list)
{
    for (size_t i = 0; i < ltn_diagnostics_count(list); i++) {
        const ltn_diagnostic *d = ltn_diagnostics_get(list, i);
        show(d->source, d->line, d->column, d->severity == LTN_ERROR ? "error" : "warning", d->message);
    }
    size_t kept = ltn_diagnostics_count(list), met = ltn_diagnostics_errors(list) + ltn_diagnostics_warnings(list);
    if (met > kept) fprintf(stderr, "and %zu more\n", met - kept);
}

/* What is in the inventory: counts, and tonnes by pollutant. */
static ltn_status print_counts(const convert_options *o, const ltn_inventory *inventory)
{
    int zh = o->language == LTN_CHINESE;
    ltn_grouping grouping;
    ltn_table *sums;
    ltn_grouping_init(&grouping, LTN_BY_POLLUTANT);
    ltn_status status = ltn_inventory_summarise(inventory, &grouping, &sums);
    if (status) return status;
    size_t sources = ltn_table_rows(ltn_inventory_sources(inventory)),
           rows = ltn_table_rows(ltn_inventory_emissions(inventory));
    printf(zh ? "%s：%s，%zu 个排放源，%zu 行排放量" : "%s: %s, %zu sources, %zu emission rows", o->in,
           zh ? o->from->title_zh : o->from->title, sources, rows);
    int year = ltn_inventory_base_year(inventory);
    if (year) printf(zh ? "，基准年 %d" : ", base year %d", year);
    const char *baseline = ltn_inventory_baseline(inventory);
    if (*baseline) printf(zh ? "，统计口径 %s" : ", baseline %s", baseline);
    if (ltn_inventory_reconstructed(inventory))
        printf(zh ? "，数据为推算重建，非官方数据" : ", reconstructed, not official");
    putchar('\n');
    for (size_t row = 0; row < ltn_table_rows(sums); row++)
        printf(zh ? "  %s %.3f 吨/年\n" : "  %s %.3f t/yr\n", ltn_table_text(sums, row, 0),
               ltn_table_number(sums, row, 1));
    size_t assumed = ltn_inventory_removal_assumed(inventory);
    if (assumed)
        printf(zh ? "  %zu 行的去除率未知，按 0 计算\n" : "  %zu rows reckoned with no removal, as it is not known\n",
               assumed);
    ltn_table_free(sums);
    return LTN_OK;
}

static void print_written(const convert_options *o)
{
    if (o->language == LTN_CHINESE)
        printf("已写入 %s（%s）\n", o->out, o->to->title_zh);
    else
        printf("written to %s (%s)\n", o->out, o->to->title);
}

/* ---- the work ---- */

/* The tables do not depend on each other: what is wrong with both is shown at once. */
static ltn_status read_trees(const convert_options *o, ltn_diagnostics *list, ltn_inventory_options *options)
{
    ltn_read_options read;
    ltn_read_options_init(&read);
    read.diagnostics = list;
    read.encoding = o->encoding;
    ltn_status regions = o->regions ? ltn_regions_read_csv(o->regions, &read, &options->regions) : LTN_OK;
    ltn_status sectors = o->sectors ? ltn_sectors_read_csv(o->sectors, &read, &options->sectors) : LTN_OK;
    return regions ? regions : sectors;
}

static ltn_status convert(const convert_options *o, ltn_diagnostics *list)
{
    ltn_inventory_options options;
    ltn_inventory *inventory = NULL;
    ltn_inventory_options_init(&options);
    options.diagnostics = list;
    options.encoding = o->encoding;
    options.threads = o->threads;
    ltn_status status = read_trees(o, list, &options);
    if (!status) status = o->from->read(o->in, &options, &inventory);
    if (!status && o->out) status = o->to->write(inventory, o->out, o->threads, list);
    if (!status) status = print_counts(o, inventory);
    if (!status && o->out) print_written(o);
    ltn_inventory_free(inventory);
    ltn_tree_free(options.regions);
    ltn_tree_free(options.sectors);
    return status;
}

static int run(convert_options *o)
{
    ltn_diagnostics *list;
    int bad;
    const struct format *found = format_of_content(o->in, o->from, &bad);
    if (bad) {
        fprintf(stderr, "%s: error: cannot open the file: %s\n", o->in, strerror(errno));
        return SYSTEM_FAILED;
    }
    if (!found) {
        fprintf(stderr, "%s: error: the file is not what --from says: %s\n", o->in, o->from->title);
        return BAD_INPUT;
    }
    o->from = found;
    const char *const inputs[] = {o->in, o->regions, o->sectors};
    if (!spares_inputs(o->out, inputs, sizeof inputs / sizeof *inputs)) return BAD_INPUT;
    if (ltn_diagnostics_create(&list)) return SYSTEM_FAILED;
    ltn_status status = convert(o, list);
    show_complaints(list);
    const ltn_error *e = ltn_last_error();
    if (status && !ltn_diagnostics_errors(list)) show(e->source, e->line, e->column, "error", e->message);
    ltn_diagnostics_free(list);
    return status == LTN_EIO || status == LTN_ENOMEM ? SYSTEM_FAILED : status ? BAD_INPUT : DONE;
}

int main(int argc, char **argv)
{
    convert_options options;
    int status = read_options(argc, argv, &options);
    if (status < 0) status = run(&options);
    if (fflush(stdout) || ferror(stdout)) return SYSTEM_FAILED;
    return status;
}
