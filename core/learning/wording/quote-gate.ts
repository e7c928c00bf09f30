import { isSaidIn } from '../../skills/evolver/withhold.ts';
import { runsOf, type SaidIndex } from './said-index.ts';
import { figuresIn } from './told-figures.ts';
import { holdsName } from './told-names.ts';

/** Requests of a few letters stand in any text. */
const fewestTellingChars = 12;

/**
 * Why a new text holds too much of what was said, as a sentence; `undefined` where it does not. A request, five telling words in a
 * row of anything that was said, a name or a telling figure out of it are a matter of those people; what stood in the old
 * text already is no matter.
 */
export function quoteRefusal(old: string, fresh: string, said: SaidIndex): string | undefined {
  const known = new Set(runsOf(old));
  const isQuoted =
    runsOf(fresh).some((run) => said.runs.has(run) && !known.has(run)) ||
    said.requests.some(
      (request) =>
        request.trim().length >= fewestTellingChars && isSaidIn(request, fresh) && !isSaidIn(request, old),
    );
  if (isQuoted) return 'The text holds words of somebody by heart; write the general rule.';
  if (holdsName(fresh, old, said.names)) {
    return 'The text holds a name out of what was said; write the general rule.';
  }
  const figures = new Set(figuresIn(old).map(({ digits }) => digits));
  const isTold = figuresIn(fresh).some(
    ({ digits, isTelling }) => isTelling && said.figures.has(digits) && !figures.has(digits),
  );
  return isTold ? 'The text holds a figure out of what was said; write the general rule.' : undefined;
}
