import { type ConversationKey, encodeConversationKey } from '../../../core/domain/conversation.ts';
import { personId, spaceId, turnId } from '../../../core/domain/ids.ts';
import type { ShownSkill, SkillScope, SkillText } from '../../../core/domain/skill.ts';
import type { ChangeCause, EntryChange } from '../../../core/ports/library-store.ts';
import type { WaitingSample } from '../../../core/ports/sample-store.ts';
import type { SkillAudience } from '../../../core/skills/audience.ts';
import type { UndigestedChange } from '../../../core/skills/change-library.ts';
import {
  createSkillLibrary,
  type SkillLibrary,
  type SkillLibraryDeps,
} from '../../../core/skills/library.ts';
import {
  createMemoryLibraryStore,
  type MemoryLibraryStore,
} from '../../fakes/skills/memory-library-store.ts';
import { type SkillTextChanges, sampleText, skillNamed } from '../../fakes/skills/sample-skill.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { createWaitingSamples, type WaitingSamples } from './waiting-samples.ts';

export const garden = sampleText('garden-care', {
  description: 'Waters tomatoes.',
  body: 'Water at dawn.',
});
export const ledger = sampleText('book-keeping', {
  description: 'Books invoices.',
  body: 'Round per line.',
});
export const piano = sampleText('piano-lessons', {
  description: 'Plans practice of scales.',
  body: 'Start slowly.',
});

const team = spaceId('web', 'team');
const place = { platform: 'web', spaceId: team, channelId: 'general' } as const;
export const talk: ConversationKey = encodeConversationKey({ ...place, audience: 'group' });
export const ann = personId('web', 'ann');
export const bob = personId('web', 'bob');

export const everywhere = { kind: 'global' } as const;
export const inTeam = { kind: 'space', platform: 'web', spaceId: team } as const;
export const inTalk = { ...inTeam, kind: 'conversation', conversationKey: talk } as const;
export const forAnn = { ...inTeam, kind: 'user', personId: ann } as const;

export const annInTalk: SkillAudience = {
  platform: 'web',
  spaceId: team,
  conversationKey: talk,
  personId: ann,
  isShared: true,
};

export interface LibraryRig {
  readonly library: SkillLibrary;
  /** What the source gives at the next reload. */
  readonly source: { skills: readonly SkillText[] };
  readonly store: MemoryLibraryStore;
  readonly samples: WaitingSamples;
  readonly waiting: WaitingSample[];
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  /** One as a further process would open it over the same store. */
  again(changes?: Partial<SkillLibraryDeps>): SkillLibrary;
}

export function libraryRig(
  skills: readonly SkillText[] = [],
  changes: Partial<SkillLibraryDeps> = {},
): LibraryRig {
  const source = { skills };
  const store = createMemoryLibraryStore();
  const waiting: WaitingSample[] = [];
  const samples = createWaitingSamples(waiting);
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const again = (more: Partial<SkillLibraryDeps> = {}): SkillLibrary =>
    createSkillLibrary({
      source: { load: async () => ({ ...source, diagnostics: [] }) },
      store,
      samples,
      ids: createSequentialIds(),
      clock,
      logger,
      limits: { topK: 6, budgetTokens: 1200 },
      ...changes,
      ...more,
    });
  return { library: again(), source, store, samples, waiting, clock, logger, again };
}

/** A change that gives a name a text, by a person. */
export function texted(
  name: string,
  text: SkillTextChanges = {},
  scope: SkillScope = everywhere,
  more: Partial<Omit<UndigestedChange, 'text'>> & { readonly isPrivate?: boolean } = {},
): UndigestedChange {
  const { isPrivate, ...changes } = more;
  const learnedFrom = { platforms: ['web'], authors: [ann], isPrivate: true } as const;
  return {
    scope,
    name: skillNamed(name),
    text: {
      ...sampleText(name, text),
      origin: { kind: 'person', by: ann },
      ...(isPrivate === true ? { learnedFrom } : {}),
    },
    ...changes,
  };
}

export function entry(
  name: string,
  changes: Omit<EntryChange, 'scope' | 'name' | 'text'>,
  scope: SkillScope = everywhere,
): UndigestedChange {
  return { scope, name: skillNamed(name), ...changes };
}

export const byAnn: ChangeCause = { kind: 'edit', by: ann };

/** A turn that waits to become a sample, with what the library gives it at present. */
export function waitingTurn(
  id: string,
  words: string,
  library: SkillLibrary,
  audience: SkillAudience = annInTalk,
): WaitingSample {
  const { generation, shown, masked } = library.retrieve(words, audience);
  return sampleOf(id, words, audience, generation, shown, masked);
}

export function sampleOf(
  id: string,
  words: string,
  { platform, spaceId: space, conversationKey = talk, personId: asker = ann, isShared }: SkillAudience,
  generation: number,
  skills: readonly ShownSkill[],
  maskedSkills: readonly ShownSkill[] = [],
): WaitingSample {
  return {
    turnId: turnId(id),
    conversation: {
      platform,
      spaceId: space,
      channelId: 'general',
      audience: isShared ? 'group' : 'direct',
    },
    conversationKey,
    askerId: asker,
    requestText: words,
    generation,
    skills,
    maskedSkills,
  };
}
