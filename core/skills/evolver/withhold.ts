import type { TurnId } from '../../domain/ids.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Failure } from './failure.ts';

export interface WithholdDeps {
  readonly ids: Pick<Ids, 'digest'>;
  /** Of this installation, so that nobody outside can tell which failures are kept from the evolver. */
  readonly key: string;
}

const withheldShare = 1 / 3;

/**
 * Keeps a third of the failures back, at least one of several, by keyed hash: the same ones for as long as they are there,
 * and those last that an earlier draft (`seen`) was made from. What was asked in the same words stays together, as either
 * half would give the other away, unless all of it was. Of a single one nothing can be kept.
 */
export function partFailures(
  failures: readonly Failure[],
  focus: TurnId | undefined,
  seen: ReadonlySet<TurnId>,
  { ids, key }: WithholdDeps,
): { readonly support: readonly Failure[]; readonly withheld: readonly Failure[] } {
  const byWords = [...Map.groupBy(failures, ({ turn }) => bareWords(turn.requestText)).values()];
  const requests = byWords.length === 1 ? failures.map((failure) => [failure]) : byWords;
  const places = (request: readonly Failure[]): readonly string[] =>
    request.map(({ turn }) => ids.digest(`withheld ${key} ${turn.turnId}`)).toSorted();
  const candidates = requests
    .filter((request) => request.every(({ turn }) => turn.turnId !== focus))
    .map((request) => ({
      request,
      isSeen: request.some(({ turn }) => seen.has(turn.turnId)),
      place: places(request)[0] ?? '',
    }))
    .toSorted((a, b) => Number(a.isSeen) - Number(b.isSeen) || (a.place < b.place ? -1 : 1));
  const share = Math.max(1, Math.floor(failures.length * withheldShare));
  const withheld = new Set<Failure>();
  for (const { request } of candidates.slice(0, requests.length - 1)) {
    if (withheld.size >= share) break;
    for (const failure of request) withheld.add(failure);
  }
  return {
    support: failures.filter((failure) => !withheld.has(failure)),
    withheld: failures.filter((failure) => withheld.has(failure)),
  };
}

/** A failure without what was said of it in words of the requests that are kept back: what is asked next may be one of these. */
export function withoutQuotes(failure: Failure, withheld: readonly Failure[]): Failure {
  const hints = failure.hints.filter(
    ({ kind, text }) =>
      !withheld.some(
        ({ turn }) => isSaidIn(turn.requestText, text) || (kind === 'next' && holds(turn.requestText, text)),
      ),
  );
  return hints.length === failure.hints.length ? failure : { ...failure, hints };
}

/** Letters and digits alone: other signs and cases are no other words. */
function bareWords(text: string): string {
  const bare = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return bare === '' ? text.trim() : bare;
}

/** Fewer words than these stand in many a text by chance. */
const fewestTelling = 4;

/** Whether a text is, or holds, these words, whatever their case and signs. */
export function isSaidIn(words: string, text: string): boolean {
  const bare = bareWords(words);
  return bare === bareWords(text) || (bare.split(' ').length >= fewestTelling && holds(text, words));
}

function holds(text: string, words: string): boolean {
  return ` ${bareWords(text)} `.includes(` ${bareWords(words)} `);
}
