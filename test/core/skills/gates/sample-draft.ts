import type { DraftText } from '../../../../core/domain/skill-operation.ts';

/** A draft that every gate lets through. */
export function sampleDraft(changes: Partial<DraftText> = {}): DraftText {
  return {
    name: 'plan-trips',
    description: 'Plans trips. Use it when somebody wants to travel.',
    triggers: ['trip', 'travel plan'],
    body: '- Name the dates first.\n- Give one way to get there.',
    ...changes,
  };
}

export const sampleLimits = { maxBodyTokens: 1_200 };
