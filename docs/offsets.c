/* Keeps the offset book of a scenario and prints how each new source stands. */
#include <lantian.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    ltn_tree *regions = NULL;
    ltn_inventory *base = NULL;
    ltn_scenario *plan = NULL;
    ltn_projection *run = NULL;
    ltn_offset_book *book = NULL;
    ltn_table *table = NULL;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    int failed = argc != 4 || ltn_regions_read_csv(argv[3], NULL, &regions);
    options.regions = regions;
    failed = failed || ltn_inventory_read_csv(argv[1], &options, &base) || ltn_scenario_read_yaml(argv[2], &plan) ||
             ltn_projection_run(base, plan, NULL, &run) || ltn_offset_book_create(run, NULL, &book) ||
             ltn_offset_book_projects(book, &table);
    if (failed) fprintf(stderr, "offsets INVENTORY SCENARIO REGIONS: %s\n", ltn_last_error()->message);
    for (size_t row = 0; !failed && row < ltn_table_rows(table); row++)
        printf("%s: %s, %.1f t of %.1f t\n", ltn_table_text(table, row, (size_t)ltn_table_find(table, "project")),
               ltn_table_text(table, row, (size_t)ltn_table_find(table, "state")),
               ltn_table_number(table, row, (size_t)ltn_table_find(table, "claimed_t")),
               ltn_table_number(table, row, (size_t)ltn_table_find(table, "owed_t")));
    ltn_table_free(table);
    ltn_offset_book_free(book);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    ltn_inventory_free(base);
    ltn_tree_free(regions);
    return failed;
}
