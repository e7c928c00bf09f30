/** As `Promise.all`, but nothing is under way any more when it rejects. */
export async function settleAll<Value>(all: readonly Promise<Value>[]): Promise<readonly Value[]> {
  const ends = await Promise.allSettled(all);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}
