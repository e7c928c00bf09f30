import type { SkillText } from '../domain/skill.ts';
import { evidenceShare } from './common-words.ts';
import { createPairLists } from './pair-lists.ts';
import type { QueryTerm } from './query-terms.ts';
import { skillImpacts } from './skill-impacts.ts';
import { createTopSlots, type TopSlots } from './top-slots.ts';

/** One found skill. */
export interface IndexMatch {
  readonly name: string;
  /** Relevance, 0 to 1: comparable between libraries of any size and messages of any length. */
  readonly score: number;
  /** The person's words that led to it, most telling first. */
  readonly because: readonly string[];
}

/**
 * Skills by their words: BM25 over weighted fields. Changing one skill costs about as much as reading it; after any
 * order of changes it answers as an index built from the same skills would.
 */
export interface SkillIndex {
  readonly size: number;
  /** Adds a skill, or replaces the one of that name. */
  put(skill: SkillText): void;
  /** False when there is none of that name. */
  remove(name: string): boolean;
  /** The best `limit` that share a word with the query and score `leastScore` (default 0), best first; equal scores by name. */
  find(terms: readonly QueryTerm[], limit: number, leastScore?: number): readonly IndexMatch[];
}

/** What a word costs that no skill has: it dilutes, but less than a word that points at some skill. */
const unknownWeight = 0.4;
/** Evidence at which a one-word query is half certain. */
const halfEvidence = 0.45;
/** Of longer messages only the most telling words are looked up: bounds the time of a query. */
const mostLookups = 64;
const mostReasons = 5;

interface Lookup {
  readonly list: number;
  readonly weight: number;
  readonly surface: string;
  /** Among the words of the query. */
  readonly place: number;
}

function rarity(skills: number, withTerm: number): number {
  return Math.log(1 + (skills - withTerm + 0.5) / (withTerm + 0.5));
}

/** Grows with the words' total weight as it is up to 1 and slowly after it: accidental evidence does the same. */
function dilution(totalWeight: number): number {
  return totalWeight <= 1 ? totalWeight : 1 + Math.log(totalWeight);
}

/** Evidence below which no score reaches `leastScore`; a trifle less, so that rounding decides nothing. */
function leastEvidence(leastScore: number, dilutedBy: number): number {
  return leastScore < 1 ? ((leastScore * dilutedBy) / (1 - leastScore)) * (1 - 1e-9) : 0;
}

