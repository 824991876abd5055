/** How many guests boot at the same time: without hardware virtualization one keeps a processor busy. */
const BOOTS_AT_ONCE = 2;

/** A row of a table of tests. */
export interface Row {
  /** What it shows. */
  readonly name: string;
}

/**
 * Does `check` for every row, for `atOnce` of them at any time, and then makes a step of each, so that every row that
 * fails is named. Steps that boot cannot themselves run beside each other: Deno allows it only to those that give up
 * the checks for what they leave open.
 */
export async function checkRows<R extends Row>(
  t: Deno.TestContext,
  rows: readonly R[],
  check: (row: R) => Promise<void>,
  atOnce = BOOTS_AT_ONCE,
): Promise<void> {
  const waiting = rows.map((row) => ({ row, done: Promise.withResolvers<void>() }));
  for (const { done } of waiting) done.promise.catch(() => {});
  const next = waiting.values();
  const work = async () => {
    for (const { row, done } of next) await check(row).then(done.resolve, done.reject);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  for (const { row, done } of waiting) await t.step(row.name, () => done.promise);
}
