/**
 * Whether a model's name is one that the pattern means: `*` stands for any run of characters, also for none, everything else
 * for itself. Takes time in proportion to the length of both, whatever a caller sends as a name.
 */
export function createModelPattern(pattern: string): (model: string) => boolean {
  const [head = '', ...others] = pattern.split('*');
  const tail = others.pop();
  if (tail === undefined) return (model) => model === pattern;
  const least = pattern.length - others.length - 1;

  return (model) => {
    if (model.length < least || !model.startsWith(head) || !model.endsWith(tail)) return false;
    const endsAt = model.length - tail.length;
    let from = head.length;
    // The earliest place of each piece leaves the most room for the next.
    for (const piece of others) {
      const at = model.indexOf(piece, from);
      if (at < 0) return false;
      from = at + piece.length;
    }
    return from <= endsAt;
  };
}
