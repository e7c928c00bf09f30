import { readVocabulary } from './vocabulary.ts';
import type { LibraryTokenizer, ModelJson } from './wire.ts';

export interface MergesModel extends Pick<ModelJson, 'merges' | 'unk_token'> {
  readonly vocab: Readonly<Record<string, number>>;
}

/** The name under which a piece is kept: its own, or one that nothing spells. */
export type NameOf = (piece: string, id: number) => string;

/** So many take some milliseconds. */
const entriesBetweenPauses = 10_000;

/**
 * Fills a library's model of merges, which was made empty, as the library itself would: the pieces of `from` and its merges
 * in their order. What has another name is made by no merge. Pauses again and again.
 */
export async function fillMerges(
  model: LibraryTokenizer['model'],
  from: MergesModel,
  nameOf: NameOf,
  pause: () => Promise<void>,
): Promise<void> {
  const { tokens_to_ids, vocab, bpe_ranks } = model;
  if (bpe_ranks === undefined) throw new Error('its model takes no merges');
  const hidden = new Set<string>();
  for (const [at, [piece, id]] of Object.entries(from.vocab).entries()) {
    const name = nameOf(piece, id);
    if (name !== piece) hidden.add(piece);
    tokens_to_ids.set(name, id);
    vocab[id] = name;
    if (at % entriesBetweenPauses === 0) await pause();
  }
  for (const [rank, merge] of (from.merges ?? []).entries()) {
    const pair = typeof merge === 'string' ? merge.split(' ', 2) : merge;
    // What a merge makes must be in the vocabulary, or its text would be lost.
    if (!hidden.has(pair.join(''))) bpe_ranks.set(JSON.stringify(pair), rank);
    if (rank % entriesBetweenPauses === 0) await pause();
  }
  model.unk_token_id = readVocabulary(from).idOf(from.unk_token ?? '');
}
