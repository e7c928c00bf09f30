import type { Command } from './command.ts';
import { runSkillList, runSkillSearch, runSkillShow } from './skill-commands.ts';
import {
  runSkillApprove,
  runSkillCards,
  runSkillDigest,
  runSkillLearn,
  runSkillPolicy,
  runSkillReject,
  runSkillUndo,
} from './skill-drafts.ts';
import { runSkillExport, runSkillImport } from './skill-files.ts';
import { runSkillDiff, runSkillHistory, runSkillRollback } from './skill-history.ts';
import {
  runSkillDisable,
  runSkillEnable,
  runSkillPin,
  runSkillRemove,
  runSkillScope,
} from './skill-standing.ts';
import { runSkillStats } from './skill-stats.ts';
import { runSkillAdd, runSkillEdit } from './skill-write.ts';
import { usualCommand } from './usual-command.ts';

const skillName = {
  name: 'name',
  summary: 'the name of the skill',
  kind: 'word',
  required: true,
  completes: 'skills',
} as const;

const anySkillName = { ...skillName, required: false } as const;

const draftArgument = {
  name: 'draft',
  summary: 'the draft, as its card names it',
  kind: 'word',
  required: true,
  completes: 'drafts',
} as const;

const confirmArgument = {
  name: 'confirm',
  summary: 'the word confirm, to do it',
  kind: 'word',
  required: false,
} as const;

const whereArgument = {
  name: 'where',
  summary: 'me, here or everywhere',
  kind: 'word',
  required: false,
} as const;

/** Writes something down: several lines may follow, and a restart does not drop it. */
const writing = { ...usualCommand, lane: 'record' } as const;
const maintaining = { ...writing, role: 'maintainer' } as const;

