import type { Command } from './command.ts';
import { runPolicyPin, runPolicyPromote, runPolicyRollback } from './policy-control.ts';
import { runPolicyList, runPolicyShow } from './policy-list.ts';
import { runTrainCancel, runTrainNow, runTrainPause, runTrainResume } from './train-control.ts';
import { runTrainHistory, runTrainShow } from './train-runs.ts';
import { runTrainStatus } from './train-status.ts';
import { usualCommand } from './usual-command.ts';

const runNumber = {
  name: 'run',
  summary: 'the number of the run',
  kind: 'word',
  required: true,
  completes: 'runs',
} as const;

const policyNumber = {
  name: 'policy',
  summary: 'the number of the policy',
  kind: 'word',
  required: true,
  completes: 'policies',
} as const;

const confirmArgument = {
  name: 'confirm',
  summary: 'the word confirm, to do it',
  kind: 'word',
  required: false,
} as const;

/** Changes something: a restart does not drop it. */
const maintaining = { ...usualCommand, lane: 'record', role: 'maintainer' } as const;

/** The commands about training and about what it makes, in the order in which help shows them. */
export const trainCommands: readonly Command[] = [
  {
    ...usualCommand,
    path: ['train', 'status'],
    summary: 'how training stands',
    details:
      'Shows what answers here, whether a run is at hand and why it waits, how many rated answers the next run has and what is missing to it, and what is on. Maintainers also see what the next run should cost, what was spent this month and the cap.',
    run: runTrainStatus,
  },
  {
    ...usualCommand,
    path: ['train', 'history'],
    aliases: ['train runs'],
    summary: 'the latest runs of training',
    details: 'Lists the latest runs, each with how it ended and what it made.',
    run: runTrainHistory,
  },
  {
    ...usualCommand,
    path: ['train', 'show'],
    summary: 'one run of training in full',
    details:
      'Shows a run: where it stands and why, how it learns, what became of the rated answers, its steps, and how that fares which it made, with a picture of reward, KL, entropy and effective sample size step by step, or a table where pictures do not show. It shows counts only, nobody’s words. Maintainers also see what it cost.',
    args: [runNumber],
    run: runTrainShow,
  },
  {
    ...maintaining,
    path: ['train', 'now'],
    summary: 'train now, without a window',
    details:
      'Begins a run at once, or goes on with one that is paused, whatever the hour; it still pauses when somebody talks to me. What costs money is estimated first and takes `confirm`.',
    args: [confirmArgument],
    run: runTrainNow,
  },
  {
    ...maintaining,
    path: ['train', 'pause'],
    summary: 'hold training',
    details:
      'Has the step in flight end and nothing new begin until `train resume`. Nothing of the run is lost, and I go on answering all the while.',
    run: runTrainPause,
  },
  {
    ...maintaining,
    path: ['train', 'resume'],
    summary: 'let training go on',
    details: 'Takes back `train pause`: runs go on when nobody needs me.',
    run: runTrainResume,
  },
  {
    ...maintaining,
    path: ['train', 'cancel'],
    summary: 'end the run at hand',
    details:
      'Ends the run at hand for good, after a confirmation. It makes no policy, and its rated answers are free for a later run.',
    args: [confirmArgument],
    run: runTrainCancel,
  },
  {
    ...usualCommand,
    path: ['policy', 'list'],
    aliases: ['policies'],
    summary: 'what answers, and what else was made',
    details:
      'Lists what training has made: which one answers, which is tried in a few conversations, and what was given up, with the evidence for each in a line.',
    run: runPolicyList,
  },
  {
    ...usualCommand,
    path: ['policy', 'show'],
    summary: 'one policy in full',
    details:
      'Shows a policy: where it stands and why, which run made it from what, how it did against what serves on conversations kept out of learning, in probes of safety and flattery, and with people. Maintainers also see its persona where it has one, if nobody else reads it.',
    args: [policyNumber],
    run: runPolicyShow,
  },
  {
    ...maintaining,
    path: ['policy', 'promote'],
    summary: 'have a policy answer',
    details:
      'Puts a policy into service at once, whatever its test says, after a confirmation. Answers in flight end on what they began with.',
    args: [policyNumber, confirmArgument],
    run: runPolicyPromote,
  },
  {
    ...maintaining,
    path: ['policy', 'rollback'],
    summary: 'take back what answers',
    details:
      'Takes the policy that serves back, after a confirmation that names it; what served before it answers again.',
    args: [{ ...policyNumber, required: false }, confirmArgument],
    run: runPolicyRollback,
  },
  {
    ...maintaining,
    path: ['policy', 'pin'],
    summary: 'keep a policy in its place',
    details:
      'Pins a policy: it is neither taken back nor replaced by itself, only by a person. `off` takes the pin away.',
    args: [
      policyNumber,
      { name: 'off', summary: 'the word off, to unpin it', kind: 'word', required: false },
    ],
    run: runPolicyPin,
  },
];
