#include "projection/inputs.h"
#include <stdlib.h>
int32_t ltn_inputs_add(ltn_inputs *inputs, ltn_input_kind kind, const char *stream, const ltn_law *law, int32_t of)
{ (void)kind;(void)stream;(void)law;(void)of; return (int32_t)inputs->count++; }
void ltn_inputs_free(ltn_inputs *inputs){ free(inputs->slots); }
