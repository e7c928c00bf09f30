import { refusal } from './api-refusal.ts';
import type { Workspace } from './workspace.ts';

/** https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses */
const LIFE_MS = 3_000;

export interface Triggers {
  issue(userId: string): string;
  /** Whose trigger it is; it can be used once, within three seconds. */
  exchange(triggerId: string): string;
}

export function createTriggers(workspace: Workspace): Triggers {
  const issued = new Map<string, { readonly userId: string; readonly at: number; isUsed: boolean }>();
  return {
    issue(userId) {
      const id = `${workspace.nextTs().replace('.', '')}.${workspace.nextId('')}.fake`;
      issued.set(id, { userId, at: workspace.now(), isUsed: false });
      return id;
    },
    exchange(id) {
      const trigger = issued.get(id);
      if (trigger === undefined) throw refusal('invalid_trigger_id');
      if (trigger.isUsed) throw refusal('exchanged_trigger_id');
      if (workspace.now() - trigger.at > LIFE_MS) throw refusal('expired_trigger_id');
      trigger.isUsed = true;
      return trigger.userId;
    },
  };
}
