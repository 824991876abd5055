import assert from "node:assert/strict";
import { sameTime } from "../../../lib/store/verify/same_time.ts";

Deno.test("sameTime() tells what Apple's writer rounds from what is another time", () => {
  const rows: [string, string, ReturnType<typeof sameTime>][] = [
    ["0.000000000", "0.000000000", "exact"],
    ["1700000000.123456789", "1700000000.123456789", "exact"],
    ["1700000000.123456789", "1700000000.123456716", "rounded"],
    ["1700000000.123456789", "1700000000.123455789", "rounded"],
    ["1700000000.123456789", "1700000000.123459789", "no"],
    ["1700000000.000000000", "1699999999.999999900", "rounded"],
    ["1700000000.000000000", "1700000001.000000000", "no"],
    ["13600000000.123456789", "13600000000.123460000", "rounded"],
    ["-5.000000001", "-5.000000200", "rounded"],
    ["-3000000000.500000000", "-2147483648.000000000", "exact"],
    ["20000000000.000000000", "15032385535.000000000", "exact"],
  ];
  const parse = (text: string) => ({
    seconds: Number(text.split(".")[0]),
    nanoseconds: Number(text.split(".")[1]),
  });
  for (const [time, other, same] of rows) {
    assert.equal(sameTime(parse(time), parse(other)), same, `${time} ${other}`);
  }
});
