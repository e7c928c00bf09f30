import type { ModelJson } from './wire.ts';

/** The pieces of a model. Asked for a few of them only. */
export interface Vocabulary {
  idOf(piece: string): number | undefined;
  pieceOf(id: number): string | undefined;
}

export function readVocabulary({ vocab }: Pick<ModelJson, 'vocab'>): Vocabulary {
  if (isPieceList(vocab)) {
    return {
      idOf(text) {
        const at = vocab.findIndex(([piece]) => piece === text);
        return at < 0 ? undefined : at;
      },
      pieceOf: (id) => vocab[id]?.[0],
    };
  }
  return {
    idOf: (text) => (Object.hasOwn(vocab, text) ? vocab[text] : undefined),
    pieceOf(id) {
      for (const piece in vocab) if (vocab[piece] === id) return piece;
      return undefined;
    },
  };
}

/** Whether a vocabulary is a list of pieces and their scores, in the order of ids. */
export function isPieceList(vocab: ModelJson['vocab']): vocab is readonly (readonly [string, number])[] {
  return Array.isArray(vocab);
}