export function createSkillIndex(): SkillIndex {
  const slotByName = new Map<string, number>();
  const nameBySlot: string[] = [];
  const freeSlots: number[] = [];
  const listByTerm = new Map<string, number>();
  const termByList: string[] = [];
  const freeLists: number[] = [];
  /** Term to skills, and skill to terms. */
  const postings = createPairLists();
  const contents = createPairLists();
  let evidence = new Float32Array(256);
  let touched = new Int32Array(256);
  /** By list: one more than the place of its lookup among those of the query under way, else 0. */
  let asked = new Int32Array(1_024);

  function slotFor(name: string): number {
    const slot = freeSlots.pop() ?? nameBySlot.length;
    slotByName.set(name, slot);
    nameBySlot[slot] = name;
    if (slot >= evidence.length) {
      evidence = new Float32Array(evidence.length * 2);
      touched = new Int32Array(touched.length * 2);
    }
    return slot;
  }

  function listFor(term: string): number {
    const known = listByTerm.get(term);
    if (known !== undefined) return known;
    const list = freeLists.pop() ?? termByList.length;
    listByTerm.set(term, list);
    termByList[list] = term;
    if (list >= asked.length) asked = new Int32Array(asked.length * 2);
    return list;
  }

  function remove(name: string): boolean {
    const slot = slotByName.get(name);
    if (slot === undefined) return false;
    const { ids, start, end } = contents.view(slot);
    for (let at = start; at < end; at++) {
      const list = ids[at] ?? 0;
      postings.remove(list, slot);
      if (postings.length(list) > 0) continue;
      listByTerm.delete(termByList[list] ?? '');
      freeLists.push(list);
    }
    contents.clear(slot);
    slotByName.delete(name);
    freeSlots.push(slot);
    return true;
  }

  /** The words to look up with their weights, and what all words of the query weigh together. */
  function plan(terms: readonly QueryTerm[]): { lookups: readonly Lookup[]; totalWeight: number } {
    const skills = slotByName.size;
    const rarest = rarity(skills, 1);
    const lookups: Lookup[] = [];
    let totalWeight = 0;
    for (const [place, { term, surface, focus }] of terms.entries()) {
      const list = listByTerm.get(term);
      if (list === undefined) {
        totalWeight += unknownWeight * focus;
        continue;
      }
      const weight = (focus * rarity(skills, postings.length(list))) / rarest;
      const share = evidenceShare(term);
      // A common word proves less, and dilutes like a rare one all the same.
      totalWeight += share === 1 ? weight : focus;
      lookups.push({ list, weight: weight * share, surface, place });
    }
    if (lookups.length > mostLookups) lookups.sort((a, b) => b.weight - a.weight).length = mostLookups;
    return { lookups, totalWeight };
  }

  /** Sums the evidence of every skill that shares a word; returns how many were touched. */
  function gather(lookups: readonly Lookup[]): number {
    const sums = evidence;
    const slots = touched;
    let count = 0;
    for (const { list, weight } of lookups) {
      const { ids, weights, start, end } = postings.view(list);
      for (let at = start; at < end; at++) {
        const slot = ids[at] ?? 0;
        const before = sums[slot] ?? 0;
        if (before === 0) slots[count++] = slot;
        sums[slot] = before + weight * (weights[at] ?? 0);
      }
    }
    return count;
  }

  /** Offers what was gathered, where it is enough, and clears it for the next query. */
  function offerAll(best: TopSlots, count: number, least: number): void {
    const sums = evidence;
    const slots = touched;
    for (let at = 0; at < count; at++) {
      const slot = slots[at] ?? 0;
      const sum = sums[slot] ?? 0;
      if (sum >= least) best.offer(slot, sum);
      sums[slot] = 0;
    }
  }

  /** While `asked` holds these lookups. */
  function reasons(slot: number, lookups: readonly Lookup[]): readonly string[] {
    const { ids, weights, start, end } = contents.view(slot);
    const found: { lookup: Lookup; worth: number }[] = [];
    const places = asked;
    for (let at = start; at < end; at++) {
      const place = places[ids[at] ?? 0] ?? 0;
      if (place === 0) continue;
      const lookup = lookups[place - 1];
      if (lookup !== undefined) found.push({ lookup, worth: lookup.weight * (weights[at] ?? 0) });
    }
    found.sort((a, b) => b.worth - a.worth || a.lookup.place - b.lookup.place);
    return found.slice(0, mostReasons).map(({ lookup }) => lookup.surface);
  }

  return {
    get size() {
      return slotByName.size;
    },
    remove,
    put(skill) {
      remove(skill.name);
      const slot = slotFor(skill.name);
      for (const [term, impact] of skillImpacts(skill)) {
        const list = listFor(term);
        postings.append(list, slot, impact);
        contents.append(slot, list, impact);
      }
    },
    find(terms, limit, leastScore = 0) {
      const { lookups, totalWeight } = plan(terms);
      const count = gather(lookups);
      const best = createTopSlots(limit, (slot) => nameBySlot[slot] ?? '');
      const dilutedBy = halfEvidence * dilution(totalWeight);
      offerAll(best, count, leastEvidence(leastScore, dilutedBy));
      for (const [place, { list }] of lookups.entries()) asked[list] = place + 1;
      const found = best.list().flatMap(({ slot, worth }) => {
        const score = worth / (worth + dilutedBy);
        if (score < leastScore) return [];
        return [{ name: nameBySlot[slot] ?? '', score, because: reasons(slot, lookups) }];
      });
      for (const { list } of lookups) asked[list] = 0;
      return found;
    },
  };
}