/** The commands about skills, in the order in which help shows them. */
export const skillCommands: readonly Command[] = [
  {
    ...usualCommand,
    path: ['skill', 'list'],
    aliases: ['skill', 'skills'],
    summary: 'the skills I have',
    details:
      'Shows the skills that I can be given here, ten on a page: those for everybody, for this place, for this conversation, and your own. Maintainers also see drafts that wait and skills that are not in use.',
    args: [{ name: 'page', summary: 'which page', kind: 'number', required: false }],
    run: runSkillList,
  },
  {
    ...usualCommand,
    path: ['skill', 'show'],
    summary: 'one skill in full',
    details:
      'Shows a skill: when it applies, what it tells me, whom it is for, who wrote it, where it stands, and how often it was rated good or bad where it was shown.',
    args: [skillName],
    run: runSkillShow,
  },
  {
    ...usualCommand,
    path: ['skill', 'search'],
    summary: 'find skills for some words',
    details: 'Shows the skills that have to do with the words, best first.',
    args: [{ name: 'words', summary: 'what it should be about', kind: 'rest', required: true }],
    run: runSkillSearch,
  },
  {
    ...writing,
    path: ['skill', 'add'],
    summary: 'teach me a skill of your own',
    details:
      'Adds a skill that I am given when you ask something it fits: a name and then what I shall do, or a whole SKILL.md. Without words it opens a form where there are forms. Only you get it; `skill scope` gives it to more people. Text with secrets, or that would take away my rules, is refused.',
    args: [
      {
        name: 'text',
        summary: 'its name and what I shall do, or a whole SKILL.md',
        kind: 'rest',
        required: false,
      },
    ],
    opensForm: true,
    run: runSkillAdd,
  },
  {
    ...writing,
    path: ['skill', 'edit'],
    summary: 'change what a skill says',
    details:
      'Gives a skill another text, as its next version; without one it opens a form with the present text, or shows it. Your own skills are yours to edit; maintainers edit those of this place. Of a skill that is for more people than you may change it makes a version of its own, for you or for this place. Maintainers can edit a draft by its code.',
    args: [skillName, { name: 'text', summary: 'the whole new text', kind: 'rest', required: false }],
    opensForm: true,
    run: runSkillEdit,
  },
  {
    ...writing,
    path: ['skill', 'enable'],
    summary: 'use a skill again',
    details:
      'Brings back a skill that was switched off or retired: for you, or, by maintainers, for this place. `me`, `here` and `everywhere` say for whom.',
    args: [skillName, whereArgument],
    run: runSkillEnable,
  },
  {
    ...writing,
    path: ['skill', 'disable'],
    summary: 'no longer use a skill',
    details:
      'Switches a skill off: for you, or, by maintainers, for this place. `me`, `here` and `everywhere` say for whom. Others keep it.',
    args: [skillName, whereArgument],
    run: runSkillDisable,
  },
  {
    ...writing,
    path: ['skill', 'remove'],
    aliases: ['skill delete'],
    summary: 'take a skill out',
    details:
      'Takes a skill out of the library, after a confirmation. Its versions stay in the history, and `skill enable` brings it back.',
    args: [skillName, confirmArgument],
    run: runSkillRemove,
  },
  {
    ...usualCommand,
    path: ['skill', 'history'],
    summary: 'what happened to the skills',
    details:
      'Shows what happened to the skills that you are given here, or to one of them: when, what, by whom and why, the latest first.',
    args: [anySkillName],
    run: runSkillHistory,
  },
  {
    ...usualCommand,
    path: ['skill', 'diff'],
    summary: 'how two versions of a skill differ',
    details: 'Compares two versions of a skill line by line; without numbers the last two.',
    args: [
      skillName,
      { name: 'from', summary: 'the earlier version', kind: 'number', required: false },
      { name: 'to', summary: 'the later version', kind: 'number', required: false },
    ],
    run: runSkillDiff,
  },
  {
    ...usualCommand,
    path: ['skill', 'stats'],
    summary: 'how skills do in use',
    details:
      'Shows how often a skill was met and shown, its ratings, the estimated effect, how far its test is and when it may be decided, with a picture where pictures show. Without a name: all skills in a line each, and how many samples for training their changes dropped.',
    args: [anySkillName],
    run: runSkillStats,
  },
  {
    ...writing,
    path: ['skill', 'learn'],
    summary: 'learn from what went wrong',
    details:
      'Sets the model that writes skills to work on your bad-rated answers, or, by maintainers, on everybody’s here. With words it first notes them as what was wrong with the answer you reply to, or with the last one.',
    args: [{ name: 'words', summary: 'what was wrong, or what is right', kind: 'rest', required: false }],
    run: runSkillLearn,
  },
  {
    ...writing,
    path: ['skill', 'export'],
    summary: 'a skill as its file',
    details:
      'Shows a skill as its SKILL.md, byte for byte where it was read from one and not changed. For the operator it is also written as a zip into the data folder; without a name all skills of this place.',
    args: [anySkillName],
    run: runSkillExport,
  },
  {
    ...maintaining,
    path: ['skill', 'import'],
    summary: 'take skills in from files',
    details:
      'Takes in a SKILL.md that is written after the command, for this place. For the operator also from the disk: the path of a SKILL.md, a zip, or a folder of skills; `everywhere` before it makes them everybody’s. Names that are taken need a confirmation: `confirm` before the text, or after the path.',
    args: [
      {
        name: 'source',
        summary: 'a SKILL.md, or a path on the operator’s disk',
        kind: 'rest',
        required: true,
      },
    ],
    run: runSkillImport,
  },
  {
    ...maintaining,
    path: ['skill', 'scope'],
    summary: 'whom a skill is for',
    details:
      'Gives a skill to more people, or to fewer: `user`, `conversation`, `space` or, by the operator, `global`. What was learned from a few people does not go to more before enough others stand behind it, and what was learned in a direct conversation stays there.',
    args: [
      skillName,
      { name: 'scope', summary: 'user, conversation, space or global', kind: 'word', required: true },
    ],
    run: runSkillScope,
  },
  {
    ...maintaining,
    path: ['skill', 'pin'],
    summary: 'keep a skill as it is',
    details:
      'Pins a skill: it is always shown where it fits, not left out by chance and never retired by itself. `off` takes the pin away.',
    args: [skillName, { name: 'off', summary: 'the word off, to unpin it', kind: 'word', required: false }],
    run: runSkillPin,
  },
  {
    ...maintaining,
    path: ['skill', 'rollback'],
    summary: 'go back to how skills were',
    details:
      'Takes all skills of this place back to an earlier generation, as a new one, or one skill back to an earlier version, after a confirmation that says what would change. With `everywhere` the operator takes the whole library back.',
    args: [
      { ...skillName, name: 'what', summary: 'a generation, or the name of a skill' },
      {
        name: 'more',
        summary: 'the version of a skill; everywhere; confirm',
        kind: 'rest',
        required: false,
      },
    ],
    run: runSkillRollback,
  },
  {
    ...maintaining,
    path: ['skill', 'approve'],
    summary: 'let a draft in',
    details:
      'By its whole code (`12.3fa2c1`) it lets that very text in; a draft that changed since has another code. By its number alone it shows the draft with its evidence.',
    args: [draftArgument],
    run: runSkillApprove,
  },
  {
    ...maintaining,
    path: ['skill', 'reject'],
    summary: 'turn a draft down',
    details: 'Turns a draft down. The reason goes to the model that writes skills, for its next attempt.',
    args: [draftArgument, { name: 'reason', summary: 'why', kind: 'rest', required: false }],
    run: runSkillReject,
  },
  {
    ...writing,
    path: ['skill', 'undo'],
    summary: 'take back what a draft did',
    details:
      'Takes a change back that came from a draft, as one new generation: of your own skills, or, by maintainers, of any here.',
    args: [{ name: 'draft', summary: 'the number of the draft', kind: 'word', required: true }],
    run: runSkillUndo,
  },
  {
    ...maintaining,
    path: ['skill', 'policy'],
    summary: 'what becomes of drafts here',
    details:
      'Shows or sets what becomes of drafts: `review` has each wait for a maintainer; `auto` lets a person’s own correction that passed all checks take effect for that person; `off` drafts nothing.',
    args: [{ name: 'policy', summary: 'review, auto or off', kind: 'word', required: false }],
    run: runSkillPolicy,
  },
  {
    ...maintaining,
    path: ['skill', 'cards'],
    summary: 'where drafts are posted',
    details: 'Posts each draft here, with its evidence and buttons, or nowhere.',
    args: [{ name: 'where', summary: 'here or off', kind: 'word', required: false }],
    run: runSkillCards,
  },
  {
    ...maintaining,
    path: ['skill', 'digest'],
    summary: 'what was learned lately',
    details:
      'Tells what was learned, undone and retired in the last week, what it cost and what it changed; `here` posts it in this conversation each week, `off` no longer.',
    args: [{ name: 'when', summary: 'now, here or off', kind: 'word', required: false }],
    run: runSkillDigest,
  },
];
