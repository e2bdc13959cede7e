/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offset books from text, and looking things up in them: shared by the tests of the offsets. */
#ifndef LTN_TESTS_BOOK_H
#define LTN_TESTS_BOOK_H

#include "plan.h"

/* Two cities; the first has two counties, and one of them a zone. */
#define REGIONS "region,parent,kind\nW,,city\nA,W,county\nZ,A,zone\nB,W,county\nX,,city\nD,X,county\n"

typedef struct book_case {
    const char *regions, *csv, *yaml, *targets, *bank; /* the first and the last two may be NULL */
    int threads;
} book_case;

typedef struct book_made {
    ltn_tree *tree;
    plan p;
    ltn_targets *targets;
    ltn_offset_bank *bank;
    ltn_offset_book *book;
    ltn_table *projects, *claims, *credits;
} book_made;

UNUSED static void book_inputs(const book_case *c, book_made *b)
{
    ltn_projection_options options;
    *b = (book_made){0};
    if (c->regions) assert_ok(ltn_regions_read_csv(write_file("regions.csv", c->regions), NULL, &b->tree));
    b->p.base = inventory_in(c->csv, b->tree);
    b->p.scenario = scenario_of(c->yaml);
    ltn_projection_options_init(&options);
    options.threads = c->threads;
    assert_ok(ltn_projection_run(b->p.base, b->p.scenario, &options, &b->p.run));
    if (c->targets) assert_ok(ltn_targets_read_csv(write_file("targets.csv", c->targets), NULL, &b->targets));
    if (c->bank) assert_ok(ltn_offset_bank_read_csv(write_file("bank.csv", c->bank), NULL, &b->bank));
}

UNUSED static ltn_status book_create(book_made *b)
{
    ltn_offset_options options;
    ltn_offset_options_init(&options);
    options.targets = b->targets;
    options.bank = b->bank;
    return ltn_offset_book_create(b->p.run, &options, &b->book);
}

UNUSED static book_made book_of(const book_case *c)
{
    book_made b;
    book_inputs(c, &b);
    assert_ok(book_create(&b));
    assert_ok(ltn_offset_book_projects(b.book, &b.projects));
    assert_ok(ltn_offset_book_claims(b.book, &b.claims));
    assert_ok(ltn_offset_book_credits(b.book, &b.credits));
    return b;
}

UNUSED static void book_free(book_made *b)
{
    ltn_table_free(b->projects);
    ltn_table_free(b->claims);
    ltn_table_free(b->credits);
    ltn_offset_book_free(b->book);
    ltn_offset_bank_free(b->bank);
    ltn_targets_free(b->targets);
    plan_free(&b->p);
    ltn_tree_free(b->tree);
    *b = (book_made){0};
}

/* The row where a column has this text, and another that one (NULL: whatever it has); fails where there is none. */
UNUSED static size_t find_row(const ltn_table *t, const char *column, const char *text, const char *other,
                              const char *other_text)
{
    for (size_t row = 0; row < ltn_table_rows(t); row++)
        if (strcmp(text_at(t, row, column), text) == 0 && (!other || strcmp(text_at(t, row, other), other_text) == 0))
            return row;
    fail_msg("there is no row with %s '%s' and %s '%s'", column, text, other ? other : "any", other ? other_text : "");
    return 0;
}

UNUSED static double of_project(const book_made *b, const char *project, const char *column)
{
    return number_at(b->projects, find_row(b->projects, "project", project, NULL, NULL), column);
}

UNUSED static const char *state_of(const book_made *b, const char *project)
{
    return text_at(b->projects, find_row(b->projects, "project", project, NULL, NULL), "state");
}

/* The closing balance as a file's text; the caller frees it. */
UNUSED static char *closing_bank(const book_made *b)
{
    ltn_table *bank = NULL;
    assert_ok(ltn_offset_book_bank(b->book, &bank));
    assert_ok(ltn_table_write_csv(bank, temporary_path("closing.csv")));
    ltn_table_free(bank);
    return read_whole(temporary_path("closing.csv"), NULL);
}

/* How many notes of the book have this code and source (NULL: any). */
UNUSED static size_t book_notes(const book_made *b, const char *code, const char *source, double *value)
{
    ltn_table *notes = NULL;
    size_t count = 0;
    assert_ok(ltn_offset_book_notes(b->book, LTN_ENGLISH, &notes));
    for (size_t row = 0; row < ltn_table_rows(notes); row++) {
        bool same = strcmp(text_at(notes, row, "code"), code) == 0 &&
                    (!source || strcmp(text_at(notes, row, "source"), source) == 0);
        if (same && value) *value = number_at(notes, row, "value");
        count += same;
    }
    ltn_table_free(notes);
    return count;
}

/* The reason for which a source's reduction by a measure was refused; "" where it was not. The view is kept. */
UNUSED static const char *reason_of(const book_made *b, const char *project, const char *measure, const char *source)
{
    static char reason[64];
    ltn_table *t = NULL;
    reason[0] = '\0';
    assert_ok(ltn_offset_book_refusals(b->book, project, LTN_ENGLISH, &t));
    for (size_t row = 0; row < ltn_table_rows(t); row++)
        if (strcmp(text_at(t, row, "measure"), measure) == 0 && strcmp(text_at(t, row, "source"), source) == 0)
            snprintf(reason, sizeof reason, "%s", text_at(t, row, "reason"));
    ltn_table_free(t);
    return reason;
}

#endif
