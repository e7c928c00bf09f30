import type { CommandTranslation } from './command-spec.ts';

/** Commands of the catalogue that menus show, and the groups among them. */
export const germanMenu = {
  commands: {
    help: { summary: 'was ich kann', args: { command: 'welcher Befehl' } },
    new: { summary: 'ein neues Gespräch beginnen' },
    stop: { summary: 'die Antwort abbrechen, die ich gerade schreibe' },
    why: { summary: 'welche Skills zu einer Antwort geführt haben' },
    'feedback good': {
      summary: 'sagen, dass eine Antwort gut war',
      args: { words: 'was gut daran war' },
    },
    'feedback bad': {
      summary: 'sagen, dass eine Antwort schlecht war',
      args: { words: 'was falsch war, oder was richtig wäre' },
    },
    'skill list': { summary: 'die Skills, die ich habe', args: { page: 'welche Seite' } },
    'skill show': { summary: 'ein Skill in voller Länge', args: { name: 'der Name des Skills' } },
    'skill search': { summary: 'Skills zu ein paar Wörtern finden', args: { words: 'worum es gehen soll' } },
    status: { summary: 'wie es mir geht' },
    privacy: { summary: 'was ich speichere und wer es bekommt' },
  } satisfies Readonly<Record<string, CommandTranslation>>,
  groups: {
    feedback: 'eine Antwort bewerten: good oder bad, und warum',
    skill: 'Skills: list, show <Name>, search <Wörter>',
  },
} as const;
