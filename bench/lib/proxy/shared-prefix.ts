/** A provider's prefix cache keeps blocks of 128 tokens, about four characters each. */
const blockChars = 512;

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}

/** Characters of the prompts of one talk, altogether. */
export interface PrefixHits {
  /** That a prefix cache would have had already. */
  readonly hit: number;
  readonly all: number;
}

/**
 * What a prefix cache would have had of a talk's prompts, given in order: of each the longest beginning that an earlier
 * one of the talk has too, in whole blocks. The first is counted: it has nothing.
 */
export function prefixHits(prompts: readonly string[]): PrefixHits {
  let hit = 0;
  let all = 0;
  for (const [at, prompt] of prompts.entries()) {
    const longest = prompts
      .slice(0, at)
      .reduce((most, earlier) => Math.max(most, commonLength(prompt, earlier)), 0);
    hit += Math.floor(longest / blockChars) * blockChars;
    all += prompt.length;
  }
  return { hit, all };
}
