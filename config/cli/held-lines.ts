/** Somewhere lines go that keeps them back at first. */
export interface HeldLines {
  write(text: string): void;
  /** Hands on what was kept back, in order, and from now on everything at once. Again is fine. */
  release(): void;
}

/** Keeps lines back until `release`, so that something else can be said first. */
export function holdLines(destination: { write(text: string): unknown }): HeldLines {
  let kept: string[] | undefined = [];
  return {
    write(text) {
      if (kept === undefined) destination.write(text);
      else kept.push(text);
    },
    release() {
      const lines = kept ?? [];
      kept = undefined;
      for (const line of lines) destination.write(line);
    },
  };
}
