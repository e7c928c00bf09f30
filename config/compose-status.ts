import type { WatchedModel } from '../adapters/resilience/watched-model.ts';
import type { CommandRunnerDeps } from '../core/intake/command-runner.ts';
import { type ComposedEmbeddings, embeddingsWithoutServer } from './compose-embeddings.ts';
import { type ComposedJudge, judgeWithoutServer } from './compose-judge.ts';
import type { ComposedProxy } from './compose-proxy.ts';
import type { ComposedSchedule } from './compose-schedule.ts';
import type { ComposedSkills } from './compose-skills.ts';
import type { ComposedTraining } from './compose-training.ts';
import type { Settings } from './schema.ts';

/** What helps the model that answers; each `undefined` where none is set or no server is there for it. */
export interface StatusHelpers {
  readonly judge: { readonly worker: Pick<ComposedJudge['worker'], 'report'> } | undefined;
  readonly embeddings: Pick<ComposedEmbeddings, 'report'> | undefined;
}

export interface ComposeStatusDeps extends StatusHelpers {
  readonly loaded: { readonly settings: Pick<Settings, 'judge' | 'embeddings'> };
  readonly model: Pick<WatchedModel, 'problem'>;
  readonly skills: Pick<ComposedSkills, 'report' | 'problems'>;
  readonly training: Pick<ComposedTraining, 'report'>;
  readonly schedule: Pick<ComposedSchedule, 'status'>;
  /** `undefined` while there is none; asked anew each time. */
  readonly proxy: () => Pick<ComposedProxy, 'problems' | 'report'> | undefined;
  /** What is wrong outside of all these, worst first. */
  readonly problems: () => readonly string[];
}

/** What `/status` says of the model, the helpers, both loops and the proxy. */
export function composeStatus(
  deps: ComposeStatusDeps,
): Pick<CommandRunnerDeps, 'problems' | 'judge' | 'learning'> {
  const { loaded, judge, embeddings, model, skills, training, schedule } = deps;
  const learningProblems = [...withoutServer(loaded.settings, deps), ...skills.problems];
  return {
    problems() {
      const ofModel = model.problem();
      const ofProxy = deps.proxy()?.problems() ?? [];
      return [
        ...deps.problems(),
        ...(ofModel === undefined ? [] : [ofModel]),
        ...learningProblems,
        ...ofProxy,
      ];
    },
    ...(judge === undefined ? {} : { judge: judge.worker.report }),
    async learning(spaceId) {
      const ofSkills = await skills.report();
      const ofTraining = await training.report(spaceId);
      const ofSchedule = await schedule.status(spaceId);
      const proxy = deps.proxy();
      return {
        ...ofSkills,
        training: ofTraining,
        schedule: ofSchedule,
        ...(proxy === undefined ? {} : { proxy: proxy.report() }),
        ...(embeddings === undefined ? {} : { embeddings: embeddings.report() }),
      };
    },
  };
}

/** Helpers that are set and that no server is there for. */
function withoutServer(
  { judge, embeddings }: Pick<Settings, 'judge' | 'embeddings'>,
  there: StatusHelpers,
): readonly string[] {
  return [
    ...(judge.model !== '' && there.judge === undefined ? [judgeWithoutServer] : []),
    ...(embeddings.model !== '' && there.embeddings === undefined ? [embeddingsWithoutServer] : []),
  ];
}
