import type { Command } from './command.ts';
import { runLink, runNew, runStop } from './conversation-commands.ts';
import { runFeedbackBad, runFeedbackGood } from './feedback.ts';
import { runHelp } from './help.ts';
import { withTranslations } from './menu-languages.ts';
import { runPrivacy } from './privacy.ts';
import { runRewardHold, runRewardRelease, runRewardShow } from './reward.ts';
import { scheduleCommands } from './schedule-catalogue.ts';
import { skillCommands } from './skill-catalogue.ts';
import { runStatus } from './status.ts';
import { trainCommands } from './train-catalogue.ts';
import { usualCommand } from './usual-command.ts';
import { runWhy } from './why.ts';

const turnArgument = {
  name: 'turn',
  summary: 'the turn, as `why` names it',
  kind: 'word',
  required: false,
} as const;

const commands: readonly Command[] = [
  {
    ...usualCommand,
    path: ['help'],
    aliases: ['commands', '?'],
    summary: 'what I can do',
    details: 'Shows all commands, or one of them in full.',
    args: [
      { name: 'command', summary: 'which command', kind: 'rest', required: false, completes: 'commands' },
    ],
    forStrangers: true,
    run: runHelp,
  },
  {
    ...usualCommand,
    path: ['new'],
    aliases: ['reset'],
    summary: 'begin a new conversation',
    details:
      'Ends the present conversation: with your next message I begin afresh and no longer look at what was said before. What was said stays stored, and feedback on it still counts.',
    lane: 'in_order',
    run: runNew,
  },
  {
    ...usualCommand,
    path: ['stop'],
    aliases: ['cancel'],
    summary: 'stop the answer I am writing',
    details:
      'Stops the answer that is being written in this conversation and drops those messages of yours that wait for one. What was written so far stays.',
    lane: 'overtake',
    run: runStop,
  },
  {
    ...usualCommand,
    path: ['why'],
    summary: 'which skills led to an answer',
    details:
      'Shows which skills an answer was given and which of your words led to them, which model wrote it, what feedback it has, its reward, and what may be learned from it and why. Sent as a reply to one of my answers it is about that one, otherwise about the last one. What others wrote about an answer is shown to maintainers only, and only where nobody else reads it.',
    run: runWhy,
  },
  {
    ...usualCommand,
    path: ['feedback', 'good'],
    summary: 'say that an answer was good',
    details:
      'Notes that an answer was good, with your words if you give any. Sent as a reply to one of my answers it is about that one, otherwise about the last one. Saying it again replaces what you said before.',
    args: [{ name: 'words', summary: 'what was good about it', kind: 'rest', required: false }],
    lane: 'record',
    run: runFeedbackGood,
  },
  {
    ...usualCommand,
    path: ['feedback', 'bad'],
    summary: 'say that an answer was bad',
    details:
      'Notes that an answer was bad, with your words: what was wrong, or what it should have been. Sent as a reply to one of my answers it is about that one, otherwise about the last one. Saying it again replaces what you said before.',
    args: [{ name: 'words', summary: 'what was wrong, or what was right', kind: 'rest', required: false }],
    lane: 'record',
    run: runFeedbackBad,
  },
  ...skillCommands,
  {
    ...usualCommand,
    path: ['reward', 'show'],
    aliases: ['rewards'],
    summary: 'rewards that are held back, or one in full',
    details:
      'Lists the answers of this space whose reward is held back. Sent as a reply to one of my answers, or with the turn that `why` names, it shows all feedback on that answer, its reward, and what may be learned from it.',
    args: [turnArgument],
    role: 'maintainer',
    run: runRewardShow,
  },
  {
    ...usualCommand,
    path: ['reward', 'hold'],
    summary: 'keep the reward of an answer back',
    details:
      'Keeps the reward of an answer back: nothing is learned from it until it is released. It is about the answer you reply to, the turn you name, or the last answer.',
    args: [
      turnArgument,
      { name: 'reason', summary: 'why, for other maintainers', kind: 'rest', required: false },
    ],
    role: 'maintainer',
    lane: 'record',
    run: runRewardHold,
  },
  {
    ...usualCommand,
    path: ['reward', 'release'],
    summary: 'let a reward that was held back count',
    details:
      'Lets a reward count again, whoever held it back. It is about the answer you reply to, the turn you name, or the last answer.',
    args: [turnArgument],
    role: 'maintainer',
    lane: 'record',
    run: runRewardRelease,
  },
  {
    ...usualCommand,
    path: ['status'],
    summary: 'how I am doing',
    details:
      'Shows what is wrong, if anything is, then the model, the channels, the skills and the work at hand.',
    run: runStatus,
  },
  {
    ...usualCommand,
    path: ['privacy'],
    summary: 'what I keep and who receives it',
    details:
      'Shows what is stored of you and where, who outside receives what you write, what may be learned from it, and how to have it deleted.',
    forStrangers: true,
    run: runPrivacy,
  },
  ...trainCommands,
  ...scheduleCommands,
  {
    ...usualCommand,
    path: ['link'],
    summary: 'let me in with a one-time code',
    details: 'Lets you talk to me with a one-time code from the operator. Each code works once.',
    args: [{ name: 'code', summary: 'the code from the operator', kind: 'word', required: true }],
    // In turn: what is written right after it must find the door open.
    lane: 'in_order',
    forStrangers: true,
    onlyForStrangers: true,
    run: runLink,
  },
];

/** Every command, in the order in which help shows them. */
export const commandCatalogue: readonly Command[] = commands.map((command) => withTranslations(command));

/** What a platform's menu says of commands whose first word they share. */
export const groupSummaries: Readonly<Record<string, string>> = {
  feedback: 'rate an answer: good or bad, and why',
  policy: 'what training made: list, show',
  reward: 'rewards: show, hold, release',
  schedule: 'when nobody needs me: show, why, sleep, calendar and more',
  skill: 'skills: list, show, search, add, edit, learn, stats and more',
  train: 'training: status, history, show',
};
