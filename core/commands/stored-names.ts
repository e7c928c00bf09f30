import type { SpaceId } from '../domain/ids.ts';
import type { StoredNames } from './command-spec.ts';
import type { NamedThing } from './complete-command-line.ts';
import type { CommandDeps } from './context.ts';
import { draftCode } from './draft-card.ts';
import { policyInShort } from './policy-words.ts';
import { runInShort } from './train-words.ts';

const completed = 25;

/** Drafts that wait, or the newest runs or policies, each as a command names it. */
export async function storedNames(
  kind: StoredNames,
  spaceId: SpaceId,
  { skillTools, training }: Pick<CommandDeps, 'skillTools' | 'training'>,
): Promise<readonly NamedThing[]> {
  switch (kind) {
    case 'drafts':
      return (await skillTools.proposals.list(['waiting'], completed, spaceId)).map((draft) => ({
        name: draftCode(draft),
        description: draft.topic,
      }));
    case 'runs':
      return ((await training?.history(spaceId, completed)) ?? []).map((run) => ({
        name: String(run.number),
        description: runInShort(run),
      }));
    case 'policies':
      return ((await training?.policies(spaceId, completed)) ?? []).map((policy) => ({
        name: String(policy.number),
        description: policyInShort(policy),
      }));
  }
}
