/** A number 0 … 2³¹ − 1 for what is drawn for one turn: the same again for the same seed, another for another turn (FNV-1a). */
export function drawSeed(seed: number, turnId: string): number {
  let hash = 0x811c9dc5;
  for (const char of `${seed} ${turnId}`) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 1;
}
