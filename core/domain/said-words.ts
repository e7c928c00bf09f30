/** A run of what somebody wrote to a bot: words as they read, a mention of the bot, or of somebody else. */
export interface SaidPiece {
  readonly kind: 'words' | 'own_mention' | 'other_mention';
  readonly text: string;
}

export interface SaidWords {
  /** Plain words, the bot's own mentions cut out. */
  readonly text: string;
  readonly mentionsBot: boolean;
  /** The first thing said is a mention, and not of the bot. */
  readonly beginsWithOther: boolean;
}

/**
 * Takes something out of a text where `before` and `after` meet: at the start with the comma or colon behind it,
 * elsewhere with one of the spaces around it, so that no gap is left. Everything else stays as written.
 */
function closeGap(before: string, after: string): string {
  if (before.trim() === '') return after.replace(/^[,:]?\s+|^[,:]$/, '');
  if (after.trim() === '') return before.trimEnd();
  if (!/\s$/.test(before)) return before + after;
  if (/^\s/.test(after)) return before + after.slice(1);
  return /^[,.;:!?)]/.test(after) ? before.slice(0, -1) + after : before + after;
}

/** What is said by `pieces`, in their order. */
export function joinPieces(pieces: readonly SaidPiece[]): SaidWords {
  const first = pieces.find((piece) => piece.kind !== 'words' || piece.text.trim() !== '');
  const runs: string[] = [''];
  for (const piece of pieces) {
    if (piece.kind === 'own_mention') runs.push('');
    else runs[runs.length - 1] += piece.text;
  }
  return {
    text: runs.reduceRight((after, before) => closeGap(before, after)),
    mentionsBot: runs.length > 1,
    beginsWithOther: first?.kind === 'other_mention',
  };
}
