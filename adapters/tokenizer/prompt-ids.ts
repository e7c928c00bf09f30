import type { Disguise } from './disguise.ts';
import type { MarkupSplitter } from './split-markup.ts';
import type { TextIds } from './text-ids.ts';

/** The ids of rendered text: its markup is what the template wrote, all else is text. */
export type PromptIds = (rendered: string, disguise: Pick<Disguise, 'restore'>) => number[];

/** Cuts under the disguise and lifts it piece by piece, so that nothing which comes to light can be found as markup. */
export function createPromptIds(split: MarkupSplitter, textIds: TextIds): PromptIds {
  return (rendered, disguise) => {
    const ids: number[] = [];
    for (const segment of split(rendered)) {
      if (segment.type === 'token') {
        ids.push(segment.id);
        continue;
      }
      for (const id of textIds.encode(disguise.restore(segment.text), segment)) ids.push(id);
    }
    return ids;
  };
}
