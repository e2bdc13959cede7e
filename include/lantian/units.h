/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file units.h
 *  Conversions through UDUNITS-2, with the units of Chinese inventories added.
 *
 *  Added to UDUNITS: `yuan`, `pair`, `vehicle`, `piece`, `head`, `person`, `household`, `W_th` (heat, so that MW and MW_th never mix), `kWh`,
 *  and the Chinese words 万 亿 吨 千克 公斤 克 立方米 公里 小时 年 双 辆 件 头 人 户 元 千瓦时 蒸吨 (so `万吨` is 1e4 t).
 */
#ifndef LANTIAN_UNITS_H
#define LANTIAN_UNITS_H

#include <lantian/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Converts a value between two units of one dimension.
 *  @param value number in @p from
 *  @param from, to unit text such as `t/h`, `mg/m3`, `万吨`, `%`, `yuan/kg`
 *  @param[out] out number in @p to; NaN on failure
 *  @return #LTN_OK; #LTN_EUNIT where a unit is unknown or the dimensions differ; #LTN_EIO where
 *  UDUNITS' own table cannot be read; #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_unit_convert(double value, const char *from, const char *to, double *out);

#ifdef __cplusplus
}
#endif
#endif
