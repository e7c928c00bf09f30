import { type AnswerPart, maxParts } from './answer-parts.ts';
import { type JsonObject, textOf } from './json-values.ts';
import { createKeptText, type KeptText } from './kept-text.ts';
import { answeredCallId, outputPart } from './output-item.ts';
import { createRoom } from './room.ts';

interface Slot {
  part: AnswerPart | undefined;
  /** Calls that are answered by an item of this place. */
  answered: string;
  /** By which requests may refer to the item; '' for none. */
  id: string;
  /** What has come of an unfinished item: text, or the arguments of its call. */
  readonly pieces: KeptText;
  heldChars: number;
}

/** The `output` of a response as it grows. */
export interface OutputItems {
  /** The item as it is now, in place of what was there. */
  set(index: number, item: JsonObject): void;
  /** More of an item that is not finished: text of a message, arguments of a call. */
  grow(index: number, piece: string): void;
  parts(): readonly AnswerPart[];
  /** Ids of what `parts` tells, of the last few. */
  ids(): readonly string[];
  /** Whether one of the calls has no answer among the items. */
  hasOpenCalls(): boolean;
}

/** Each is stored with the answer; who goes on from it refers to its last parts. */
const mostIds = 16;

export function createOutputItems(): OutputItems {
  const room = createRoom();
  const slots = new Map<number, Slot>();

  function slotAt(index: number): Slot | undefined {
    const known = slots.get(index);
    if (known !== undefined || slots.size === maxParts) return known;
    const slot: Slot = { part: undefined, answered: '', id: '', pieces: createKeptText(), heldChars: 0 };
    slots.set(index, slot);
    return slot;
  }

  function held(slot: Slot, text: string): string {
    const kept = room.take(text);
    slot.heldChars += kept.length;
    return kept;
  }

  function partOf(slot: Slot): AnswerPart {
    const grown = slot.pieces.text();
    if (slot.part?.type === 'call') return { ...slot.part, argumentsJson: slot.part.argumentsJson + grown };
    return { type: 'text', text: (slot.part?.type === 'text' ? slot.part.text : '') + grown };
  }

  function inOrder(): readonly Slot[] {
    return [...slots].sort(([one], [other]) => one - other).map(([, slot]) => slot);
  }

  return {
    set(index, item) {
      const slot = slotAt(index);
      if (slot === undefined) return;
      slot.pieces.clear();
      room.giveBack(slot.heldChars);
      slot.heldChars = 0;
      slot.answered = held(slot, answeredCallId(item));
      const part = outputPart(item);
      slot.id = part === undefined ? '' : held(slot, textOf(item['id']));
      if (part?.type === 'text') slot.part = { type: 'text', text: held(slot, part.text) };
      else if (part?.type === 'call') {
        const { id, name, argumentsJson } = part;
        slot.part = {
          type: 'call',
          id: held(slot, id),
          name: held(slot, name),
          argumentsJson: held(slot, argumentsJson),
        };
      } else slot.part = undefined;
    },
    grow(index, piece) {
      const slot = slotAt(index);
      if (slot !== undefined) slot.pieces.add(held(slot, piece));
    },
    parts: () => inOrder().flatMap((slot) => [partOf(slot), { type: 'break' as const }]),
    ids: () =>
      inOrder()
        .flatMap(({ id }) => (id === '' ? [] : [id]))
        .slice(-mostIds),
    hasOpenCalls() {
      const all = [...slots.values()];
      const answered = new Set(all.map((slot) => slot.answered).filter((id) => id !== ''));
      return all.some(({ part }) => part?.type === 'call' && !answered.has(part.id));
    },
  };
}
