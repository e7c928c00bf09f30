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
    'skill add': {
      summary: 'mir ein eigenes Skill beibringen',
      args: { text: 'sein Name und was ich tun soll, oder eine ganze SKILL.md' },
    },
    'skill edit': {
      summary: 'ändern, was ein Skill sagt',
      args: { name: 'der Name des Skills', text: 'der ganze neue Text' },
    },
    'skill enable': {
      summary: 'ein Skill wieder verwenden',
      args: { name: 'der Name des Skills', where: 'me, here oder everywhere' },
    },
    'skill disable': {
      summary: 'ein Skill nicht mehr verwenden',
      args: { name: 'der Name des Skills', where: 'me, here oder everywhere' },
    },
    'skill remove': {
      summary: 'ein Skill herausnehmen',
      args: { name: 'der Name des Skills', confirm: 'das Wort confirm, um es zu tun' },
    },
    'skill history': { summary: 'was mit den Skills geschah', args: { name: 'der Name des Skills' } },
    'skill diff': {
      summary: 'wie sich zwei Fassungen eines Skills unterscheiden',
      args: { name: 'der Name des Skills', from: 'die frühere Fassung', to: 'die spätere Fassung' },
    },
    'skill stats': { summary: 'wie sich Skills bewähren', args: { name: 'der Name des Skills' } },
    'skill learn': {
      summary: 'aus Fehlern lernen',
      args: { words: 'was falsch war, oder was richtig ist' },
    },
    'skill undo': {
      summary: 'zurücknehmen, was ein Entwurf tat',
      args: { draft: 'die Nummer des Entwurfs' },
    },
    'skill export': { summary: 'ein Skill als Datei', args: { name: 'der Name des Skills' } },
    status: { summary: 'wie es mir geht' },
    privacy: { summary: 'was ich speichere und wer es bekommt' },
    'train status': { summary: 'wie es um das Training steht' },
    'train history': { summary: 'die letzten Läufe des Trainings' },
    'train show': {
      summary: 'ein Lauf des Trainings in voller Länge',
      args: { run: 'die Nummer des Laufs' },
    },
    'policy list': { summary: 'was antwortet und was geantwortet hat' },
    'policy show': { summary: 'eine Policy in voller Länge', args: { policy: 'die Nummer der Policy' } },
    'schedule show': { summary: 'die Woche und wann ich im Hintergrund arbeite' },
    'schedule why': { summary: 'was das Fenster öffnet und was es schließt' },
    'schedule window': {
      summary: 'das Fenster, offen oder geschlossen',
      args: { what: 'open, close oder auto', length: 'wie lange, etwa 2h' },
    },
    'schedule sleep': {
      summary: 'wann hier alle schlafen',
      args: { hours: 'Stunden wie 23:00-07:00, none oder off; me davor nur für mich' },
    },
    'schedule timezone': {
      summary: 'nach welcher Uhr es hier geht',
      args: { zone: 'eine Zone wie Europe/Berlin, oder off; me davor nur für mich' },
    },
    'schedule calendar': {
      summary: 'Kalender, nach denen ich mich richte',
      args: {
        action: 'list, connect, disconnect oder finish',
        what: 'google, eine Adresse oder eine Nummer; for space, events',
      },
    },
    'schedule simulate': { summary: 'was die nächste Woche bringen dürfte' },
  } satisfies Readonly<Record<string, CommandTranslation>>,
  groups: {
    feedback: 'eine Antwort bewerten: good oder bad, und warum',
    policy: 'was das Training hervorbrachte: list und show',
    schedule: 'wann mich niemand braucht: show, why, sleep, calendar und mehr',
    skill: 'Skills: list, show, search, add, edit, learn, stats und mehr',
    train: 'Training: status, history und show',
  },
} as const;
