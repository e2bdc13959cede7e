/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SMOKE's growth and control packets (GCNTL), read into measures. docs/formats.md tells what they mean. */
#ifndef LTN_SCENARIO_PACKETS_H
#define LTN_SCENARIO_PACKETS_H

#include "base/diagnostics.h"

#include <lantian/scenario.h>

#include <stdbool.h>

/* In the order in which they act, whatever their order in the file. */
typedef enum ltn_packet_kind {
    LTN_PACKET_PROJECTION,
    LTN_PACKET_MACT,
    LTN_PACKET_CONTROL,
    LTN_PACKET_CTG,
    LTN_PACKET_ALLOWABLE,
    LTN_PACKET_KINDS
} ltn_packet_kind;

/* A row: whom it is for (NULL: any), and its numbers. Codes are as ltn_code_pad() leaves them. */
typedef struct ltn_packet_row {
    int line;
    const char *region, *scc, *pollutant, *sic, *mact_code, *source_type;
    const char *plant, *unit, *release, *process;
    union {
        struct {
            double factor;
        } projection;
        struct {
            double existing, new_sources, new_share; /* removals, and the share of new sources */
        } mact;
        struct {
            double removal; /* CE·RE·RP */
            bool replaces;
        } control;
        struct {
            double factor, cutoff, mact, ract; /* cutoff [short tons/day]; NaN where it is not defined */
        } ctg;
        struct {
            double cap, replacement; /* [short tons/day]; NaN where it is not defined */
        } allowable;
    };
} ltn_packet_row;

typedef struct ltn_packet {
    ltn_packet_kind kind;
    int from_year, to_year; /* of a projection */
    ltn_packet_row *rows;
    size_t count, capacity; /* until the packet is complete, rows are on the heap */
    ltn_place place;
} ltn_packet;

enum { LTN_PACKET_BYTES = 16 << 20 }; /* some 300,000 rows; SMOKE is given 15,000 */

/* Widths of the codes, that shorter ones are padded to with zeros on the left. */
enum { LTN_CODE_REGION = 6, LTN_CODE_SCC = 10, LTN_CODE_SIC = 4, LTN_CODE_MACT = 6, LTN_CODE_SOURCE_TYPE = 2 };
enum { LTN_CODE_MAX = 64 };

/* Writes a code at its width: zeros on the left are taken off, then as many put there as it takes. 0 where it is
 * nothing but zeros or longer than LTN_CODE_MAX - 1; else its length. */
size_t ltn_code_pad(const char *text, size_t length, size_t width, char out[LTN_CODE_MAX]);

/* A SIC of two digits is a major group: `20` is `2000`. */
size_t ltn_code_pad_sic(const char *text, size_t length, char out[LTN_CODE_MAX]);

/* True where the first line that is not blank or a remark is a packet's first: `/NAME .../`. */
bool ltn_packets_begin(const char *text, size_t length);

/* Reads packets into the measures of a scenario whose `source` is set. */
ltn_status ltn_packets_parse(const char *text, size_t length, const ltn_packet_options *options,
                             struct ltn_scenario *scenario, ltn_diagnostics *list);

#endif
