/** Beyond this pieces are joined, so that a text of many small ones does not weigh a multiple of itself. */
const mostPieces = 512;

/** Text that grows by pieces. */
export interface KeptText {
  add(piece: string): void;
  text(): string;
  clear(): void;
}

export function createKeptText(): KeptText {
  const blocks: string[] = [];
  const pieces: string[] = [];
  return {
    add(piece) {
      if (piece === '') return;
      pieces.push(piece);
      if (pieces.length < mostPieces) return;
      blocks.push(pieces.join(''));
      pieces.length = 0;
    },
    text: () => blocks.join('') + pieces.join(''),
    clear() {
      blocks.length = 0;
      pieces.length = 0;
    },
  };
}
