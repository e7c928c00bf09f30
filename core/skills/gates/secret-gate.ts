import type { DraftText } from '../../domain/skill-operation.ts';
import { type DraftField, draftFields, placeIn } from './draft-fields.ts';
import { excerptAt } from './excerpt.ts';
import type { GateFinding } from './gate-finding.ts';
import { type SecretSpan, secretSpans } from './secret-spans.ts';

/** One field that is full of secrets of one kind is said once. */
function distinct(spans: readonly SecretSpan[]): readonly SecretSpan[] {
  const firsts = new Map<string, SecretSpan>();
  for (const span of spans) {
    const kind = `${span.severity} ${span.what}`;
    if (!firsts.has(kind)) firsts.set(kind, span);
  }
  return [...firsts.values()];
}

function fieldFindings(field: DraftField): readonly GateFinding[] {
  const spans = secretSpans(field.text);
  return distinct(spans).map(({ what, severity, from }) => {
    const excerpt = excerptAt(field.text, from, spans);
    const advice =
      severity === 'refuse'
        ? 'take it out, and change it if it was real'
        : 'take it out unless everybody may know it';
    return {
      gate: 'secret',
      severity,
      message: `${placeIn(field, from)} holds what looks like ${what}; ${advice}.`,
      ...(excerpt === undefined ? {} : { excerpt }),
    };
  });
}

/** Credentials in any text of a draft are refused; addresses and phone numbers of people are warned of. */
export function secretFindings(draft: DraftText): readonly GateFinding[] {
  return draftFields(draft).flatMap(fieldFindings);
}
