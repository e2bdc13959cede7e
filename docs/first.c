/* Runs a scenario on an inventory and prints the emissions of its last year. */
#include <lantian.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    ltn_inventory *base = NULL;
    ltn_scenario *plan = NULL;
    ltn_projection *run = NULL;
    ltn_table *sums = NULL;
    const ltn_error *e = ltn_last_error();
    int failed = argc != 3 || ltn_inventory_read_csv(argv[1], NULL, &base) || ltn_scenario_read_yaml(argv[2], &plan) ||
                 ltn_projection_run(base, plan, NULL, &run) || ltn_projection_summarise(run, LTN_BY_POLLUTANT, &sums);
    if (argc != 3)
        fputs("usage: first INVENTORY SCENARIO\n", stderr);
    else if (failed)
        fprintf(stderr, "%s:%d:%d: %s\n", e->source, e->line, e->column, e->message);
    for (size_t row = 0; !failed && row < ltn_table_rows(sums); row++)
        printf("%-4s %10.1f t\n", ltn_table_text(sums, row, 0), ltn_table_number(sums, row, 1));
    ltn_table_free(sums);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    ltn_inventory_free(base);
    return failed;
}
