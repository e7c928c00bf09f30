/** A pure function of a text that remembers its latest results, as long as their texts together stay under `maxChars`. */
export function createRecent<T>(maxChars: number, compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  let chars = 0;

  function forget(text: string): void {
    if (known.delete(text)) chars -= text.length;
  }

  return (text) => {
    const found = known.get(text);
    if (found !== undefined) {
      known.delete(text);
      known.set(text, found);
      return found;
    }
    const value = compute(text);
    known.set(text, value);
    chars += text.length;
    for (const oldest of known.keys()) {
      if (chars <= maxChars) break;
      forget(oldest);
    }
    return value;
  };
}
