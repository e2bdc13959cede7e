/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SMOKE's packets on an inventory: which row of a packet is for which emission, and what it makes of it. */
#ifndef LTN_PROJECTION_PACKETS_H
#define LTN_PROJECTION_PACKETS_H

#include "projection/program.h"

/* Gives the step its emission rows, and to each (`item`) the packet's row that is for it. */
ltn_status ltn_packet_compile(ltn_program *program, ltn_step *step, int32_t measure);

/* An emission as SMOKE's control matrix sees it: growth is another matrix's. */
typedef struct ltn_packet_emission {
    double base;    /* of the inventory [t/yr] */
    double removal; /* of the inventory: CE·RE·RP */
    double factor;  /* what the packets before have left of it */
    double per_day; /* t/yr in one short ton a day */
} ltn_packet_emission;

/* What the packets leave of an emission after this row too. `weaker` counts the replacing controls that are no
 * stronger than what is there. */
double ltn_packet_factor(const ltn_packet *packet, const ltn_packet_row *row, const ltn_packet_options *options,
                         const ltn_packet_emission *emission, size_t *weaker);

/* True where the row takes the inventory's own removal into account. */
bool ltn_packet_backs_out(const ltn_packet *packet, const ltn_packet_row *row);

/* t/yr in one short ton a day of a year. */
double ltn_packet_per_day(int year);

/* The line of the packets' file whose row a step has for an emission row; 0 where there is none. */
int ltn_packet_line(const ltn_step *step, int32_t row);

#endif
