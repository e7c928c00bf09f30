import { type PersonId, unknownAuthor } from '../../domain/ids.ts';
import { standingSignals } from '../../domain/reward.ts';
import type { Signal } from '../../domain/signal.ts';
import type { Turn } from '../../domain/turn.ts';
import { queryText } from '../query-text.ts';
import { termsOf } from '../tokenise.ts';

/** What somebody said was wrong with an answer, in their own words, or in words that a judge quoted from them. */
export interface Hint {
  readonly actorId: PersonId;
  readonly kind: 'reason' | 'correction' | 'feedback' | 'next';
  readonly text: string;
}

/** An answer that was found lacking, with what people said of it. */
export interface Failure {
  readonly turn: Turn;
  readonly hints: readonly Hint[];
  /** Only its asker and the bot read it. */
  readonly isPrivate: boolean;
  /** Whoever asked also said, of their own accord, what was wrong or how it should have been. */
  readonly isCorrected: boolean;
  /** The telling words of the request and of its asker's own hints: whoever finds fault with all answers makes no topic of them. */
  readonly terms: ReadonlySet<string>;
  /** Those of the asker's hints alone. */
  readonly hintTerms: ReadonlySet<string>;
}

/** Words with which any answer is found fault with: they tell nothing of what it was about. */
const complaints: ReadonlySet<string> = new Set(
  termsOf(
    'answer answers bad better correct error false fix good incorrect instead mistake please reply response right should wrong',
  ),
);

/** The terms of a text that say what it is about. */
export function tellingTerms(text: string): ReadonlySet<string> {
  return new Set(termsOf(text).filter((term) => !complaints.has(term)));
}

/** Whether a term only says that something is wrong. */
export function isComplaint(term: string): boolean {
  return complaints.has(term);
}

/**
 * What stands of what people said against an answer. Praise, and what was said of its manner, are left out: they are
 * nothing for a skill to mend.
 */
export function hintsOf(rows: readonly Signal[]): readonly Hint[] {
  return standingSignals(rows).flatMap((row) => {
    const kind = hintKind(row);
    const text = row.text?.trim() ?? '';
    const { actorId } = row;
    if (kind === undefined || text === '' || actorId === undefined || row.actorIsBot) return [];
    return row.polarity > 0 || row.name === 'unwelcome' ? [] : [{ actorId, kind, text }];
  });
}

function hintKind({ kind }: Signal): Hint['kind'] | undefined {
  return kind === 'reason' || kind === 'correction' || kind === 'feedback' || kind === 'next'
    ? kind
    : undefined;
}

/** A failure with these hints of those that its rows hold. */
export function failureOf(turn: Turn, hints: readonly Hint[]): Failure {
  const own = hints.filter(({ actorId }) => actorId === turn.askerId);
  const hintTerms = tellingTerms(own.map(({ text }) => text).join('\n'));
  return {
    turn,
    hints,
    isPrivate: turn.conversation.audience === 'direct',
    isCorrected: own.some(({ kind }) => kind !== 'next'),
    terms: new Set([...tellingTerms(queryText(turn.requestText)), ...hintTerms]),
    hintTerms,
  };
}

/** Whether a turn's asker is a person whom the platform names. */
export function isNamed({ askerId, conversation }: Pick<Turn, 'askerId' | 'conversation'>): boolean {
  return askerId !== unknownAuthor(conversation.platform);
}
