import type { Signal } from '../../core/domain/signal.ts';

/** Whatever came from a platform, on one line and without what a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\u200d' ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

function targetText({ target }: Signal): string {
  if (target.kind === 'turn') return target.turnId;
  const { platform, channelId, messageId } = target.ref;
  return `${platform}:${channelId}/${messageId}`;
}

function signed(polarity: number): string {
  return polarity > 0 ? `+${polarity}` : String(polarity);
}

/** One row for people: when, who, what, how it counts, about what, by which rule. What people wrote only with `words`. */
export function ledgerLine(signal: Signal, words: boolean): string {
  const { occurredAt, actorId, actorIsBot, change, kind, name, polarity, weight, rule, text } = signal;
  const parts = [
    new Date(occurredAt).toISOString(),
    `${actorId ?? 'everybody'}${actorIsBot ? ' (bot)' : ''}`,
    change === 'given' ? kind : `${kind} ${change}`,
    name === '' ? '-' : name,
    signed(polarity),
    `x${weight}`,
    targetText(signal),
    rule,
  ];
  if (words && text !== undefined) parts.push(JSON.stringify(text));
  return parts.map(printable).join('  ');
}

/** The same for programs. */
export function ledgerObject(sequence: number, signal: Signal, words: boolean): object {
  const { text, ...rest } = signal;
  return { sequence, ...rest, ...(words && text !== undefined ? { text } : {}) };
}
