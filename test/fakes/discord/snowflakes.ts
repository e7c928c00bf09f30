/** 2015-01-01, where snowflakes begin: https://docs.discord.com/developers/reference#snowflakes */
const EPOCH_MS = 1_420_070_400_000n;

/** Ids that grow, each later than the one before it, with the time in their upper bits. */
export function createSnowflakes(now: () => number): () => string {
  let last = 0n;
  return () => {
    const least = (BigInt(now()) - EPOCH_MS) << 22n;
    last = least > last ? least : last + 1n;
    return String(last);
  };
}
